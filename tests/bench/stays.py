"""Stay detectors side by side on the same synthetic lives: fixes/s, memory and F1, ours and other tools'.

The other tools run in `.venv-peers` (`make peers`). trackintel and MovingPandas take minutes for what the others do in
a second, so they get the first few devices of the same world, and ours are run on the same few again: every ratio is
of the same rows, taken turn by turn. Ours run with one default. The tuned settings of the others are the best F1 of
small grids on another seed, which `make bench stays ARGS=--tune` searches again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import sitelight_package

from .measure import GIB, in_fresh_process, print_table, report
from .peers import peak_from_now
from .stay_scores import score
from .stay_worlds import World, as_one_device, make_world, repeat_devices

Settings = dict[str, Any]
Figures = dict[str, float]
PEER_PYTHON = sitelight_package.ROOT / ".venv-peers" / "bin" / "python"
SEED, SCALE_SEED, TUNE_SEED, DAYS, ROUNDS = 20_411, 20_412, 20_413, 14, 3
OURS = ("default", "sliding")
COLUMNS = ("device", "time_ms", "lat", "lon", "accuracy_m")
DEVICES = {
    "fastmob": {"sparse": 900, "dense": 60},
    "trackintel": {"sparse": 60, "dense": 4},
    "movingpandas": {"sparse": 20, "dense": 2},
}
TUNE_DEVICES = {"sparse": 12, "dense": 2}
AT_LEAST = {"fastmob": 1.0, "trackintel": 50.0, "movingpandas": 500.0}
F1_AT_LEAST = {"sparse": 0.58, "dense": 0.98}
DEFAULTS: dict[str, Settings] = {
    "fastmob": {}, "trackintel": {}, "movingpandas": {"min_minutes": 1, "max_diameter": 100},
}  # fmt: skip
DOCUMENTED = "documented example"  # MovingPandas has no defaults
GRIDS: dict[str, dict[str, list[Any]]] = {
    "fastmob": {
        "minutes_for_a_stop": [5, 10, 20, 30], "spatial_radius_km": [0.1, 0.2, 0.3, 0.5, 0.8, 1.2],
        "no_data_for_minutes": [1440, 1e12],
    },
    "trackintel": {
        "time_threshold": [10, 20], "dist_threshold": [200, 300, 500, 800, 1200], "gap_threshold": [60, 720, 1440],
        "include_last": [True],
    },
    "movingpandas": {"min_minutes": [10, 20], "max_diameter": [200, 400, 800, 1600]},
}  # fmt: skip
TUNED: dict[str, dict[str, Settings]] = {
    "fastmob": {
        "sparse": {"minutes_for_a_stop": 30, "spatial_radius_km": 0.3, "no_data_for_minutes": 1440},
        "dense": {"minutes_for_a_stop": 20, "spatial_radius_km": 0.8, "no_data_for_minutes": 1440},
    },
    "trackintel": {
        "sparse": {"time_threshold": 20, "dist_threshold": 300, "gap_threshold": 1440, "include_last": True},
        "dense": {"time_threshold": 20, "dist_threshold": 800, "gap_threshold": 60, "include_last": True},
    },
    "movingpandas": {
        "sparse": {"min_minutes": 10, "max_diameter": 400}, "dense": {"min_minutes": 20, "max_diameter": 800},
    },
}  # fmt: skip
SIZES = (10**5, 10**6, 10**7, 5 * 10**7)
LARGE, ONE_SIZES = 10**7, (10**6, 10**7)


def detect_ours(detector: str, fixes_file: str, stays_file: str, times: str = "1", whose: str = "many") -> Figures:
    """Detect stays in a stored world with one of our detectors, store them, and return the figures of the detection.

    The world is repeated `times` over first, as more devices ("many") or as one after the other of one device ("one").
    """
    sitelight_package.load()
    from sitelight.plugin.engine.screening import Fixes
    from sitelight.plugin.engine.stays import detect_sliding_stays, detect_stays

    with np.load(fixes_file) as stored:
        columns = {name: stored[name] for name in COLUMNS}
    columns["device"] = columns["device"].astype(np.int32)
    columns["accuracy_m"] = columns["accuracy_m"].astype(np.float32)
    columns = repeat_devices(columns, int(times))
    if whose == "one":
        columns = as_one_device(columns, DAYS)
    names = np.arange(int(columns["device"].max()) + 1).astype(str).astype(object)
    fixes = Fixes(*(columns[name] for name in COLUMNS), names)
    detect = {"default": detect_stays, "sliding": detect_sliding_stays}[detector]
    detect(Fixes(*(columns[name][:200] for name in COLUMNS), names))
    start_bytes = peak_from_now()
    started, started_cpu = time.perf_counter(), time.process_time()
    stays = detect(fixes)
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    np.savez(stays_file, device=stays.device, start_ms=stays.arrived_ms, end_ms=stays.departed_ms,
             lat=stays.lat, lon=stays.lon)  # fmt: skip
    return {"wall_s": wall_s, "cpu_s": cpu_s, "start_bytes": start_bytes, "fixes": len(fixes)}


def run_once(tool: str, settings: Settings, folder: Path, *how: str) -> Figures:
    """Run one of our detectors ("ours default", "ours sliding") or a peer in a process of its own."""
    files = [str(folder / name) for name in ("fixes.npz", "stays.npz")]
    if tool.startswith("ours"):
        return in_fresh_process("bench.stays", tool.split()[1], *files, *how)
    script = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [PEER_PYTHON, script, tool, json.dumps(settings), *files],
        stdout=subprocess.PIPE, text=True, check=True, timeout=1800,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def first_devices(world: World, count: int) -> World:
    """Return the world of the first `count` devices."""
    fixes, truth = (
        {name: values[side["device"] < count] for name, values in side.items()} for side in (world.fixes, world.truth)
    )
    return World(fixes, truth)


def measure(world: World, tools: list[tuple[str, Settings]], rounds: int, folder: Path) -> list[Figures]:
    """Return each tool's best speeds of `rounds` runs in turn, the memory above the start, and the scores."""
    np.savez(folder / "fixes.npz", **world.fixes)
    runs: list[list[Figures]] = [[] for _ in tools]
    scores: list[Figures] = [{} for _ in tools]
    for _ in range(rounds):
        for number, (tool, settings) in enumerate(tools):
            runs[number].append(run_once(tool, settings, folder))
            with np.load(folder / "stays.npz") as found:
                scores[number] = score(world.truth, dict(found))
    count = len(world.fixes["device"])
    return [
        {
            "fixes": count, "per_cpu_s": count / min(run["cpu_s"] for run in own),
            "per_wall_s": count / min(run["wall_s"] for run in own),
            "gib": max(run["peak_bytes"] - run["start_bytes"] for run in own) / GIB, **scored,
        }
        for own, scored in zip(runs, scores)
    ]  # fmt: skip


