"""Error rates in worlds with known truth: false-discovery rate, power and placebo hits, ours and three peers'.

A finding is a spot at a key date with any q <= 0.05; it is true if something was planted at that spot for that date.
The false-discovery rate is the mean over worlds of false findings / findings (0 without any). Worlds with nothing
planted show how often any finding appears at all. The seeds were used once, after all tuning (on 101 to 220).
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from .measure import in_fresh_process, print_table, report
from .scoring_plants import PLANT_KINDS
from .scoring_worlds import WORLD_KINDS, make_world

PLANTED_SEEDS, NULL_SEEDS = tuple(range(9601, 9607)), tuple(range(9701, 9721))
SPOTS, NULL_SPOTS, PLANTED_SHARE = 3000, 1500, 0.02
USUAL_BANDS = ((3, 5), (5, 10), (10, 31))
P_LEVELS = (0.05, 0.01, 0.001)
WORKERS = 2


def score_world(kind: str, seed: int, planted: bool) -> dict[str, Any]:
    """Make, score and judge one world; return plain counts."""
    from .scoring_engine import study_world
    from .scoring_methods import find_all

    world = make_world(seed, WORLD_KINDS[kind], SPOTS if planted else NULL_SPOTS, PLANTED_SHARE if planted else 0.0)
    studied = study_world(world)
    plants, scores = world.plants, studied.scores
    true = np.zeros((len(world.key_dates), len(world.ground)), bool)
    true[plants.date, plants.spot] = True
    found, methods = find_all(world, studied), {}
    for name, rows in found.items():
        hit = rows[plants.date, plants.spot]
        methods[name] = {
            "found": int(rows.sum()), "false": int((rows & ~true).sum()),
            "hits": np.bincount(plants.kind, hit, len(PLANT_KINDS)).astype(int).tolist(),
        }  # fmt: skip
    hit = found["Sitelight"][plants.date, plants.spot]
    bands = [
        [int(hit[mine].sum()), int(mine.sum())]
        for kind_index in (1, 2) for low, high in USUAL_BANDS
        for mine in [(plants.kind == kind_index) & (plants.usual >= low) & (plants.usual < high)]
    ]  # fmt: skip
    busy = studied.presence.busy_spots(3)
    p = scores.spot_p[:, busy].ravel()
    rank = np.arange(1, len(p) + 1) / len(p)
    spot_p = scores.spot_p[plants.date, studied.own[plants.spot]]
    placebo_hits = (scores.placebo_p[None, :] <= spot_p[:, None]).sum(axis=1)
    return {
        "methods": methods, "planted": np.bincount(plants.kind, minlength=len(PLANT_KINDS)).tolist(), "bands": bands,
        "p_shares": [float((p <= level).mean()) for level in P_LEVELS],
        "excess": float((rank - np.sort(p)).max()), "placebo_dates": len(scores.placebo_p),
        "placebo_alone": int((scores.placebo_p <= 0.05 / busy.sum()).sum()),
        "placebo_hits": [int(count) for count in placebo_hits[hit & (plants.kind == 2)]],
    }  # fmt: skip


def main() -> None:
    """Measure and print, kind after kind."""
    for kind in WORLD_KINDS:
        with ThreadPoolExecutor(WORKERS) as pool:
            planted = list(pool.map(lambda seed: _measured(kind, seed, True), PLANTED_SEEDS))  # noqa: B023 - used at once
            null = list(pool.map(lambda seed: _measured(kind, seed, False), NULL_SEEDS))  # noqa: B023 - used at once
        _print_kind(kind, planted, null)


def _measured(kind: str, seed: int, planted: bool) -> dict[str, Any]:
    return in_fresh_process("bench.scoring", kind, str(seed), "planted" if planted else "null")


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
            f"{np.mean([one['found'] for one in own]):.0f}", *(f"{value:.2f}" for value in power),
            f"{any_found} of {len(without)}", f"{np.mean([one['found'] for one in without]):.1f}",
        ))  # fmt: skip
    size = f"{len(planted)} worlds of {SPOTS:,} spots, {len(null)} null worlds of {NULL_SPOTS:,}"
    print_table(f"{kind} ({WORLD_KINDS[kind]}): {size}", rows)
    bands = np.sum([one["bands"] for one in planted], axis=0)
    names = [f"{name} at {low}-{high - 1}" for name in ("x3", "x5") for low, high in USUAL_BANDS]
    print("  power by usual devices a week: " + ", ".join(
        f"{name}: {hits / max(of, 1):.2f} ({hits} of {of})" for name, (hits, of) in zip(names, bands)))  # fmt: skip
    shares = np.mean([one["p_shares"] for one in null], axis=0)
    levels = ", ".join(f"P(p <= {level:g}) = {share:.2g}" for level, share in zip(P_LEVELS, shares))
    excess = np.max([one["excess"] for one in null])
    dates = sum(one["placebo_dates"] for one in planted + null)
    alone = sum(one["placebo_alone"] for one in planted + null)
    hits = [count for one in planted for count in one["placebo_hits"]]
    print(f"  spot p-values, nothing planted: {levels}; above uniform by at most {excess:.3f} (Kolmogorov-Smirnov D+)")
    print(f"  ordinary dates whose strongest spot would be a finding on its own: {alone} of {dates}")
    median = np.median(hits) if hits else float("nan")
    print(f"  placebo hits of fivefold jumps found: median {median:.0f} of {planted[0]['placebo_dates']}", flush=True)


if __name__ == "__main__":
    report(lambda: score_world(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "planted"))
