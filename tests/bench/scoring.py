"""Error rates in worlds with known truth: false-discovery rate, power and placebo hits, ours and the peers'.

A finding is a spot at a key date with any q <= 0.05; it is true if something was planted at that spot for that date or
one whose window overlaps.
The false-discovery rate is the mean over worlds of false findings / findings (0 without any). Of worlds with nothing
planted it is the share in which anything is found at all. The seeds were drawn after the last change to the method,
and nothing was tuned on them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import list_rule, scoring_oracle
from .measure import in_fresh_process, print_table, report
from .scoring_plants import PLANT_KINDS, WINDOW_DAYS
from .scoring_worlds import WORLD_KINDS, make_world

USUAL_BANDS = ((3, 5), (5, 10), (10, 31))
P_LEVELS = (0.5, 0.05, 0.01, 0.001)
GRID = np.arange(1, 1001) / 1000.0
P_KINDS = (
    "rises, raw", "falls, raw", "shifts, raw", "more of all, raw", "fewer of all, raw", "spot, calibrated",
)  # fmt: skip
"""P-values whose uniformity is measured where nothing is planted: of each kind of change and of all together."""
WORKERS = 2


@dataclass(frozen=True)
class Trial:
    """Spots of a world with plants and of one without, the share of spots planted per key date, worlds of both."""

    spots: int = 300
    null_spots: int = 300
    share: float = 0.04
    planted: int = 6
    null: int = 16


TRIALS = {
    "overdispersed": Trial(1000, 1000, 0.02, 2, 8),
    "small study": Trial(100, 100, 0.07, 12, 60),
    "named sites only": Trial(400, 400, 0.12, 8, 40),
    "weekly key dates": Trial(null=60),
    "20 dates in 12 weeks": Trial(planted=4, null=12),
    "panel doubles": Trial(planted=4, null=20),
    "one country doubles": Trial(planted=4, null=20),
    "holiday": Trial(share=0.012, null=20),
    "holiday as before": Trial(share=0.012, null=20),
}
"""Kinds that are measured otherwise; of 400 spots about 60 are sites."""
FIRST_SEED, SEEDS_APART, NULL_SEEDS = 98_700_001, 1_000, 500
"""Seeds of the first kind of worlds, how far apart kinds are, and worlds without plants from those with."""


def first_seed(kind: str, planted: bool) -> int:
    """Return the seed of the first world of a kind."""
    return FIRST_SEED + SEEDS_APART * list(WORLD_KINDS).index(kind) + (0 if planted else NULL_SEEDS)


def score_worlds(kind: str, seeds: list[int], planted: bool) -> dict[str, Any]:
    """Make, score and judge worlds; return plain counts of each, and those of small p-values of all together."""
    from .scoring_engine import study_world
    from .scoring_methods import find_all, make_case

    trial, worlds, cases = TRIALS.get(kind, Trial()), [], []
    small, number = np.zeros((len(P_KINDS), len(GRID)), np.int64), np.zeros(len(P_KINDS), np.int64)
    for seed in seeds:
        size = (trial.spots, trial.share) if planted else (trial.null_spots, 0.0)
        world = make_world(seed, WORLD_KINDS[kind], *size)
        studied = study_world(world)
        cases.append(make_case(world, studied))
        worlds.append((world.plants, _near_dates(world.kind.dates), *_placebo(world.plants, studied)))
        if not planted:
            spot_p = studied.scores.spot_p[:, studied.presence.busy_spots(3)].ravel()
            for row, p in enumerate([*studied.raw_p(), spot_p]):
                small[row] += np.searchsorted(np.sort(p), GRID + 1e-12, "right")
                number[row] += len(p)
    judged = [_judge(*world, found) for world, found in zip(worlds, find_all(cases))]
    return {"worlds": judged, "small": small.tolist(), "number": number.tolist()}


def _near_dates(dates: Sequence[int]) -> np.ndarray:
    """Return (n, dates): each date's own number and those of the dates whose windows overlap its own."""
    day = np.array(dates)
    near = np.abs(day[:, None] - day[None, :]) < WINDOW_DAYS
    number = np.arange(len(day))
    return np.where(near, number[:, None], number[None, :])


def _placebo(plants: Any, studied: Any) -> tuple[dict[str, int], np.ndarray]:
    """Return placebo dates and those that would be findings on their own, and the placebo hits of each plant."""
    scores, busy = studied.scores, studied.presence.busy_spots(3)
    alone = int((scores.placebo_p <= 0.05 / max(busy.sum(), 1)).sum())
    spot_p = np.where(studied.own[plants.spot] >= 0, scores.spot_p[plants.date, studied.own[plants.spot]], 1.0)
    hits = (scores.placebo_p[None, :] <= spot_p[:, None]).sum(axis=1)
    return {"placebo_dates": len(scores.placebo_p), "placebo_alone": alone}, hits


