"""How times and devices are read, chosen in the panel and as parameters: both come to the same source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from processing_runs import registered_provider, run
from qgis.core import QgsProcessingException
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit
from sitelight.plugin.gui.study.source_groups import observations_group
from sitelight.plugin.gui.widgets.inputs import take_observations

OCTOBER_MS = 1_727_938_800_000  # 2024-10-03 08:00 in Niamey, which is 07:00 UTC


@pytest.fixture(scope="module")
def provider(qgis_app) -> Iterator:
    yield from registered_provider()


@pytest.fixture
def track(tmp_path) -> Path:
    path = tmp_path / "track.csv"
    lines = [f"10.03.24 08:{minute:02d},13.5,2.1\n" for minute in range(0, 60, 5)]
    path.write_text("time,lat,lon\n" + "".join(lines), encoding="utf-8")
    return path


def test_choices_in_the_panel_reach_the_source_and_the_project(qgis_app, qgis_new_project, qtbot, track):
    group = observations_group()
    qtbot.addWidget(group)
    group.picker.set_path(str(track))
    summary = group.findChild(QLabel, "sitelight_observations_summary")
    assert "day first" in summary.text()
    order = group.findChild(QComboBox, "sitelight_observations_date_order")
    order.setCurrentIndex(order.findData("mdy"))
    assert "month first" in summary.text()
    group.findChild(QLineEdit, "sitelight_observations_time_zone").setText("Africa/Niamey")
    group.findChild(QCheckBox, "sitelight_observations_one_device").setChecked(True)
    settings = group.reading.settings()
    source = take_observations(None, str(track), group.columns.chosen(), False, settings)()
    chunk = next(iter(source.chunks()))
    assert chunk.time_ms[0] == OCTOBER_MS and set(chunk.device.tolist()) == {0}
    again = observations_group()
    qtbot.addWidget(again)
    again.set_state(group.state())
    assert again.reading.settings() == settings
    assert again.parameters("OBSERVATIONS", "OBSERVATIONS_FILE", {})["DATE_ORDER"] == 2


def test_parameters_reach_the_source_and_the_log(provider, track):
    asked = {"OBSERVATIONS_FILE": str(track), "OUTPUT": "memory:"}
    results, log = run("detectstays", {**asked, "ONE_DEVICE": True})
    assert results["READ"] == 12
    assert "Check that this is right" in log and "2024-03-10 08:00 and 2024-03-10 08:55" in log
    _results, log = run("detectstays", {**asked, "ONE_DEVICE": True, "DATE_ORDER": 2, "TIME_ZONE": "Africa/Niamey"})
    assert "2024-10-03 07:00 and 2024-10-03 07:55" in log


@pytest.mark.parametrize(
    ("given", "words"), [({}, "of one device"), ({"ONE_DEVICE": True, "TIME_ZONE": "Moon"}, "Moon")]
)
def test_what_is_missing_or_wrong_is_said_in_a_sentence(provider, track, given, words):
    with pytest.raises(QgsProcessingException, match=words):
        run("detectstays", {"OBSERVATIONS_FILE": str(track), "OUTPUT": "memory:", **given})
