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
from sitelight.plugin.gui.widgets.charts import Bar, BarChart

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


def test_a_bound_is_an_outline(qtbot):
    """Of two bars of one height that of a count is filled, that of a bound is not, though seen."""
    chart = BarChart("test", 130)
    qtbot.addWidget(chart)
    chart.resize(300, 130)
    painted = []
    for is_bound in (False, True):
        chart.set_bars([Bar("", 5.0, is_bound=is_bound)])
        image = chart.grab().toImage()
        ground = image.pixelColor(image.width() - 1, 0)
        pixels = [(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)]
        painted.append(sum(image.pixelColor(x, y) != ground for x, y in pixels))
    assert painted[0] > 4 * painted[1] > 0


def test_small_groups_are_not_told(page):
    texts = [label.text() for label in page.findChildren(QLabel)]
    assert "Local" in texts and "Farther abroad" not in texts
    assert "Other countries" in texts and "Aland" not in texts
    assert not {"0", "1", "2", "3", "4"} & set(texts)
    assert any("Groups of fewer than 5 devices" in text for text in texts)