def _judge(
    plants: Any, near_dates: np.ndarray, placebo: dict[str, int], hits: np.ndarray, found: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Return what each method found of `plants`, and wrongly, in one world."""
    true = np.zeros(found["Sitelight"].shape, bool)
    for near in near_dates[:, plants.date]:  # what was planted is in the windows of all dates that are so near
        true[near, plants.spot] = True
    methods = {
        name: {
            "found": int(rows.sum()), "false": int((rows & ~true).sum()),
            "hits": np.bincount(plants.kind, rows[plants.date, plants.spot], len(PLANT_KINDS)).astype(int).tolist(),
        } for name, rows in found.items()
    }  # fmt: skip
    hit = found["Sitelight"][plants.date, plants.spot]
    bands = [
        [int(hit[mine].sum()), int(mine.sum())]
        for kind_index in (1, 2) for low, high in USUAL_BANDS
        for mine in [(plants.kind == kind_index) & (plants.usual >= low) & (plants.usual < high)]
    ]  # fmt: skip
    return {
        "methods": methods, "planted": np.bincount(plants.kind, minlength=len(PLANT_KINDS)).tolist(), "bands": bands,
        **placebo, "placebo_hits": hits[hit & (plants.kind == 2)].tolist(),
    }  # fmt: skip


def main(kinds: Sequence[str] = tuple(WORLD_KINDS)) -> None:
    """Measure and print, kind after kind."""
    small, number = np.zeros((len(P_KINDS), len(GRID)), np.int64), np.zeros(len(P_KINDS), np.int64)
    for kind in kinds:
        trial = TRIALS.get(kind, Trial())
        jobs = [
            (kind, begin, end, word)
            for word, count in (("planted", trial.planted), ("null", trial.null))
            for first in [first_seed(kind, word == "planted")]
            for begin, end in ((first, first + count // 2), (first + count // 2, first + count))
        ]  # fmt: skip
        with ThreadPoolExecutor(WORKERS) as pool:
            done = list(pool.map(lambda job: in_fresh_process("bench.scoring", *map(str, job)), jobs))
        _print_kind(kind, done[0]["worlds"] + done[1]["worlds"], done[2]["worlds"] + done[3]["worlds"])
        small += np.sum([one["small"] for one in done[2:]], axis=0)
        number += np.sum([one["number"] for one in done[2:]], axis=0)
    _print_uniformity(small, number)
    scoring_oracle.main()
    list_rule.main()


def _print_kind(kind: str, planted: list[dict[str, Any]], null: list[dict[str, Any]]) -> None:
    rows = [("method", "FDR", "s.e.", "findings", *PLANT_KINDS, "null worlds with a finding", "findings there")]
    number = np.sum([one["planted"] for one in planted], axis=0)
    for name in planted[0]["methods"]:
        own, without = ([one["methods"][name] for one in worlds] for worlds in (planted, null))
        share = np.array([one["false"] / max(one["found"], 1) for one in own])
        power = np.sum([one["hits"] for one in own], axis=0) / number
        any_found = sum(one["found"] > 0 for one in without)
        rows.append((
            name, f"{share.mean():.3f}", f"{share.std(ddof=1) / np.sqrt(len(share)):.3f}",
            f"{np.mean([one['found'] for one in own]):.1f}", *(f"{value:.2f}" for value in power),
            f"{any_found} of {len(without)}", f"{np.mean([one['found'] for one in without]):.1f}",
        ))  # fmt: skip
    trial = TRIALS.get(kind, Trial())
    size = f"{len(planted)} worlds of {trial.spots:,} spots, {len(null)} null worlds of {trial.null_spots:,}"
    print_table(f"{kind} ({WORLD_KINDS[kind]}): {size}", rows)
    print("  planted: " + ", ".join(f"{name} {count}" for name, count in zip(PLANT_KINDS, number)))
    bands = np.sum([one["bands"] for one in planted], axis=0)
    names = [f"{name} at {low}-{high - 1}" for name in ("x3", "x5") for low, high in USUAL_BANDS]
    print("  power by usual devices a week: " + ", ".join(
        f"{name}: {hits / max(of, 1):.2f} ({hits} of {of})" for name, (hits, of) in zip(names, bands)))  # fmt: skip
    dates, alone = (sum(one[name] for one in planted + null) for name in ("placebo_dates", "placebo_alone"))
    hits = [count for one in planted for count in one["placebo_hits"]]
    print(f"  ordinary dates whose strongest spot would be a finding on its own: {alone} of {dates}")
    median = np.median(hits) if hits else float("nan")
    print(f"  placebo hits of fivefold jumps found: median {median:.0f} of {planted[0]['placebo_dates']}", flush=True)


def _print_uniformity(small: np.ndarray, number: np.ndarray) -> None:
    """Print how p-values spread where nothing was planted: D+ is the most above uniform (too small), D- below."""
    rows = [("nothing planted", "p-values", *(f"P(p <= {level:g})" for level in P_LEVELS), "D+", "D-")]
    at = np.searchsorted(GRID, np.array(P_LEVELS) - 1e-9)
    for name, below, of in zip(P_KINDS, small, number):
        share = below / max(of, 1)
        apart = share - GRID
        rows.append((
            name, f"{of:,}", *(f"{value:.2g}" for value in share[at]), f"{apart.max():.3f}", f"{-apart.min():.3f}",
        ))  # fmt: skip
    print_table("p-values of spots at key dates in worlds of all kinds, untested ones 1", rows)


if __name__ == "__main__":
    _, _kind, _begin, _end, _word = sys.argv
    report(lambda: score_worlds(_kind, list(range(int(_begin), int(_end))), _word == "planted"))
