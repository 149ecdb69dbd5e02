"""Runs another tool's stay detector; started in the environment of the peers, so it imports nothing of ours.

`python peers.py TOOL PARAMETERS.json FIXES.npz STAYS.npz` reads the columns device, time_ms, lat, lon, calls the tool
once untimed on a few fixes and once timed on all, writes device, start_ms, end_ms, lat, lon, and prints JSON figures.
Building the tool's own table from arrays is not timed: only the detection is compared.
"""

from __future__ import annotations

import json
import re
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd

Columns = dict[str, np.ndarray]


def run_fastmob(fixes: Columns, parameters: dict[str, Any]) -> Callable[[], Columns]:
    """Prepare fastmob's `stay_locations`; its frame is Arrow, which is what it works on."""
    import pyarrow as pa
    from fastmob.preprocessing import stay_locations

    table = pa.table({
        "uid": fixes["device"], "lat": fixes["lat"], "lng": fixes["lon"],
        "datetime": pa.array(fixes["time_ms"].astype("datetime64[ms]")),
    })  # fmt: skip

    def detect() -> Columns:
        stays = stay_locations(table, **parameters)
        times = {name: stays[name].cast(pa.timestamp("ms")).to_numpy().astype(np.int64)
                 for name in ("datetime", "leaving_datetime")}  # fmt: skip
        return {
            "device": stays["uid"].to_numpy(), "start_ms": times["datetime"], "end_ms": times["leaving_datetime"],
            "lat": stays["lat"].to_numpy(), "lon": stays["lng"].to_numpy(),
        }  # fmt: skip

    return detect


def run_trackintel(fixes: Columns, parameters: dict[str, Any]) -> Callable[[], Columns]:
    """Prepare trackintel's `generate_staypoints`."""
    import geopandas as gpd
    from trackintel import Positionfixes

    frame = gpd.GeoDataFrame(
        {"user_id": fixes["device"], "tracked_at": pd.to_datetime(fixes["time_ms"], unit="ms", utc=True)},
        geometry=gpd.points_from_xy(fixes["lon"], fixes["lat"]), crs="EPSG:4326",
    )  # fmt: skip
    positionfixes = Positionfixes(frame)

    def detect() -> Columns:
        _, stays = positionfixes.generate_staypoints(method="sliding", **parameters)
        if not len(stays):
            return {name: np.empty(0) for name in ("device", "start_ms", "end_ms", "lat", "lon")}
        return {
            "device": stays["user_id"].to_numpy(), "start_ms": epoch_ms(stays["started_at"]),
            "end_ms": epoch_ms(stays["finished_at"]), "lat": stays.geometry.y.to_numpy(),
            "lon": stays.geometry.x.to_numpy(),
        }  # fmt: skip

    return detect


def run_movingpandas(fixes: Columns, parameters: dict[str, Any]) -> Callable[[], Columns]:
    """Prepare MovingPandas' `TrajectoryStopDetector`, which has no defaults: both parameters must be given."""
    import geopandas as gpd
    import movingpandas as mpd

    frame = gpd.GeoDataFrame(
        {"device": fixes["device"]}, index=pd.to_datetime(fixes["time_ms"], unit="ms"),
        geometry=gpd.points_from_xy(fixes["lon"], fixes["lat"]), crs="EPSG:4326",
    )  # fmt: skip
    tracks = mpd.TrajectoryCollection(frame, "device", min_length=0)
    duration = timedelta(minutes=parameters["min_minutes"])

    def detect() -> Columns:
        stays = mpd.TrajectoryStopDetector(tracks).get_stop_points(
            min_duration=duration, max_diameter=parameters["max_diameter"]
        )
        return {
            "device": stays["traj_id"].to_numpy().astype(np.int64), "start_ms": epoch_ms(stays["start_time"]),
            "end_ms": epoch_ms(stays["end_time"]), "lat": stays.geometry.y.to_numpy(),
            "lon": stays.geometry.x.to_numpy(),
        }  # fmt: skip

    return detect


TOOLS = {"fastmob": run_fastmob, "trackintel": run_trackintel, "movingpandas": run_movingpandas}


def epoch_ms(times: pd.Series) -> np.ndarray:
    """Return times as int64 UTC epoch ms."""
    return times.to_numpy("datetime64[ms]").astype(np.int64)


def peak_bytes() -> int:
    """Return the most memory this program has held resident since it started (Linux: VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def peak_from_now() -> int:
    """Forget the peak so far (Linux) and return the memory held now, so that only what follows is measured."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_bytes()


def main() -> None:
    """Detect once and report."""
    tool, parameters, fixes_file, stays_file = sys.argv[1:]
    warnings.simplefilter("ignore")
    with np.load(fixes_file) as stored:
        fixes = {name: stored[name] for name in ("device", "time_ms", "lat", "lon")}
    settings = json.loads(parameters)
    TOOLS[tool]({name: values[:200] for name, values in fixes.items()}, settings)()
    detect = TOOLS[tool](fixes, settings)
    start_bytes = peak_from_now()
    started, started_cpu = time.perf_counter(), time.process_time()
    stays = detect()
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    np.savez(stays_file, **stays)
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "peak_bytes": peak_bytes(), "start_bytes": start_bytes}))


if __name__ == "__main__":
    main()
