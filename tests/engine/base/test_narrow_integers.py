"""The engine counts alike where numpy's default integer has 32 bits: on Windows, with numpy before 2."""

from __future__ import annotations

import os
import subprocess
import sys

import narrow_integers
import numpy as np
import pytest
from rules.source_tree import ROOT

SAMPLE = """
import numpy as np

def shifted(n): return np.arange(n) << 32
def products(n): return np.cumsum(np.ones(n, bool)) * 3_000_000
def explicit(n): return np.arange(n, dtype=np.int64) << 32
def sums(mask): return mask.sum() * 2_000_000_000
def numbers(values): return values.astype(int) * 86_400_000
def places(values): return np.flatnonzero(values) * 3_000_000_000
def chosen(mask): return np.where(mask, 60_000, 0) * 60_000
def floats(n): return np.arange(float(n)) * 1e12
"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = tmp_path_factory.mktemp("narrow") / "sample.py"
    path.write_text(SAMPLE, encoding="utf-8")
    space = {"_narrow_call": narrow_integers.call, "_narrow_operation": narrow_integers.operation}
    exec(narrow_integers.compiled(path.read_bytes(), str(path)), space)  # noqa: S102 - the text above
    return space


@pytest.mark.parametrize(
    ("name", "given"),
    [("shifted", 3), ("products", 1_000), ("sums", np.ones(3, bool)), ("numbers", np.full(3, 100.0)),
     ("chosen", np.ones(3, bool))],
)  # fmt: skip
def test_what_windows_would_get_wrong_is_seen(sample, name, given):
    with pytest.raises(narrow_integers.Overflow):
        sample[name](given)


@pytest.mark.parametrize(("name", "given"), [("explicit", 3), ("places", np.ones(3, bool)), ("floats", 9)])
def test_what_has_a_type_of_its_own_is_let_pass(sample, name, given):
    assert sample[name](given)[-1] > 1 << 32


@pytest.mark.slow
def test_a_study_is_the_same_with_narrow_integers():
    """The tests of packages that put numbers together to keys, and of a whole study, in a process that counts so."""
    files = ["base/test_runs.py", "earth", "companions", "counting", "test_study.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    own = {narrow_integers.SWITCH: "1", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [*command, *(ROOT / "tests" / "engine" / name for name in files)],
        cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