def in_words(tool: str, settings: Settings) -> str:
    """Return where settings come from, and what they are."""
    text = ", ".join(f"{name}={value:g}" for name, value in settings.items())
    if tool.startswith("ours") or not settings:
        return "defaults"
    return f"{DOCUMENTED if settings == DEFAULTS[tool] else 'tuned'}: {text}"


def verdict(is_met: bool) -> str:
    """Return the word of the last column."""
    return "met" if is_met else "NOT MET"


def compare(kind: str, folder: Path) -> list[tuple[str, ...]]:
    """Run all detectors on one world, print speeds, scores and ratios, and return (target, measured, verdict)."""
    world = make_world(SEED, DEVICES["fastmob"][kind], DAYS, kind == "dense")
    rows = [("detector", "settings", "devices", "fixes", "k fixes/s (cpu)", "(wall)", "GiB", "F1", "missed", "merged",
             "split", "ours / it (cpu)", "(wall)")]  # fmt: skip
    targets: list[tuple[str, ...]] = []
    for peer, devices in DEVICES.items():
        tools = [("ours default", {}), ("ours sliding", {}), (peer, DEFAULTS[peer]), (peer, TUNED[peer][kind])]
        found = measure(first_devices(world, devices[kind]), tools, ROUNDS, folder)
        ours, others = found[0], found[2:]
        for (tool, settings), it in zip(tools, found):
            rows.append((
                tool, in_words(tool, settings), str(devices[kind]), f"{it['fixes']:,}",
                *(f"{it[speed] / 1000:,.1f}" for speed in ("per_cpu_s", "per_wall_s")), f"{it['gib']:.2f}",
                *(f"{it[name]:.3f}" for name in ("f1", "missed", "merged", "split")),
                *(f"{ours[speed] / it[speed]:,.2f}" for speed in ("per_cpu_s", "per_wall_s")),
            ))  # fmt: skip
        if not targets:
            f1 = ours["f1"]
            targets.append((f"{kind}: F1 >= {F1_AT_LEAST[kind]}", f"{f1:.3f}", verdict(f1 >= F1_AT_LEAST[kind])))
        for clock in ("cpu", "wall"):
            ratio = min(ours[f"per_{clock}_s"] / it[f"per_{clock}_s"] for it in others)
            targets.append((
                f"{kind}: fixes/s ({clock}) >= {AT_LEAST[peer]:g} x {peer}, its faster settings", f"{ratio:,.2f} x",
                verdict(ratio >= AT_LEAST[peer]),
            ))  # fmt: skip
        best = max(it["f1"] for it in others)
        targets.append((f"{kind}: F1 > that of {peer}, its better settings", f"{ours['f1']:.3f} > {best:.3f}",
                        verdict(ours["f1"] > best)))  # fmt: skip
    print_table(f"Stays, {kind} ({DAYS} days, synthetic; best of {ROUNDS} runs in turn on the same rows)", rows)
    return targets


