"""Stay detectors side by side on the same synthetic lives: fixes/s, memory and F1, ours and other tools'.

The other tools run in `.venv-peers` (`make peers`). trackintel and MovingPandas take minutes for what the others do in
a second, so they get the first few devices of the same world; speeds are per fix. Tuned settings are the best F1 of a
grid on another seed, for each kind of world; ours run with one default. `--large` adds 50 million fixes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import sitelight_package

from .measure import GIB, in_fresh_process, print_table, report
from .peers import peak_from_now
from .stay_scores import score
from .stay_worlds import World, as_one_device, make_world, repeat_devices

PEER_PYTHON = sitelight_package.ROOT / ".venv-peers" / "bin" / "python"
SEED, DAYS, ROUNDS = 20_411, 14, 3
DEVICES = {"sparse": 900, "dense": 60}
FEW_DEVICES = {"trackintel": {"sparse": 40, "dense": 3}, "movingpandas": {"sparse": 10, "dense": 1}}
LAST = {"include_last": True}
PEER_SETTINGS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "sparse": [
        ("fastmob", {}),
        ("fastmob", {"minutes_for_a_stop": 30, "spatial_radius_km": 0.3}),
        ("trackintel", {}),
        ("trackintel", {"time_threshold": 10, "dist_threshold": 300, "gap_threshold": 720, **LAST}),
        ("movingpandas", {"min_minutes": 1, "max_diameter": 100}),
        ("movingpandas", {"min_minutes": 10, "max_diameter": 400}),
    ],
    "dense": [
        ("fastmob", {}),
        ("fastmob", {"minutes_for_a_stop": 10, "spatial_radius_km": 0.5}),
        ("trackintel", {}),
        ("trackintel", {"time_threshold": 10, "dist_threshold": 300, "gap_threshold": 60, **LAST}),
        ("movingpandas", {"min_minutes": 1, "max_diameter": 100}),
        ("movingpandas", {"min_minutes": 10, "max_diameter": 800}),
    ],
}  # fmt: skip
DOCUMENTED = "documented example"  # MovingPandas has no defaults


def detect_ours(detector: str, fixes_file: str, stays_file: str) -> dict[str, Any]:
    """Detect stays in a stored world with one of our detectors, store them, and return the figures of the detection."""
    sitelight_package.load()
    from sitelight.plugin.engine.fixes import Fixes
    from sitelight.plugin.engine.sliding_stays import detect_sliding_stays
    from sitelight.plugin.engine.stays import detect_stays

    with np.load(fixes_file) as stored:
        columns = {name: stored[name] for name in ("device", "time_ms", "lat", "lon", "accuracy_m")}
    names = np.arange(int(columns["device"].max()) + 1).astype(str).astype(object)
    fixes = Fixes(
        columns["device"].astype(np.int32), columns["time_ms"], columns["lat"], columns["lon"],
        columns["accuracy_m"].astype(np.float32), names,
    )  # fmt: skip
    del columns
    detect = {"default": detect_stays, "sliding": detect_sliding_stays}[detector]
    few = slice(0, 200)
    detect(Fixes(*(getattr(fixes, name)[few] for name in ("device", "time_ms", "lat", "lon", "accuracy_m")), names))
    start_bytes = peak_from_now()
    started, started_cpu = time.perf_counter(), time.process_time()
    stays = detect(fixes)
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    np.savez(stays_file, device=stays.device, start_ms=stays.arrived_ms, end_ms=stays.departed_ms,
             lat=stays.lat, lon=stays.lon)  # fmt: skip
    return {"wall_s": wall_s, "cpu_s": cpu_s, "start_bytes": start_bytes, "fixes": len(fixes)}


def run_once(tool: str, settings: dict[str, Any], fixes_file: Path, stays_file: Path) -> dict[str, Any]:
    """Run one of our detectors ("ours default", "ours sliding") or a peer in a process of its own."""
    if tool.startswith("ours"):
        return in_fresh_process("bench.stays", tool.split()[1], str(fixes_file), str(stays_file))
    script = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [PEER_PYTHON, script, tool, json.dumps(settings), fixes_file, stays_file],
        stdout=subprocess.PIPE, text=True, check=True, timeout=1800,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def first_devices(world: World, count: int) -> World:
    """Return the world of the first `count` devices."""
    fixes, truth = (
        {name: values[side["device"] < count] for name, values in side.items()} for side in (world.fixes, world.truth)
    )
    return World(fixes, truth)


def measure(world: World, tool: str, settings: dict[str, Any], rounds: int, folder: Path) -> dict[str, float]:
    """Return the best speeds of `rounds` runs, the memory above the start, and the scores."""
    fixes_file, stays_file = folder / "fixes.npz", folder / "stays.npz"
    np.savez(fixes_file, **world.fixes)
    runs = [run_once(tool, settings, fixes_file, stays_file) for _ in range(rounds)]
    with np.load(stays_file) as found:
        scores = score(world.truth, dict(found))
    count = len(world.fixes["device"])
    return {
        "fixes": count, "per_cpu_s": count / min(run["cpu_s"] for run in runs),
        "per_wall_s": count / min(run["wall_s"] for run in runs),
        "gib": max(run["peak_bytes"] - run["start_bytes"] for run in runs) / GIB, **scores,
    }  # fmt: skip


def compare(kind: str, folder: Path) -> None:
    """Run all detectors on one world and print speeds, scores and ratios."""
    world = make_world(SEED, DEVICES[kind], DAYS, kind == "dense")
    rows = [("detector", "settings", "fixes", "k fixes/s (cpu)", "k fixes/s (wall)", "GiB", "F1", "missed", "merged",
             "split", "default / it (cpu)", "(wall)", "sliding / it (cpu)")]  # fmt: skip
    ours: dict[str, dict[str, float]] = {}
    for tool, settings in [("ours default", {}), ("ours sliding", {}), *PEER_SETTINGS[kind]]:
        few = FEW_DEVICES.get(tool)
        found = measure(first_devices(world, few[kind]) if few else world, tool, settings, 1 if few else ROUNDS, folder)
        if tool.startswith("ours"):
            ours[tool.split()[1]] = found
        speeds = [found["per_cpu_s"], found["per_wall_s"]]
        is_documented = settings == {"min_minutes": 1, "max_diameter": 100}
        text = ", ".join(f"{name}={value}" for name, value in settings.items()) or "defaults"
        rows.append((
            tool, f"{DOCUMENTED}: {text}" if is_documented else text, f"{found['fixes']:,}",
            *(f"{speed / 1000:,.1f}" for speed in speeds), f"{found['gib']:.2f}",
            *(f"{found[name]:.3f}" for name in ("f1", "missed", "merged", "split")),
            f"{ours['default']['per_cpu_s'] / speeds[0]:,.2f}", f"{ours['default']['per_wall_s'] / speeds[1]:,.2f}",
            f"{ours['sliding']['per_cpu_s'] / speeds[0]:,.2f}" if "sliding" in ours else "",
        ))  # fmt: skip
    print_table(f"Stays, {kind} ({DEVICES[kind]} devices, {DAYS} days, synthetic; best of {ROUNDS} runs)", rows)


def scale(folder: Path, large: bool) -> None:
    """Print how our detectors' cost grows with the fixes, and what one device with all of them costs."""
    small = make_world(SEED + 1, 75, DAYS, dense=False).fixes
    count = len(small["device"])
    rows = [("fixes", "devices", "detector", "cpu s", "ns per fix (cpu)", "ns per fix (wall)", "GiB")]
    sizes = [10**5, 10**6, 10**7] + ([5 * 10**7] if large else [])
    for size in sizes:
        many = repeat_devices(small, -(-size // count))
        worlds = [("many", many)] + ([("one", as_one_device(many, DAYS))] if size in (10**6, 10**7) else [])
        for name, fixes in worlds:
            np.savez(folder / "fixes.npz", **fixes)
            for detector in ("default", "sliding"):
                runs = [run_once(f"ours {detector}", {}, folder / "fixes.npz", folder / "stays.npz") for _ in "12"]
                done = len(fixes["device"])
                cpu_s, wall_s = (min(run[clock] for run in runs) for clock in ("cpu_s", "wall_s"))
                rows.append((
                    f"{done:,}", name, detector, f"{cpu_s:.2f}", f"{1e9 * cpu_s / done:.0f}",
                    f"{1e9 * wall_s / done:.0f}", f"{(runs[0]['peak_bytes'] - runs[0]['start_bytes']) / GIB:.2f}",
                ))  # fmt: skip
    print_table("Scaling on sparse fixes: many devices, and all fixes as one device's (best of 2 runs)", rows)


def main() -> None:
    """Measure and print."""
    if not PEER_PYTHON.exists():
        sys.exit("bench: the other tools are not installed; run `make peers` first.")
    with tempfile.TemporaryDirectory() as folder:
        for kind in DEVICES:
            compare(kind, Path(folder))
        scale(Path(folder), large="--large" in sys.argv)


if __name__ == "__main__":
    report(lambda: detect_ours(*sys.argv[1:4]))
