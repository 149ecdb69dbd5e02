"""The whole demo, as `bash tests/demo.sh` runs it: scenario, study in the real QGIS, what was recovered."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import sitelight_package

from . import desktop
from .compare import event_rows, match_groups, match_itineraries, planted_groups, planted_itineraries
from .printing import print_events, print_groups, print_heading, print_itineraries, print_screening

ROOT = sitelight_package.ROOT
FOLDER = ROOT / "demo"
KEY_DATES = ["2023-07-26", "2023-08-30"]
RUN_TIMEOUT_S = 300
START_TIMEOUT_S = 90
QUIT_TIMEOUT_S = 60
GRAB_SCREEN = """
import sys
from qgis.PyQt.QtWidgets import QApplication
application = QApplication(sys.argv)
application.primaryScreen().grabWindow(0).save(sys.argv[1])
"""


def make_scenario(seed: int, folder: Path) -> dict[str, str]:
    """Write the synthetic scenario of this seed and return the paths of its files."""
    from sitelight.plugin.data.scenario_files import write_scenario
    from sitelight.plugin.engine.scenario import ScenarioSettings

    started = time.monotonic()
    made = write_scenario(ScenarioSettings(seed=seed), str(folder))
    print(f"demo: made a synthetic scenario (seed {seed}) in {time.monotonic() - started:.0f} s", flush=True)
    parts = made["observations"]
    return {
        "observations": parts[0] if len(parts) == 1 else made["folder"],
        "sites": made["sites"], "calendar": made["calendar"], "truth": made["truth"],
    }  # fmt: skip


def run_in_qgis(files: dict[str, str], stay_open: bool) -> dict[str, Any]:
    """Run the study in the real QGIS and return its outcome; leave with a sentence if that fails."""
    outcome, log = FOLDER / "outcome.json", FOLDER / "qgis.log"
    settings = {
        "folder": str(FOLDER), "scripts": str(ROOT / "tests"), "key_dates": KEY_DATES, "stay_open": stay_open,
        "output": str(FOLDER / "sitelight-demo.gpkg"), "project": str(FOLDER / "sitelight-demo.qgz"),
        "outcome": str(outcome), "run_timeout_s": RUN_TIMEOUT_S, **files,
    }  # fmt: skip
    profiles = desktop.make_profile(FOLDER / "qgis-profile", ROOT)
    with desktop.display() as name:
        environment = {"DISPLAY": name, "SITELIGHT_DEMO": json.dumps(settings)}
        qgis = desktop.start_qgis(profiles, ROOT / "tests" / "demo" / "in_qgis.py", log, environment)
        try:
            if not desktop.wait_for(outcome, qgis, START_TIMEOUT_S + RUN_TIMEOUT_S):
                take_screenshot(name)
                fail("QGIS did not finish", qgis.poll())
            found = json.loads(outcome.read_text(encoding="utf-8"))
            if "error" in found:
                fail(found["error"], None)
            if stay_open:
                return found
            if qgis.wait(QUIT_TIMEOUT_S) != 0:
                fail("QGIS did not end well", qgis.returncode)
        except subprocess.TimeoutExpired:
            fail(f"QGIS did not quit within {QUIT_TIMEOUT_S} s", None)
        finally:
            if not stay_open:
                desktop.end(qgis)
    return found


def take_screenshot(display: str) -> None:
    """Keep what the screen shows: often a dialog with the reason."""
    subprocess.run(
        [sys.executable, "-c", GRAB_SCREEN, str(FOLDER / "failure.png")],
        env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}, timeout=30, check=False,
    )  # fmt: skip


def fail(what: str, exit_code: object) -> None:
    """Leave with a sentence that says where to look."""
    code = "" if exit_code is None else f" (exit code {exit_code})"
    picture = FOLDER / "failure.png"
    seen = f" The screen at that moment: {picture}." if picture.exists() else ""
    sys.exit(f"demo: {what}{code}. QGIS's own log: {FOLDER / 'qgis.log'}.{seen}")


def print_comparison(files: dict[str, str]) -> None:
    """Print the results beside the planted truth."""
    from sitelight.plugin.data.geopackage import read_results

    tables = read_results(FOLDER / "sitelight-demo.gpkg").tables
    truth = json.loads(Path(files["truth"]).read_text(encoding="utf-8"))
    print_screening(tables["screening"])
    print_events(tables["events"])
    print_groups(match_groups(event_rows(tables), planted_groups(truth)))
    found = match_itineraries(tables["itineraries"], tables["stops"], tables["legs"], planted_itineraries(truth))
    print_itineraries(found, tables["itineraries"])


def main() -> None:
    """Make, run, print."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="seed of the synthetic scenario")
    seed = parser.parse_args().seed
    started = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    sitelight_package.load()
    files = make_scenario(seed, FOLDER / "scenario")
    stay_open = bool(os.environ.get("DISPLAY"))
    outcome = run_in_qgis(files, stay_open)
    print(f"demo: the study took {outcome['seconds']:.0f} s in QGIS, results on the map included")
    for note in outcome["notes"]:
        print(f"demo: note: {note}")
    print_comparison(files)
    print_heading(f"In {FOLDER.name}/ after {time.monotonic() - started:.0f} s (all synthetic)")
    print("  sitelight-demo.gpkg (results), sitelight-demo.qgz (project), scenario/ (observations, sites, truth)")
    print(f"  {', '.join(outcome['pictures'])}")
    if stay_open:
        print("\nQGIS stays open on the project; close it when you are done.")


if __name__ == "__main__":
    main()
