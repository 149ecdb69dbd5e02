"""Cases of the fuzz: each is a number that says what is damaged and how, and runs in a process forked for it alone."""

from __future__ import annotations

import json
import os
import random
import resource
import select
import shutil
import signal
import sys
import time
import traceback
import zlib
from dataclasses import dataclass
from pathlib import Path

from fuzz.doors import Doors, Told, left_in
from fuzz.mutations import damage

# Of the processor's time: on a machine that has other work a sound case may wait for long.
LIMIT_S, CLOCK_S, LIMIT_BYTES = 30, 180.0, 4 << 30
FINE = ("rows", "sentence")
BAD = ("crash", "hang", "traceback", "loss", "leftover", "unclear")
MOST_SENTENCE = 700
# Doors by how often they are gone through; a run of an algorithm costs some hundred times a file of JSON.
KINDS = {"observations": 46, "sites": 10, "behaviors": 9, "signature": 9, "study": 16, "state": 4, "parameters": 6}


@dataclass(frozen=True)
class Outcome:
    """What came of a case: one of FINE and BAD, and what it said."""

    case: str
    kind: str
    sample: str
    damage: str
    found: str
    said: str
    seconds: float


class Fuzz:
    """Runs cases on the samples in a folder; what failed is kept in `kept`, with all that is needed to see why."""

    def __init__(self, samples: Path, doors: Doors, kept: Path) -> None:
        self._samples, self._doors, self._kept = samples, doors, kept
        self._files = sorted(
            path for path in samples.iterdir() if path.is_file() and path.suffix not in (".shx", ".dbf", ".prj")
        )

    def run(self, seed: int, number: int, work: Path) -> Outcome:
        """Run one case in a process of its own and return what came of it."""
        case = f"{seed}:{number}"
        rng = random.Random(zlib.crc32(case.encode()))
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        wanted = "observations.csv" if kind == "parameters" else kind
        sample = rng.choice([path for path in self._files if path.name.startswith(wanted)])
        folder = work / f"case{number}"
        folder.mkdir()
        path = folder / sample.name
        done = ["parameters"] if kind == "parameters" else damage(sample, path, rng)
        if kind == "parameters":
            shutil.copy(sample, path)
        begun = time.monotonic()
        found, said = self._in_child(kind, path, rng)
        if found in FINE and (left := left_in(folder)):
            found, said = "leftover", ", ".join(left)
        outcome = Outcome(case, kind, sample.name, "; ".join(done), found, said, time.monotonic() - begun)
        if found in BAD:
            self._keep(outcome, folder)
        shutil.rmtree(folder)
        return outcome

    def _in_child(self, kind: str, path: Path, rng: random.Random) -> tuple[str, str]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _go(self._doors, kind, path, rng, writing)
        os.close(writing)
        text, is_late = _read_to_end(reading)
        os.close(reading)
        if is_late:
            os.kill(child, signal.SIGKILL)
        _child, status = os.waitpid(child, 0)
        if is_late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
            return "hang", f"not done in {CLOCK_S:.0f} s" if is_late else f"not done in {LIMIT_S} s of the processor"
        if os.WIFSIGNALED(status) or not text:
            return "crash", f"the process ended with {os.waitstatus_to_exitcode(status)}"
        found, said = json.loads(text)
        return found, said

    def _keep(self, outcome: Outcome, folder: Path) -> None:
        place = self._kept / outcome.case.replace(":", "-")
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place)
        (place / "outcome.json").write_text(json.dumps(outcome.__dict__, indent=1), encoding="utf-8")


def _go(doors: Doors, kind: str, path: Path, rng: random.Random, writing: int) -> None:
    """Go through a door in the child, write what came of it, and end without a word to anybody."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S + 1))
    faults: list[str] = []
    # PyQt ends the process for an exception in a slot; QGIS shows a traceback instead.
    sys.excepthook = lambda *error: faults.append("".join(traceback.format_exception(*error)))
    try:
        found = judged(doors.go(kind, path, rng))
    except BaseException:  # noqa: BLE001 - whatever comes out is a finding
        found = "traceback", traceback.format_exc()
    if faults:
        found = "traceback", faults[0]
    data = json.dumps(found).encode()
    while data:
        data = data[os.write(writing, data) :]
    os._exit(0)


def judged(told: Told) -> tuple[str, str]:
    """Return the outcome of what a door told: a sentence is one line with an end, and not too long to read."""
    if told.lost:
        return "loss", told.lost
    if not told.sentence:
        return "rows", str(told.rows)
    text = told.sentence
    is_clear = (
        "\n" not in text and len(text) <= MOST_SENTENCE and text.rstrip()[-1:] in ".!)" and "Traceback" not in text
    )
    is_clear = is_clear and "unexpected" not in text.lower()
    return ("sentence" if is_clear else "unclear"), text[:2000]


def _read_to_end(reading: int) -> tuple[str, bool]:
    """Return what a child writes until it ends, and whether that took too long."""
    parts, latest = [], time.monotonic() + CLOCK_S
    while (left := latest - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        block = os.read(reading, 1 << 16)
        if not block:
            return b"".join(parts).decode(), False
        parts.append(block)
    return "", True
