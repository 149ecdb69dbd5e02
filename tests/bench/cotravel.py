"""Co-travel on planted teams in a commuter crowd, beside the plain rule on the same data; and speed.

`make bench cotravel`. The seeds are none that anything was tuned on. The plain rule is that of ArcGIS AllSource:
two fixes within 100 feet and 10 seconds, on all fixes; its pairs are those with at least one such match, and, to be
generous to it, with as many as give it its best F1 on this very data.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import sitelight_package

from .commuter_worlds import Crowd, Town, make_town
from .measure import GIB, in_fresh_process, print_table, report
from .peers import peak_from_now

SEEDS = (70_111, 70_223, 70_337)
LEVEL = 0.05
TOWNS = {"sparse": Town(2000, 21, teams=25), "dense": Town(400, 14, dense=True, teams=12)}
LARGE = {"one day": Town(103_000, 1, radius_m=15_000.0), "14 days, 7 fixes a day": Town(100_000, 14, radius_m=15_000.0)}
ROWS = 10_000_000


def as_fixes(fixes: dict[str, np.ndarray], devices: int) -> Any:
    """Return the engine's table of a world's fixes."""
    from sitelight.plugin.engine.screening import Fixes

    return Fixes(
        fixes["device"].astype(np.int32), fixes["time_ms"], fixes["lat"], fixes["lon"],
        fixes["accuracy_m"].astype(np.float32), np.arange(devices).astype(str).astype(object),
    )  # fmt: skip


def score(found: np.ndarray, planted: np.ndarray) -> tuple[int, float, float]:
    """Return the number of pairs found, precision and recall; pairs are rows (first, second)."""
    known = {tuple(pair) for pair in planted.tolist()}
    hits = sum(tuple(pair) in known for pair in found.tolist())
    return len(found), hits / max(1, len(found)), hits / max(1, len(known))


def rule_pairs(fixes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs (n, 2) of the plain rule and how many matches each has."""
    from sitelight.plugin.engine.earth import Buckets, Spans, near_pairs

    spans = Spans(fixes.device, fixes.time_ms, fixes.time_ms, fixes.lat, fixes.lon)
    near = near_pairs(spans, Buckets(30.48, 10_000, 183.0, 60_000, 1_000_000))
    pair = np.sort(np.stack((fixes.device[near.first], fixes.device[near.second]), axis=1).astype(np.int64), axis=1)
    key, count = np.unique((pair[:, 0] << 32) + pair[:, 1], return_counts=True)
    return np.stack((key >> 32, key & 0xFFFFFFFF), axis=1), count


def best_of_rule(pairs: np.ndarray, count: np.ndarray, planted: np.ndarray) -> tuple[int, tuple[int, float, float]]:
    """Return the number of matches asked for that gives the rule its best F1, and the score then."""
    def f1(least: int) -> float:
        _found, precision, recall = score(pairs[count >= least], planted)
        return 2.0 * precision * recall / max(precision + recall, 1e-9)

    levels = np.unique(np.quantile(count, np.linspace(0.0, 1.0, 60), method="lower")) if len(count) else [1]
    least = max((int(level) for level in levels), key=f1)
    return least, score(pairs[count >= least], planted)


def compare(kind: str, seed: int, crowd: Crowd) -> list[tuple[str, ...]]:
    """Return a row for each way to find the teams of one world."""
    from sitelight.plugin.engine.companions import find_cotravelers
    from sitelight.plugin.engine.stays import detect_stays

    town = TOWNS[kind]
    fixes = as_fixes(crowd.fixes, town.devices)
    stays = detect_stays(fixes, keep_short=True)
    rows = []
    for mode in ("classical", "sparse mode"):
        found = find_cotravelers(fixes, stays, sparse=mode != "classical").listed(LEVEL).pairs
        number, precision, recall = score(found[["first", "second"]].to_numpy(), crowd.pairs)
        rows.append((f"Sitelight, {mode}, q <= {LEVEL}", number, precision, recall))
    pairs, count = rule_pairs(fixes)
    rows.append(("100 ft / 10 s, any match", *score(pairs, crowd.pairs)))
    least, best = best_of_rule(pairs, count, crowd.pairs)
    rows.append((f"100 ft / 10 s, {least:,} matches or more (its best)", *best))
    return [
        (kind, str(seed), f"{len(crowd.pairs)}", name, f"{number:,}", f"{precision:.2f}", f"{recall:.2f}")
        for name, number, precision, recall in rows
    ]