def tune(kind: str, folder: Path) -> None:
    """Print the best settings of each peer's grid on a seed of its own, beside those in use."""
    world = make_world(TUNE_SEED, TUNE_DEVICES[kind], DAYS, kind == "dense")
    rows = [("detector", "settings tried", "best", "F1", "in use", "F1")]
    for peer, grid in GRIDS.items():
        choices = [dict(zip(grid, values)) for values in product(*grid.values())]
        *f1, f1_in_use = (
            it["f1"] for it in measure(world, [(peer, one) for one in [*choices, TUNED[peer][kind]]], 1, folder)
        )
        best = int(np.argmax(f1))
        rows.append((
            peer, str(len(choices)), json.dumps(choices[best]), f"{f1[best]:.3f}", json.dumps(TUNED[peer][kind]),
            f"{f1_in_use:.3f}",
        ))  # fmt: skip
    print_table(f"Tuning, {kind} ({TUNE_DEVICES[kind]} devices, {DAYS} days, seed {TUNE_SEED})", rows)


def scale(folder: Path) -> list[tuple[str, ...]]:
    """Print how our detectors' cost grows with the fixes and what one device with all of them costs; return targets."""
    rows = [("fixes", "kind", "whose", "detector", "cpu s", "ns per fix (cpu)", "(wall)", "one / many (cpu)", "(wall)",
             "GiB above the data", "GiB in all")]  # fmt: skip
    per_fix: dict[tuple[str, str, str], dict[int, dict[str, float]]] = {}
    biggest = 0.0
    for kind, devices in (("sparse", 75), ("dense", 5)):
        small = make_world(SCALE_SEED, devices, DAYS, kind == "dense").fixes
        np.savez(folder / "fixes.npz", **small)
        for size, whose, detector in product(SIZES if kind == "sparse" else (LARGE,), ("many", "one"), OURS):
            if whose == "one" and size not in ONE_SIZES:
                continue
            how = (str(max(1, round(size / len(small["device"])))), whose)
            runs = [run_once(f"ours {detector}", {}, folder, *how) for _ in "12"]
            fixes = int(runs[0]["fixes"])
            cost = {clock: 1e9 * min(run[f"{clock}_s"] for run in runs) / fixes for clock in ("cpu", "wall")}
            per_fix.setdefault((kind, whose, detector), {})[size] = cost
            many = per_fix[kind, "many", detector][size]
            peak, start = (max(run[name] for run in runs) / GIB for name in ("peak_bytes", "start_bytes"))
            biggest = max(biggest, peak)
            rows.append((
                f"{fixes:,}", kind, whose, detector, f"{cost['cpu'] * fixes / 1e9:.2f}",
                *(f"{cost[clock]:.0f}" for clock in cost),
                *(f"{cost[clock] / many[clock]:.2f}" if whose == "one" else "" for clock in cost),
                f"{peak - start:.2f}", f"{peak:.2f}",
            ))  # fmt: skip
    print_table("Scaling: many devices, and all fixes as one device's (best of 2 runs)", rows)
    return [*scale_targets(per_fix), ("memory at every size < 16 GiB", f"{biggest:.1f} GiB", verdict(biggest < 16.0))]


def scale_targets(per_fix: dict[tuple[str, str, str], dict[int, dict[str, float]]]) -> list[tuple[str, ...]]:
    """Return (target, measured, verdict) of costs in ns per fix by (kind, whose, detector), size and clock."""
    targets: list[tuple[str, ...]] = []
    for detector in OURS:
        sparse = per_fix["sparse", "many", detector]
        sizes = np.array(SIZES, float)
        total = sizes * [sparse[size]["cpu"] for size in SIZES]
        power = float(np.polyfit(np.log(sizes), np.log(total), 1)[0])
        targets.append((
            f"{detector}: cpu time grows as fixes^1 (at most ^1.1), {SIZES[0]:,} to {SIZES[-1]:,}", f"^{power:.3f}",
            verdict(power <= 1.1),
        ))  # fmt: skip
        for kind, clock in product(("sparse", "dense"), ("cpu", "wall")):
            one, many = (per_fix[kind, whose, detector][LARGE][clock] for whose in ("one", "many"))
            targets.append((
                f"{detector}, {kind}: one device's {LARGE:,} fixes cost <= 3 x many's ({clock})", f"{one / many:.2f} x",
                verdict(one <= 3.0 * many),
            ))  # fmt: skip
    return targets


def main() -> None:
    """Measure and print."""
    if not PEER_PYTHON.exists():
        sys.exit("bench: the other tools are not installed; run `make peers` first.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "--tune" in sys.argv:
            for kind in F1_AT_LEAST:
                tune(kind, folder)
            return
        targets = [row for kind in F1_AT_LEAST for row in compare(kind, folder)] + scale(folder)
    print_table("Stays: targets", [("target", "measured", ""), *targets])


if __name__ == "__main__":
    report(lambda: detect_ours(*sys.argv[1:6]))
