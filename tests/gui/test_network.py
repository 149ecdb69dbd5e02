"""The chart of a link network: what is shown, what a click tells, other measures, and networks without links."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from sitelight.plugin.engine.networks import COMMON, Network
from sitelight.plugin.engine.stats import make_graph, measure
from sitelight.plugin.gui.questions.network_chart import MEASURES, cluster_color
from sitelight.plugin.gui.questions.network_window import NetworkWindow


def network_of(count: int, pairs: list[tuple[int, int, int]]) -> Network:
    """Return a network of `count` places; spots are numbered from 100."""
    columns = [np.array(values, np.int64) for values in zip(*pairs)] if pairs else [np.empty(0, np.int64)] * 3
    graph = make_graph(count, *columns, False)
    places = pd.DataFrame({
        "spot": np.arange(100, 100 + count), "spot_name": [f"Place {number}" for number in range(count)],
        "visitors": 10 * np.arange(1, count + 1), **vars(measure(graph)),
    })  # fmt: skip
    return Network(COMMON, places, pd.DataFrame(dict(zip(("a", "b", "devices"), columns))), graph)


STAR_AND_PAIR = [(0, 1, 9), (0, 2, 7), (0, 3, 3), (4, 5, 20)]


NETWORK = network_of(7, STAR_AND_PAIR)


@pytest.fixture
def dialog(qtbot):
    made = NetworkWindow()
    made.show_network(NETWORK)
    qtbot.addWidget(made)
    made.resize(760, 540)
    made.show()
    return made


def test_the_hub_is_first_and_places_without_links_are_left_out(dialog):
    assert dialog.ranking.accessibleDescription() == "Place 0: 0.2"
    assert sorted(row for row, _point in dialog.chart.places_shown()) == [0, 1, 2, 3, 4, 5]
    assert dialog.chart.accessibleDescription() == "6 of 7 places, 4 links"


def test_another_measure_gives_another_order(dialog):
    dialog.measure.setCurrentIndex(MEASURES.index("degree"))
    shown = dialog.ranking.accessibleDescription().split("; ")
    assert shown[0] == "Place 0: 3" and len(shown) == 6
    for index in range(dialog.measure.count()):
        dialog.measure.setCurrentIndex(index)
        assert dialog.measure.itemData(index, Qt.ItemDataRole.ToolTipRole)
        assert not dialog.grab().isNull()


def test_a_click_on_a_place_tells_its_spot_and_beside_it_nothing(dialog, qtbot):
    rows, points = zip(*dialog.chart.places_shown())
    chosen = []
    dialog.place_chosen.connect(chosen.append)
    for point in points:
        QTest.mouseClick(dialog.chart, Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert chosen == [100 + row for row in rows]
    QTest.mouseClick(dialog.chart, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert len(chosen) == len(rows)


def test_places_have_the_colour_of_their_cluster(dialog):
    picture = dialog.chart.grab().toImage()
    clusters = NETWORK.places["cluster"].to_numpy()
    assert len(set(clusters[[0, 4]].tolist())) == 2
    for row, point in dialog.chart.places_shown():
        assert picture.pixelColor(point.toPoint()).name() == cluster_color(int(clusters[row])).name()


def test_the_tip_hides_small_counts(qtbot):
    network = network_of(3, [(0, 1, 2), (1, 2, 2)])
    network.places["visitors"] = [3, 8, 8]
    made = NetworkWindow()
    made.show_network(network)
    qtbot.addWidget(made)
    assert made.chart.tip(0).startswith("Place 0: <5 devices, 1 links")
    assert made.chart.tip(1).startswith("Place 1: 8 devices, 2 links")


@pytest.mark.parametrize("count, pairs", [(0, []), (3, []), (90, [(a, b, a + b) for a in range(90) for b in range(a)])])
def test_empty_and_crowded_networks_are_drawn(count, pairs, qtbot):
    made = NetworkWindow()
    made.show_network(network_of(count, pairs))
    qtbot.addWidget(made)
    for width, height in ((760, 540), (300, 280)):
        made.resize(width, height)
        assert not made.grab().isNull()
        assert len(made.chart.places_shown()) <= 40
