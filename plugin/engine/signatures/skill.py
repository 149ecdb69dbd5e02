"""Skill: what a signature is worth at example places that it has not seen, and what random places would be worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Progress
from .examples import NOBODY, Matched

PERMUTATIONS = 499
SKILL_LEVEL = 0.05
"""P-values of a signature up to this are skill, and one in twenty draws of random places reaches `chance_auc_high`. By
hand: the usual level."""
SMOOTHING_PLACES = 1.0
_SEED = 20230726


@dataclass(frozen=True)
class Skill:
    """Leave-one-place-out figures: every example place ranked among the ordinary places of its windows.

    `auc`: share of ordinary places that score lower (0.5 is chance). `ap`: average precision, 1 / rank of the example.
    `chance_ap`: its mean for random places; `chance_auc_high`: the AUC that one in twenty draws of random places
    reaches; `p_value`: how often random places, learned and tested in the same way, do as well (AUC).
    """

    auc: float
    ap: float
    chance_ap: float
    chance_auc_high: float
    p_value: float

    @property
    def has_skill(self) -> bool:
        """Whether places left out of learning are found beyond what random places reach."""
        return self.p_value <= SKILL_LEVEL

    @property
    def sentence(self) -> str:
        """What the figures mean, as one sentence or two."""
        figures = (
            f"AUC {self.auc:.2f}, where 0.50 is chance and one in twenty draws of random places reaches "
            f"{self.chance_auc_high:.2f}; average precision {self.ap:.2f}, {self.chance_ap:.2f} by chance"
        )
        if self.has_skill:
            return f"Example places left out of learning were told from ordinary ones ({figures})."
        return (
            f"No skill: example places left out of learning were found no better than random places are ({figures}). "
            "Mark other examples, or more of them."
        )


def log_ratios(example: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-likelihood ratios of a facet that is present and of one that is absent."""
    return np.log(example / background), np.log((1.0 - example) / (1.0 - background))


def smoothed(total: np.ndarray, places: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Return shares of `places` with sum `total`, drawn towards `common` as by one more place (m-estimate).

    After Cestnik (1990), "Estimating probabilities": with little evidence both sides are alike and the ratio is 1.
    """
    return (total + SMOOTHING_PLACES * common) / (places + SMOOTHING_PLACES)


def common_share(total: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the share of a facet over all places, never 0 or 1."""
    return (total + 0.5) / (places + 1.0)


def find_skill(matched: Matched, progress: Progress) -> Skill:
    """Return the skill of the examples, with random places put through the same procedure `PERMUTATIONS` times."""
    places, columns = matched.spot.shape
    bench = _Bench(matched)
    auc, ap = bench.left_out(np.zeros(places, np.int64))
    rng = np.random.default_rng(_SEED)
    chance = np.empty((PERMUTATIONS, 2))
    for number in range(PERMUTATIONS):
        if number % 25 == 0:
            progress.step("Comparing with random places", number / PERMUTATIONS)
        chance[number] = bench.left_out(_draw(rng, matched.spot))
    return Skill(
        auc=auc,
        ap=ap,
        chance_ap=float(chance[:, 1].mean()),
        chance_auc_high=float(np.quantile(chance[:, 0], 1.0 - SKILL_LEVEL)),
        p_value=float((1 + (chance[:, 0] >= auc).sum()) / (PERMUTATIONS + 1)),
    )


def _draw(rng: np.random.Generator, spot: np.ndarray) -> np.ndarray:
    """Return a random column per row of `spot`, no spot twice while there are others: places taken for examples."""
    chosen = np.zeros(len(spot), np.int64)
    taken: list[int] = []
    for row in rng.permutation(len(spot)):
        free = np.flatnonzero((spot[row] != NOBODY) & ~np.isin(spot[row], taken))
        chosen[row] = rng.choice(free if len(free) else np.flatnonzero(spot[row] != NOBODY))
        taken.append(int(spot[row, chosen[row]]))
    return chosen


class _Bench:
    """The matched places, ready to be learned from with any column of each row taken for the example."""

    def __init__(self, matched: Matched) -> None:
        self._share = matched.share
        self._there = matched.spot != NOBODY
        _, code = np.unique(matched.spot, return_inverse=True)
        self._code = code.reshape(matched.spot.shape)
        count = int(self._code.max()) + 1
        weight = self._there.ravel().astype(np.float64)
        self._rows_of = np.bincount(self._code.ravel(), weight, count)
        self._sum_of = np.zeros((count, matched.share.shape[2]))
        np.add.at(self._sum_of, self._code.ravel(), matched.share.reshape(-1, matched.share.shape[2]) * weight[:, None])

    def left_out(self, chosen: np.ndarray) -> tuple[float, float]:
        """Return mean AUC and AP over rows, each row's chosen column ranked by weights that saw none of its row.

        An ordinary place, too, is scored by weights that did not see it, in whatever row it stands.
        """
        rows = np.arange(len(chosen))
        example = self._share[rows, chosen]
        code = np.unique(self._code[rows, chosen])
        ordinary = self._there & ~np.isin(self._code, code)
        sum_b = self._sum_of.sum(axis=0) - self._sum_of[code].sum(axis=0)
        rows_b = self._rows_of.sum() - self._rows_of[code].sum()
        auc, ap = [], []
        for row in rows:
            other = ordinary[row]
            if not other.any():
                continue
            total, places = example.sum(axis=0) - example[row], len(rows) - 1
            tested = np.concatenate((example[row][None], self._share[row, other]))
            # The example is not part of the background; each ordinary place is taken out of it.
            code_of = self._code[row, other]
            left = np.vstack((sum_b[None], sum_b - self._sum_of[code_of]))
            size = np.concatenate(([rows_b], rows_b - self._rows_of[code_of]))[:, None]
            score = _scores(tested, total, places, left, size)
            lower = (score[1:] < score[0]).sum() + 0.5 * (score[1:] == score[0]).sum()
            auc.append(lower / len(code_of))
            ap.append(1.0 / (1.0 + len(code_of) - lower))
        return float(np.mean(auc)), float(np.mean(ap))


def _scores(
    share: np.ndarray, total: np.ndarray, places: int, background: np.ndarray, size: np.ndarray
) -> np.ndarray:
    """Return the mean log-likelihood ratio over the devices of each place (rows of `share`), one background each."""
    common = common_share(total + background, places + size)
    present, absent = log_ratios(smoothed(total, np.array(places), common), smoothed(background, size, common))
    scores: np.ndarray = (share * present + (1.0 - share) * absent).sum(axis=1)
    return scores
