"""What the panel says of a study's content: that it fits, what does not, and the seal to be kept."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from gui.panel_runs import fill, load, message, part, press, run_to_end
from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QAbstractButton, QApplication, QLabel
from sitelight.plugin.data.audit_log import append_audit, check_study, short_seal
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from worlds.small_world import write_observations, write_sites


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=811), write_sites(folder / "sites.geojson")


def told(panel) -> str:
    return part(panel, QLabel, "content_text").text().replace(ZERO_WIDTH_SPACE, "")


def change(path, *statements) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(*((statement,) if isinstance(statement, str) else statement))
        connection.commit()


def test_the_panel_says_whether_a_study_is_as_it_was_written(panel, world, tmp_path, qtbot, monkeypatch):
    path = tmp_path / "study.gpkg"
    group = panel.study_page.content
    assert group.isHidden()
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    seal = check_study(path).seal
    for _after in ("a run", "loading"):
        assert not group.isHidden() and "Every table is as it was written." in told(panel)
        assert short_seal(seal) in told(panel)
        QApplication.clipboard().clear()
        press(panel, "content_copy")
        assert QApplication.clipboard().text() == seal
        QgsProject.instance().clear()
        assert group.isHidden()
        load(panel, path, qtbot, monkeypatch)
    QgsProject.instance().clear()
    change(path, "DELETE FROM heat WHERE fid = 1", "UPDATE findings SET observed = observed + 1")
    load(panel, path, qtbot, monkeypatch)
    assert "The study was changed after it was written." in told(panel) and "was changed" in message(panel)
    for sentence in check_study(path).faults:
        assert sentence in told(panel)
    assert len(check_study(path).faults) == 2
    assert short_seal(seal) not in told(panel) and part(panel, QAbstractButton, "content_copy").isHidden()
    assert panel.findings_page.row_count() > 0


def test_a_study_of_an_earlier_version_is_not_proven_and_no_fault(panel, world, tmp_path, qtbot, monkeypatch):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    QgsProject.instance().clear()
    (row,) = append_audit((), "run", {"study": {}})
    change(path, "DELETE FROM run WHERE key = 'log_version'",
           ("UPDATE audit SET time = ?, detail = ?, hash = ?", (row["time"], row["detail"], row["hash"])))
    load(panel, path, qtbot, monkeypatch)
    assert "Not proven." in told(panel) and "earlier" not in message(panel)
    assert part(panel, QAbstractButton, "content_copy").isHidden()
    assert panel.findings_page.row_count() > 0