def nulls(kind: str, seed: int) -> tuple[str, ...]:
    """Return how many pairs are found in a world without teams."""
    from dataclasses import replace

    from sitelight.plugin.engine.companions import find_cotravelers
    from sitelight.plugin.engine.stays import detect_stays

    town = replace(TOWNS[kind], teams=0)
    fixes = as_fixes(make_town(seed + 50, town).fixes, town.devices)
    stays = detect_stays(fixes, keep_short=True)
    found = [find_cotravelers(fixes, stays, sparse) for sparse in (False, True)]
    counts = [f"{len(one.listed(LEVEL).pairs)} of {len(one.pairs):,}" for one in found]
    return (kind, str(seed + 50), *counts, f"{max(one.pairs['log10_lr'].max() for one in found):.1f}")


def work_on(what: str, path: str, devices: str) -> dict[str, Any]:
    """Do one piece of work on stored fixes, stays included, and return its figures."""
    sitelight_package.load()
    from sitelight.plugin.engine.companions import find_cotravelers, find_frequented, find_meetings
    from sitelight.plugin.engine.homes import find_anchors
    from sitelight.plugin.engine.stays import detect_stays

    with np.load(path) as stored:
        fixes = as_fixes(dict(stored), int(devices))
    start_bytes = peak_from_now()
    started, started_cpu = time.perf_counter(), time.process_time()
    stays = detect_stays(fixes, keep_short=True)
    stays_s = time.perf_counter() - started
    if what.startswith("co-travel"):
        rows = len(find_cotravelers(fixes, stays, sparse=what.endswith("sparse")).pairs)
    else:
        anchors = find_anchors(stays, fixes.device_count)
        found = find_meetings(stays, anchors) if what == "meetings" else find_frequented(stays, anchors)
        rows = len(found.locations)
    return {
        "wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - started_cpu, "stays_s": stays_s,
        "start_bytes": start_bytes, "fixes": len(fixes), "rows": rows,
    }  # fmt: skip


def speed(folder: Path) -> None:
    """Print time and memory on ten million fixes of a hundred thousand devices."""
    rows = [("fixes", "devices", "span", "work", "wall s", "of it stays", "cpu s", "GiB above the fixes", "rows")]
    for name, town in LARGE.items():
        crowd = make_town(SEEDS[0] + 7, town).fixes
        kept = np.random.default_rng(1).random(len(crowd["device"])) < ROWS / len(crowd["device"])
        np.savez(folder / "fixes.npz", **{column: values[kept] for column, values in crowd.items()})
        del crowd
        for what in ("co-travel classical", "co-travel sparse", "meetings", "frequented"):
            run = in_fresh_process("bench.cotravel", what, str(folder / "fixes.npz"), str(town.devices))
            rows.append((
                f"{run['fixes']:,}", f"{town.devices:,}", name, what, f"{run['wall_s']:.1f}", f"{run['stays_s']:.1f}",
                f"{run['cpu_s']:.1f}", f"{(run['peak_bytes'] - run['start_bytes']) / GIB:.2f}", f"{run['rows']:,}",
            ))  # fmt: skip
    print_table("Speed, detection of stays included (target: 10 s)", rows)


def main() -> None:
    """Measure and print."""
    sitelight_package.load()
    rows = [("world", "seed", "planted pairs", "way", "found", "precision", "recall")]
    for kind, town in TOWNS.items():
        for seed in SEEDS:
            rows += compare(kind, seed, make_town(seed, town))
    print_table("Teams that travel together on some days, in a commuter crowd (synthetic)", rows)
    rows = [("world", "seed", "classical", "sparse mode", "strongest log10 ratio")]
    rows += [nulls(kind, seed) for kind in TOWNS for seed in SEEDS]
    print_table(f"Worlds without teams: pairs at q <= {LEVEL}, of all listed", rows)
    with tempfile.TemporaryDirectory() as folder:
        speed(Path(folder))


if __name__ == "__main__":
    report(lambda: work_on(*sys.argv[1:4]))
