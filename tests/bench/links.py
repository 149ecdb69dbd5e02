"""Areas, tracks, movement events and the link network on 10 M fixes of 100,000 synthetic devices.

Each step is timed in a process of its own, from fixes on: reading and screening are in the other parts. A device of the
sparse world is seen in bursts at a few of 500 sites and elsewhere; that of the dense one every 10 s on its way.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from .measure import GIB, in_fresh_process, print_table, report

FIXES, DEVICES, SITES, SEED = 10_000_000, 100_000, 500, 9701
START_MS, DAYS = 1_686_528_000_000, 28
WORK = ("compareareas", "selecttracks", "classifymovement", "linknetwork")
TARGET_S = 10.0


def sparse_fixes(rng: np.random.Generator, sites: Any) -> Any:
    """Return fixes in bursts of five; a burst is at one of the device's few sites, or somewhere else in the country."""
    from sitelight.plugin.engine.screening import Fixes

    per_device, burst = FIXES // DEVICES, 5
    bursts = per_device // burst
    shape = (DEVICES, bursts)
    haunts = np.minimum(rng.zipf(1.3, (DEVICES, 6)), SITES) - 1
    site = np.take_along_axis(haunts, rng.integers(0, 6, shape), axis=1)
    is_away = rng.random(shape) < 0.5
    lat = np.where(is_away, rng.uniform(12.0, 16.0, shape), sites.lat[site])
    lon = np.where(is_away, rng.uniform(1.0, 8.0, shape), sites.lon[site])
    begin = np.sort(rng.integers(0, DAYS * 86_400_000, shape), axis=1)
    time_ms = START_MS + begin[:, :, None] + np.arange(burst) * 180_000
    error = rng.normal(0.0, 1e-4, (2, DEVICES, bursts, burst))
    return in_order(Fixes, time_ms, lat[:, :, None] + error[0], lon[:, :, None] + error[1])


def dense_fixes(rng: np.random.Generator) -> Any:
    """Return tracks with a fix every 10 s that wander, and stand now and then."""
    from sitelight.plugin.engine.screening import Fixes

    shape = (DEVICES, FIXES // DEVICES)
    heading = np.cumsum(rng.normal(0.0, 0.4, shape), axis=1)
    step = np.where(rng.random(shape) < 0.1, 0.0, 100.0) / 111_195.0
    lat = rng.uniform(12.0, 16.0, (DEVICES, 1)) + np.cumsum(step * np.cos(heading), axis=1)
    lon = rng.uniform(1.0, 8.0, (DEVICES, 1)) + np.cumsum(step * np.sin(heading), axis=1)
    time_ms = START_MS + np.broadcast_to(np.arange(shape[1]) * 10_000, shape)
    return in_order(Fixes, time_ms, lat, lon)


def in_order(kind: Any, time_ms: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> Any:
    """Return fixes of devices (first axis) sorted by time."""
    device = np.repeat(np.arange(DEVICES, dtype=np.int32), FIXES // DEVICES)
    order = np.lexsort((time_ms.ravel(), device))
    names = np.char.mod("%06d", np.arange(DEVICES)).astype(object)
    accuracy = np.full(FIXES, 10.0, np.float32)
    return kind(device, time_ms.ravel()[order], lat.ravel()[order], lon.ravel()[order], accuracy, names)


def make_sites(rng: np.random.Generator) -> Any:
    """Return point sites of 200 m, scattered."""
    from sitelight.plugin.engine.places import Sites

    names = np.char.mod("site %d", np.arange(SITES)).astype(object)
    blank, none = np.full(SITES, "", dtype=object), np.full(SITES, None, dtype=object)
    lat, lon = rng.uniform(12.0, 16.0, SITES), rng.uniform(1.0, 8.0, SITES)
    return Sites(names, names, blank, blank, blank, lat, lon, np.full(SITES, 200.0), none)


def measure_work(name: str) -> dict[str, Any]:
    """Do one piece of work; return its own wall and processor time, and how much came out."""
    rng = np.random.default_rng(SEED)
    sites = make_sites(rng)
    fixes = dense_fixes(rng) if name == "classifymovement" else sparse_fixes(rng, sites)
    begun, begun_cpu = time.perf_counter(), time.process_time()
    rows = do_work(name, fixes, sites)
    return {"rows": rows, "work_s": time.perf_counter() - begun, "work_cpu_s": time.process_time() - begun_cpu}


def do_work(name: str, fixes: Any, sites: Any) -> int:
    """Return the number of rows of the result."""
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.networks import NetworkSettings, find_network
    from sitelight.plugin.engine.tracks import BEFORE_AFTER, classify_movement, compare_areas, select_tracks

    if name == "compareareas":
        return len(compare_areas(fixes, sites))
    if name == "selecttracks":
        return len(select_tracks(fixes, sites, BEFORE_AFTER, 48.0))
    if name == "classifymovement":
        return len(classify_movement(fixes))
    return len(find_network(fixes, sites, load_world(), NetworkSettings(), 1000.0).links)


def main() -> None:
    """Measure each piece of work in a fresh process."""
    rows = [("work", "rows", "wall s", "cpu s", "peak GiB", f"target {TARGET_S:g} s")]
    for name in WORK:
        found = in_fresh_process("bench.links", name)
        verdict = "met" if found["work_s"] <= TARGET_S else "missed"
        rows.append((name, f"{found['rows']:,}", f"{found['work_s']:.1f}", f"{found['work_cpu_s']:.1f}",
                     f"{found['peak_bytes'] / GIB:.2f}", verdict))  # fmt: skip
    print_table(f"{FIXES:,} fixes of {DEVICES:,} synthetic devices, {SITES} sites", rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import sitelight_package

        sitelight_package.load()
        report(lambda: measure_work(sys.argv[1]))
    else:
        main()
