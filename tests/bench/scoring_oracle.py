"""Our plain counts beside an oracle that knows mean and variance of every place: what is lost by having to learn them.

Counts of a place and week are negative binomial around the place's mean; every device comes once, so that nothing but
how many came can be found. All test the places of the key date at 0.05, the oracle two-sided with Benjamini-Hochberg,
ours through the whole procedure. A second oracle knows how places scatter, and learns each mean from the same earlier
weeks: what it loses nobody can have.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import sitelight_package
from scipy import stats

from .measure import in_fresh_process, print_table, report
from .scoring_methods import adjust

sitelight_package.load()

PLACES, PLANTED = 150, 9
SCATTER = {"steady": (1.0, 0.005), "restless": (1.5, 0.06)}
"""How places scatter: variance of a week's count of mean m is c m + s m^2."""
WINDOWS = (4, 8, 17)
FACTORS = (3.0, 5.0)
PLANTED_WORLDS, NULL_WORLDS = 30, 30
FIRST_SEED = 97_421_001
METHODS = ("Sitelight", "oracle", "oracle that learns the means")
LEVEL = 0.05


def main() -> None:
    """Measure and print."""
    rows = [("places", "earlier weeks", "method", "FDR", "s.e.", "x3", "x5", "null worlds with a finding")]
    for scatter in SCATTER:
        for windows in WINDOWS:
            result = in_fresh_process("bench.scoring_oracle", scatter, str(windows))
            rows += [(scatter, str(windows), name, *_told(result[name])) for name in METHODS]
    print_table(
        f"beside an oracle: {PLANTED_WORLDS} worlds of {PLACES} places with {PLANTED} changes, and {NULL_WORLDS}",
        rows,
    )


def _told(one: dict[str, Any]) -> tuple[str, ...]:
    share = np.array(one["share"])
    power = (f"{hits / max(of, 1):.2f} ({hits} of {of})" for hits, of in one["power"])
    return f"{share.mean():.3f}", f"{share.std(ddof=1) / np.sqrt(len(share)):.3f}", *power, (
        f"{one['null']} of {NULL_WORLDS}"
    )


def compare(scatter: str, windows: int) -> dict[str, Any]:
    """Return of both methods the share of false findings of each world, hits per factor, null worlds with any."""
    found: dict[str, Any] = {
        name: {"share": [], "power": [[0, 0] for _ in FACTORS], "null": 0} for name in METHODS
    }
    for number in range(PLANTED_WORLDS + NULL_WORLDS):
        rng = np.random.default_rng(FIRST_SEED + 1000 * windows + number)
        is_planted = number < PLANTED_WORLDS
        factor, held = one_world(rng, *SCATTER[scatter], windows, PLANTED if is_planted else 0)
        for name, rows in held.items():
            if not is_planted:
                found[name]["null"] += bool(rows.any())
                continue
            found[name]["share"].append(float((rows & (factor == 1.0)).sum() / max(rows.sum(), 1)))
            for counted, own in zip(found[name]["power"], FACTORS):
                counted[0] += int((rows & (factor == own)).sum())
                counted[1] += int((factor == own).sum())
    return found


def one_world(
    rng: np.random.Generator, clumping: float, swing: float, windows: int, planted: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return by what factor each place changed on the key date (1.0 none), and what each method finds there (bool)."""
    from worlds.plain_worlds import key_date, study_days

    mean = np.clip(rng.lognormal(np.log(8.0), 0.6, PLACES), 3.0, 30.0)
    factor = np.ones(PLACES)
    factor[rng.choice(PLACES, planted, replace=False)] = rng.choice(FACTORS, planted)
    weeks = windows + 2  # one behind the key date, so that its window is whole
    size = mean / np.maximum(clumping - 1.0 + swing * mean, 1e-9)
    count = rng.negative_binomial(size[:, None], (size / (size + mean))[:, None], (PLACES, weeks))
    more = rng.poisson((factor - 1.0) * mean)
    count[:, windows] += more
    place, week = (np.repeat(index, count.ravel()) for index in np.indices(count.shape).reshape(2, -1))
    day = 7 * week + rng.integers(0, 7, len(week))
    evidence = study_days(
        [place, np.arange(len(place)), day], PLACES, weeks, [key_date(windows)], rng, lookback_days=0
    )  # fmt: skip
    scores = evidence.scores
    ours = np.zeros(PLACES, bool)
    name = evidence.history.visits.spots.name
    for spot in np.unique(scores.spot[scores.q_value <= LEVEL]).tolist():
        ours[int(str(name[spot])[1:])] = True
    now = count[:, windows]
    learnt = (0.5 + count[:, :windows].sum(axis=1)) / windows
    variance = (clumping * learnt + swing * learnt**2) * (1.0 + 1.0 / windows)
    held = ours, _held(now, mean, size), _held(now, learnt, learnt**2 / (variance - learnt))
    return factor, dict(zip(METHODS, held))


def _held(now: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return which places hold, two-sided, where counts are negative binomial of a known mean and size."""
    known = stats.nbinom(size, size / (size + mean))
    p = np.minimum(2.0 * np.minimum(known.sf(now - 1), known.cdf(now)), 1.0)
    return adjust(p) <= LEVEL


if __name__ == "__main__":
    report(lambda: compare(sys.argv[1], int(sys.argv[2])))
