"""A whole study, file to GeoPackage, on about five million synthetic observations: time, memory, observations/s."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import sitelight_package

from .measure import GIB, in_fresh_process, print_table, report

FOLDER = sitelight_package.ROOT / "build" / "bench"
DEVICES, DAYS, SEED = 1420, 190, 3
KEY_DATES = (date(2023, 7, 26), date(2023, 8, 30))
OTHER_DATES = (date(2023, 7, 5), date(2023, 8, 9))


def scenario_folder() -> Path:
    """Return the folder of the cached scenario, made at the first call (and after the scenario maker changed)."""
    sitelight_package.load()
    from sitelight.plugin.data.scenario_files import write_scenario
    from sitelight.plugin.engine.scenario import ScenarioSettings

    sources = sorted((sitelight_package.ROOT / "plugin" / "engine" / "scenario").glob("*.py"))
    made_of = {"devices": DEVICES, "days": DAYS, "seed": SEED, "code": sum(hash_of(path) for path in sources)}
    stamp = FOLDER / "made-of.json"
    if not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8")) != made_of:
        print(f"bench: making a scenario of {DEVICES} devices and {DAYS} days in {FOLDER}", flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        write_scenario(ScenarioSettings(devices=DEVICES, days=DAYS, seed=SEED), str(FOLDER / "scenario"))
        stamp.write_text(json.dumps(made_of), encoding="utf-8")
    return FOLDER


def hash_of(path: Path) -> int:
    """Return a number that changes with the file's content."""
    import zlib

    return zlib.crc32(path.read_bytes())


def run_study(observations: str, sites: str, output: str) -> dict[str, Any]:
    """Run and write the study; return its size and the seconds of each stage."""
    sitelight_package.load()
    from sitelight.plugin.data.geopackage import write_results
    from sitelight.plugin.data.library import load_library
    from sitelight.plugin.data.observation_files import open_observations_file
    from sitelight.plugin.data.run_record import make_record
    from sitelight.plugin.data.sites import read_sites_file
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.base import Progress
    from sitelight.plugin.engine.study import Study, run

    stages: list[tuple[str, float]] = []

    def note(stage: str, _fraction: float) -> None:
        if not stages or stages[-1][0] != stage:
            stages.append((stage, time.perf_counter()))

    study = Study(
        key_dates=KEY_DATES, sites=read_sites_file(sites).sites, world=load_world(), library=load_library(),
        purpose="Benchmark on synthetic data",
    )  # fmt: skip
    source = open_observations_file(observations)
    results = run(study, source, Progress(note))
    note("Writing the GeoPackage", 1.0)
    write_results(results, output, make_record(study, source, results), {})
    stages.append(("", time.perf_counter()))
    asked, asked_cpu = time.perf_counter(), time.process_time()
    run(replace(study, key_dates=OTHER_DATES), source, known=results.known)
    again_s, again_cpu_s = time.perf_counter() - asked, time.process_time() - asked_cpu
    seconds = {name: end - start for (name, start), (_next, end) in zip(stages, stages[1:])}
    screening = dict(zip(results.tables["screening"]["reason"], results.tables["screening"]["rows"].tolist()))
    return {"rows": screening["read"], "findings": len(results.tables["findings"]), "stages": seconds,
            "again_s": again_s, "again_cpu_s": again_cpu_s}  # fmt: skip


def lexsort(rows: int) -> dict[str, Any]:
    """Sort as many rows by device and time with numpy: what no study can do without."""
    import numpy as np

    rng = np.random.default_rng(1)
    device = rng.integers(0, DEVICES, rows, dtype=np.int32)
    time_ms = rng.integers(0, DAYS * 86_400_000, rows, dtype=np.int64)
    started, started_cpu = time.perf_counter(), time.process_time()
    order = np.lexsort((time_ms, device))
    sort_s, sort_cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    return {"rows": len(order), "sort_s": sort_s, "sort_cpu_s": sort_cpu_s}


def main() -> None:
    """Measure and print."""
    folder = scenario_folder()
    output = folder / "study.gpkg"
    output.unlink(missing_ok=True)
    parts = sorted(folder.glob("scenario/observations*.csv"))
    observations = parts[0] if len(parts) == 1 else parts[0].parent
    sites = folder / "scenario" / "sites.gpkg"
    study = in_fresh_process("bench.study", "run", str(observations), str(sites), str(output))
    bare = in_fresh_process("bench.study", "lexsort", str(study["rows"]))
    rows = [("work", "observations", "wall s", "processor s", "observations/s", "peak GiB", "x lexsort (processor)")]
    again, peak = (study["again_s"], study["again_cpu_s"]), study["peak_bytes"]
    for name, wall_s, cpu_s, bytes_used in (
        (f"file to {study['findings']} findings", study["wall_s"] - again[0], study["cpu_s"] - again[1], peak),
        ("other key dates, all tables, nothing read again", *again, peak),
        ("numpy lexsort by device, time", bare["sort_s"], bare["sort_cpu_s"], bare["peak_bytes"]),
    ):
        rows.append((
            name, f"{study['rows']:,}", f"{wall_s:.1f}", f"{cpu_s:.1f}", f"{study['rows'] / wall_s:,.0f}",
            f"{bytes_used / GIB:.2f}", f"{cpu_s / bare['sort_cpu_s']:.1f}",
        ))  # fmt: skip
    print_table("Study: CSV file to GeoPackage, in a fresh process", rows)
    stages = [("stage", "s")] + [(name, f"{seconds:.1f}") for name, seconds in study["stages"].items()]
    print_table("Where the time goes", stages)


if __name__ == "__main__":
    if sys.argv[1] == "run":
        report(lambda: run_study(*sys.argv[2:]))
    else:
        report(lambda: lexsort(int(sys.argv[2])))
