"""Little memory, a full or read-only disk, two runs at once: a run works or says in one sentence what is missing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from qgis.core import QgsProcessingException
from sitelight.plugin.data.geopackage import read_results
from sitelight_package import ROOT
from worlds.small_world import KEY_DATE, write_observations, write_sites

LIMIT_S = 240
CHILD = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
import sitelight_package
sitelight_package.load()
from qgis.core import QgsApplication
app = QgsApplication([], False)
app.initQgis()
from sitelight.plugin.algorithms.provider import SitelightProvider
provider = SitelightProvider()
QgsApplication.processingRegistry().addProvider(provider)
from processing_runs import run
if int(sys.argv[2]):
    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[2]),) * 2)
try:
    run("analyze", dict(pair.split("=", 1) for pair in sys.argv[3:]))
except Exception as error:
    print("told", str(error).strip().splitlines()[-1], flush=True)
else:
    print("done", flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "pings.csv", seed=90_417), write_sites(folder / "sites.geojson")


def start(world, output: Path, more_bytes: int = 0) -> subprocess.Popen:
    """Start *Analyze* in a process of its own that gets so much more memory than it has when it begins (0: any)."""
    given = (f"OBSERVATIONS_FILE={world[0]}", f"SITES={world[1]}", f"KEY_DATES={KEY_DATE}", f"OUTPUT={output}")
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), str(more_bytes), *given],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip


def told_by(child: subprocess.Popen) -> str:
    told, faults = child.communicate(timeout=LIMIT_S)
    assert child.returncode == 0, faults[-3000:]
    last = told.strip().splitlines()[-1]
    assert "Traceback" not in told + faults, told + faults
    return last


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [20, 60, 120, 200, 300, 450])
def test_too_little_memory_is_told_and_ends_nothing(world, tmp_path, megabytes):
    last = told_by(start(world, tmp_path / "study.gpkg", megabytes << 20))
    if last == "done":
        assert len(read_results(tmp_path / "study.gpkg").tables["findings"])
        assert megabytes > 100
    else:
        assert "memory" in last and last.endswith("."), last
        assert os.listdir(tmp_path) == []


@contextlib.contextmanager
def mounted(folder: Path, size: int) -> Iterator[None]:
    """A disk of its own at `folder`; skips where that is not allowed."""
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_or_read_only_keeps_the_earlier_study(world, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    free = tmp_path / "free.gpkg"
    assert told_by(start(world, free)) == "done"
    with mounted(disk, free.stat().st_size + (64 << 10)):
        study = disk / "study.gpkg"
        study.write_bytes(free.read_bytes())
        before = study.read_bytes()
        last = told_by(start(world, study))
        assert "disk is full" in last and last.endswith("."), last
        assert study.read_bytes() == before and os.listdir(disk) == ["study.gpkg"]
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        last = told_by(start(world, study))
        assert "cannot be written to" in last and last.endswith("."), last
        assert study.read_bytes() == before and os.listdir(disk) == ["study.gpkg"]


@pytest.mark.slow
def test_two_runs_at_once_into_one_file_leave_one_whole_study(world, tmp_path):
    study = tmp_path / "study.gpkg"
    children = [start(world, study) for _ in range(2)]
    assert [told_by(child) for child in children] == ["done", "done"]
    assert len(read_results(study).tables["findings"])
    assert os.listdir(tmp_path) == ["study.gpkg"]


def test_a_folder_that_is_missing_is_told(world, tmp_path):
    from processing_runs import registered_provider, run

    provider = registered_provider()
    next(provider)
    given = {"OBSERVATIONS_FILE": str(world[0]), "KEY_DATES": KEY_DATE, "OUTPUT": str(tmp_path / "none" / "study.gpkg")}
    with pytest.raises(QgsProcessingException, match="does not exist: choose another place"):
        run("analyze", given)
    next(provider, None)
