"""A small run of the fuzz and of the kills: every damaged input is read or refused in a sentence, every study whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys

from seeds import shifted
from sitelight_package import ROOT

from fuzz.doors import Told
from fuzz.mutations import damage
from fuzz.runs import judged

LIMIT_S = 300


def run_module(*words: str) -> str:
    """Run `python -m ...` beside the tests and return what it prints; it ends with 0 if nothing failed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_damaged_inputs_are_read_or_refused_in_a_sentence():
    told = run_module("fuzz", "--number", "150", "--seed", str(shifted(20_261)))
    assert "150 damaged inputs" in told
    (counts,) = [line.split() for line in told.splitlines() if line.split()[:2] == ["all", "150"]]
    rows, sentences = map(int, counts[2:4])
    assert rows + sentences == 150 and rows > 10 and sentences > 50


def test_runs_that_are_killed_leave_a_whole_study_and_nothing_else():
    told = run_module("fuzz.kills", "--number", "6", "--seed", str(shifted(3)))
    killed = [line.split() for line in told.splitlines() if line.split()[:1] in (["SIGKILL"], ["SIGTERM"])]
    assert sum(int(row[1]) for row in killed) == 6 and all(row[-1] == "0" for row in killed)


def test_a_damage_is_the_same_for_the_same_case(tmp_path):
    source = tmp_path / "observations.csv"
    source.write_text("device_id,timestamp\n" + "".join(f"d{k},{k}\n" for k in range(50)))
    copies = []
    for number in range(60):
        for name in ("a", "b"):
            damage(source, tmp_path / f"{name}.csv", random.Random(number))
        copies.append((tmp_path / "a.csv").read_bytes())
        assert copies[-1] == (tmp_path / "b.csv").read_bytes()
    assert len(set(copies)) > 50


def test_what_is_no_sentence_is_not_passed():
    assert judged(Told(rows=3)) == ("rows", "3")
    assert judged(Told(sentence="The file is empty: choose another."))[0] == "sentence"
    assert judged(Told(rows=3, lost="2 rows"))[0] == "loss"
    for text in ("KeyError: 'geom'", "Traceback (most recent call).", "one\ntwo.", "x" * 900 + ".", "Unexpected end."):
        assert judged(Told(sentence=text))[0] == "unclear"

