"""What is told of runs on other QGIS: the last run of each folder, from the reports that pytest itself wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.versions import outcomes

TESTS = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip(reason="nothing there")
def test_left_out(): pass
@pytest.fixture
def broken(): raise OSError("no room")
def test_broken(broken): pass
"""


def run(folder: Path, report: str, *tests: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:pytest_qgis", "-p", "no:cacheprovider", "--rootdir", folder,
         f"--junit-xml={folder / report}", *tests], cwd=folder, capture_output=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_last_run_of_each_folder_counts(tmp_path):
    for part, text in {"data": TESTS, "gui": "def test_good(): pass"}.items():
        (tmp_path / "tests" / part).mkdir(parents=True)
        (tmp_path / "tests" / part / f"test_{part}.py").write_text(text)
    run(tmp_path, "100-aaaaaaa.xml", "tests/data", "tests/gui")
    run(tmp_path, "99-0000000.xml", "tests/gui")
    (tmp_path / "tests" / "gui" / "test_gui.py").write_text("def test_good(): assert False")
    run(tmp_path, "86500-bbbbbbb.xml", "tests/gui")
    told = outcomes(tmp_path)
    assert told["tests/data"] == ({"passed": 1, "failed": 2, "skipped": 1}, "1970-01-01", "aaaaaaa")
    assert told["tests/gui"] == ({"failed": 1}, "1970-01-02", "bbbbbbb")
    assert set(told) == {"tests/data", "tests/gui"}
