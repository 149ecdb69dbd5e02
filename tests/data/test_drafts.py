"""Drafts of processes that were killed go at the next run and start; those of running ones, and others', stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sitelight.plugin.data import drafts
from sitelight.plugin.data.drafts import draft_folder, remove_abandoned, remove_noted
from sitelight.plugin.engine.base import InputError
from sitelight_package import ROOT

CHILD = """
import sys, time
sys.path.insert(0, sys.argv[1])
import sitelight_package
sitelight_package.load()
from pathlib import Path
from sitelight.plugin.data import drafts
drafts.profile_folder = lambda profile=None: Path(sys.argv[3])
with drafts.draft_folder(Path(sys.argv[2])) as folder:
    (folder / "draft.gpkg").write_text("itineraries")
    print(folder, flush=True)
    time.sleep(120)
"""


@pytest.fixture()
def holder(tmp_path):
    """A process that holds a draft folder; yields it with the folder."""
    (tmp_path / "out").mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), str(tmp_path / "out"), str(tmp_path / "profile")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    folder = Path(child.stdout.readline().strip())
    assert (folder / "draft.gpkg").read_text() == "itineraries"
    yield child, folder
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_running_process_keeps_its_draft_and_a_killed_one_does_not(holder, tmp_path):
    child, folder = holder
    remove_abandoned(folder.parent)
    remove_noted(tmp_path / "profile")
    assert (folder / "draft.gpkg").exists()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert (folder / "draft.gpkg").exists()
    with draft_folder(folder.parent) as mine:
        assert not folder.exists() and mine.exists()
    assert os.listdir(folder.parent) == []


def test_the_next_start_finds_drafts_wherever_they_are(holder, tmp_path):
    child, folder = holder
    notes = tmp_path / "profile" / "drafts"
    assert len(os.listdir(notes)) == 1
    child.kill()
    child.wait()
    remove_noted(tmp_path / "profile")
    assert os.listdir(folder.parent) == [] and os.listdir(notes) == []


def test_folders_of_others_stay(tmp_path):
    mine, other = tmp_path / ".sitelight-notes", tmp_path / "elsewhere"
    for folder in (mine, other):
        folder.mkdir()
        (folder / "notes.txt").write_text("of the analyst")
    locked = tmp_path / ".sitelight-locked"
    locked.mkdir()
    (locked / drafts.LOCK).write_text("a file of the analyst that has this name by chance")
    (tmp_path / ".sitelight-link").symlink_to(other)
    (other / drafts.LOCK).write_bytes(drafts.MARK)
    notes = tmp_path / "profile" / "drafts"
    notes.mkdir(parents=True)
    (notes / "a").write_text(str(other))
    (notes / "b").write_text("\0")
    remove_abandoned(tmp_path)
    remove_noted(tmp_path / "profile")
    assert (mine / "notes.txt").exists() and (other / "notes.txt").exists() and locked.exists()


def test_a_folder_that_another_process_takes_away_is_made_again(tmp_path, monkeypatch):
    made = []
    real = os.open

    def taken(path, *flags, **where):
        if str(path).endswith(drafts.LOCK) and len(made) < 2:
            made.append(Path(path).parent)
            Path(path).parent.rmdir()
        return real(path, *flags, **where)

    monkeypatch.setattr(drafts.os, "open", taken)
    with draft_folder(tmp_path) as folder:
        assert folder.exists() and folder not in made and len(made) == 2
    assert os.listdir(tmp_path) == []


def test_a_file_system_without_locks_can_be_written_to(tmp_path, monkeypatch):
    def no_locks(*_given):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(drafts.fcntl, "flock", no_locks)
    with draft_folder(tmp_path) as folder:
        remove_abandoned(tmp_path)
        assert folder.exists()
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(InputError, match="does not exist"), draft_folder(tmp_path / "none"):
        pass
