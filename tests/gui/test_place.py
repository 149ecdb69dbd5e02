"""The place page: small counts are drawn as bounds and told as such."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gui.panel_runs import part
from qgis.PyQt.QtWidgets import QComboBox, QLabel
from sitelight.plugin.engine.site_card import SiteCard, shown_card
from sitelight.plugin.engine.tables import empty_table
from sitelight.plugin.engine.visits import ChosenPlace
from sitelight.plugin.gui.place.place_page import PlacePage
from sitelight.plugin.gui.widgets.charts import BarChart

DEVICES = [12, 3, 0, 4, 9]


@pytest.fixture
def page(qtbot):
    """Return the page of a place with three small windows among five, and small groups among its visitors."""
    starts = pd.date_range("2023-06-05", periods=len(DEVICES), freq="7D")
    ends = starts + pd.Timedelta(days=6)
    expected = [np.nan] * 4 + [4.75]
    windows = pd.DataFrame({
        "label": starts.strftime("%d %b"), "start": starts.strftime("%Y-%m-%d"), "end": ends.strftime("%Y-%m-%d"),
        "is_key": [0, 0, 0, 0, 1], "devices": DEVICES, "expected": expected, "told_expected": [np.nan] * 4 + [4.5],
    })  # fmt: skip
    card = SiteCard(
        ChosenPlace(spot="Hotel"), "Hotel", "Hotel", "site", "hotel", "AA", 5.0, 5.0, windows, np.full(24, 1 / 24),
        pd.DataFrame({"label": ["Anyone", "Local", "Farther abroad"], "devices": [9, 6, 3]}),
        pd.DataFrame({"name": ["Aland", "Beland"], "devices": [6, 3]}), empty_table("findings"),
        empty_table("itineraries"),
    )  # fmt: skip
    shown = PlacePage()
    qtbot.addWidget(shown)
    shown.resize(360, 900)
    shown.show_card(shown_card(card, "Other countries"))
    shown.show()
    return shown


def test_small_windows_are_bounds(page):
    bars = part(page, BarChart, "windows_chart").bars()
    assert [bar.is_bound for bar in bars] == [False, True, True, True, False]
    assert [bar.value for bar in bars] == [12, 5, 5, 5, 9]
    assert [bar.tip.partition(": ")[2] for bar in bars] == ["12", "<5", "<5", "<5", "9, expected 4.5"]
    combo = part(page, QComboBox, "reach_window")
    told = [combo.itemText(index).rpartition("(")[2] for index in range(combo.count() - 1)]
    assert told == ["9)", "12)", "<5)", "<5)", "<5)"]
    assert "fewer" in part(page, QLabel, "place_legend").text()


def test_a_bound_is_an_outline(page, qtbot):
    """The middle of the bar of twelve has its color, that of a bound the background's."""
    chart = part(page, BarChart, "windows_chart")
    plot, image = chart._plot(), chart.grab().toImage()
    columns = chart._columns(plot)
    ground = image.pixelColor(int(columns[1].center().x()), int(plot.top()) + 4)
    ratio = image.devicePixelRatio()
    full, bound = (
        image.pixelColor(int(columns[number].center().x() * ratio), int((plot.bottom() - 6) * ratio))
        for number in (0, 1)
    )
    assert full != ground and bound == ground


def test_small_groups_are_not_told(page):
    texts = [label.text() for label in page.findChildren(QLabel)]
    assert "Local" in texts and "Farther abroad" not in texts
    assert "Other countries" in texts and "Aland" not in texts
    assert not {"0", "1", "2", "3", "4"} & set(texts)
    assert any("Groups of fewer than 5 devices" in text for text in texts)
