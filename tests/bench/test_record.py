"""What a benchmark prints becomes its section of measured.md, and nothing else of the page changes."""

from __future__ import annotations

import re
import shutil

import pytest
from sitelight_package import ROOT

from bench import record
from bench.__main__ import PARTS
from bench.measure import print_table


@pytest.fixture()
def page(tmp_path, monkeypatch):
    path = tmp_path / "measured.md"
    path.write_text(
        "# Measured\n\nbefore\n<!-- bench:one -->\nold one\n<!-- bench end -->\nbetween\n"
        "<!-- bench:two -->\nold two\n<!-- bench end -->\nafter\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(record, "PAGE", path)
    monkeypatch.setattr(record, "machine", lambda: "2026-01-02, commit 1234567, here")
    return path


def test_every_part_has_one_section_with_date_and_command():
    text = record.PAGE.read_text(encoding="utf-8")
    sections = re.findall(r"(?s)<!-- bench:(\w+) -->\n(.*?)<!-- bench end -->\n", text)
    assert sorted(name for name, _ in sections) == sorted(PARTS)
    for name, section in sections:
        assert re.match(rf"\*\d{{4}}-\d\d-\d\d, commit [0-9a-f]{{7,}}.*`make bench {name}`", section), name


def test_the_first_run_fills_an_empty_section_and_leaves_the_next(page, capsys):
    page.write_text(page.read_text().replace("old one\n", ""))
    with record.recorded("one"):
        print("first")
    text = page.read_text()
    assert "here: `make bench one`*\n\nfirst\n<!-- bench end -->\nbetween\n<!-- bench:two -->\nold two\n" in text


def test_a_run_replaces_its_own_section_only(page, capsys):
    with record.recorded("two"):
        print("bench: seed 1 done")
        print_table("Seconds of <work> | all", [("what", "s"), ("one a_b", "1.5"), ("two", "")])
        print("  and 3 more")
    text = page.read_text(encoding="utf-8")
    assert text == (
        "# Measured\n\nbefore\n<!-- bench:one -->\nold one\n<!-- bench end -->\nbetween\n<!-- bench:two -->\n"
        "*2026-01-02, commit 1234567, here: `make bench two`*\n\n**Seconds of \\<work> \\| all**\n\n"
        "| what | s |\n| --- | --- |\n| one a\\_b | 1.5 |\n| two |  |\n\nand 3 more\n<!-- bench end -->\nafter\n"
    )
    shown = capsys.readouterr().out
    assert "bench: seed 1 done" in shown and "one a_b  1.5" in shown and "make docs" in shown


def test_a_run_that_fails_or_says_nothing_changes_nothing(page):
    before = page.read_text(encoding="utf-8")
    with record.recorded("one"):
        print("bench: the data are not here")
    with pytest.raises(ZeroDivisionError), record.recorded("one"):
        print(1 / 0)
    assert page.read_text(encoding="utf-8") == before


def test_a_part_without_a_section_is_told(page):
    with pytest.raises(LookupError, match="bench:three"), record.recorded("three"):
        print("figures")


def test_the_machine_is_named_with_commit_load_and_versions():
    has_history = shutil.which("git") is not None and (ROOT / ".git").exists()
    commit = "[0-9a-f]{7,}( with changes)?" if has_history else "unknown"
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d, commit {commit}, .+, \d+ cores \(load before the run [\d.]+\), "
        r"Python [\d.]+, QGIS [\d.]+, numpy [\d.]+, pandas [\d.]+, shapely [\d.]+",
        record.machine(),
    )
