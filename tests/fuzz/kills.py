"""`make kills N=60`: a run that writes over an earlier study is killed at random moments; what is left is looked at.

Each run is a process forked for it. Afterwards the study must be the earlier or the new one, whole, and what the killed
process left must go at the next start of the plugin, or at the next run into the same folder.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import offscreen  # noqa: F401
import sitelight_package

sitelight_package.load()

from bench.measure import print_table
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback
from sitelight.plugin.algorithms.provider import SitelightProvider
from sitelight.plugin.data import drafts
from sitelight.plugin.data.geopackage import read_results
from worlds.camp_world import write_camp_world
from worlds.small_world import KEY_DATE

DONE, FAILED = 0, 3
WRITING, WRITES_S = 0.6, 0.4  # so many kills fall while the file is written, up to so long after it was begun
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


class KilledRuns:
    """Runs of *Analyze* in `folder` that are killed; `profile` stands for QGIS's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.profile = folder / "out", folder / "profile"
        self.folder.mkdir()
        drafts.profile_folder = lambda profile=None: self.profile if profile is None else profile
        self._inputs = write_camp_world(folder)
        self.study = self.folder / "study.gpkg"
        begun = time.monotonic()
        assert os.waitpid(self.start(), 0)[1] == DONE
        self.seconds = time.monotonic() - begun

    def start(self, output: Path | None = None) -> int:
        """Start a run in a process of its own and return its id; it ends with DONE or FAILED."""
        child = os.fork()
        if child:
            return child
        with contextlib.suppress(BaseException):
            parameters = {
                "OBSERVATIONS_FILE": str(self._inputs[0]), "SITES": str(self._inputs[1]), "KEY_DATES": KEY_DATE,
                "PURPOSE": "to see what a killed run leaves", "OUTPUT": str(output or self.study),
            }  # fmt: skip
            algorithm = QgsApplication.processingRegistry().algorithmById("sitelight:analyze").create()
            is_done = algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback(False))[1]
            os._exit(DONE if is_done else FAILED)
        os._exit(FAILED + 1)

    def kill_one(self, rng: random.Random) -> dict[str, str]:
        """Kill a run at a random moment and return what was found: "" where all is well."""
        earlier = digest(self.study)
        child, sent = self.start(), rng.choice(SIGNALS)
        if rng.random() < WRITING:
            moment = "while it writes"
            status = self._wait(child, 60.0, lambda: any(self.folder.glob(f"{drafts.PREFIX}*/draft.gpkg")))
            status = self._wait(child, rng.uniform(0.0, WRITES_S)) if status is None else status
        else:
            moment = "anywhere"
            status = self._wait(child, rng.uniform(0.0, self.seconds))
        if status is None:
            os.kill(child, sent)
            _child, status = os.waitpid(child, 0)
        ended = "killed" if os.WIFSIGNALED(status) else "was through"
        left = sorted(path.name for path in self.folder.iterdir() if path != self.study)
        found = {
            "signal": sent.name,
            "ended": ended,
            "left": "drafts" if left else "nothing",
            "moment": moment,
        }
        if any(not name.startswith(drafts.PREFIX) for name in left):
            return {**found, "fault": f"there is {left}"}
        if digest(self.study) != earlier and (fault := self.why_broken()):
            return {**found, "fault": fault}
        return {**found, "fault": self._clean(rng.random() < 0.5)}

    @staticmethod
    def _wait(child: int, seconds: float, is_due: Callable[[], bool] = lambda: False) -> int | None:
        """Return how a process ended, None if it is still running after that time, or when it `is_due`."""
        latest = time.monotonic() + seconds
        while time.monotonic() < latest and not is_due():
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status
            time.sleep(0.002)
        return None

    def why_broken(self) -> str:
        """Return what is wrong with the study in its place, "" if it is whole."""
        try:
            tables = read_results(self.study).tables
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the fault
            return f"the study cannot be read: {error}"
        return (
            ""
            if len(tables["findings"]) and len(tables["itineraries"]) and len(tables["audit"])
            else "the study lacks rows"
        )

    def _clean(self, at_start: bool) -> str:
        """Do what the next start, or the next run, does first; return what is left, "" for nothing."""
        if at_start:
            drafts.remove_noted(self.profile)
        else:
            with drafts.draft_folder(self.folder):
                """The next run begins with a folder of its own."""
            drafts.remove_noted(self.profile)
        left = [path.name for path in self.folder.iterdir() if path != self.study]
        notes = self.profile / "drafts"
        left += [path.name for path in notes.iterdir()] if notes.is_dir() else []
        return f"{left} is left after the next {'start' if at_start else 'run'}" if left else ""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Kill as many runs as asked for; end with 1 if one left a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    has_faults = kills(asked.number, asked.seed)
    sys.stdout.flush()
    os._exit(has_faults)


def kills(number: int, seed: int) -> bool:
    """Kill runs, print what was found, and return whether there was a fault."""
    application = QgsApplication.instance() or QgsApplication([], True)
    application.initQgis()
    provider = SitelightProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        runs = KilledRuns(Path(name))
        found = [runs.kill_one(rng) for _ in range(number)]
    rows: list[tuple[str, ...]] = [("signal", "runs", "killed", "left drafts", "faults after the next start or run")]
    for sent in SIGNALS:
        mine = [one for one in found if one["signal"] == sent.name]
        counts = [sum(one[key] == value for one in mine) for key, value in (("ended", "killed"), ("left", "drafts"))]
        faults = sum(bool(one["fault"]) for one in mine)
        rows.append((sent.name, str(len(mine)), *map(str, counts), str(faults)))
    print_table(f"{number} runs of {runs.seconds:.1f} s that write over an earlier study, killed, seed {seed}", rows)
    for one in found:
        if one["fault"]:
            print(f"bench: {one}")
    return any(one["fault"] for one in found)


if __name__ == "__main__":
    main()
