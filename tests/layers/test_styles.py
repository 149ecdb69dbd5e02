"""The shipped styles: readable by QGIS, and safe to draw while layers come and go."""

from __future__ import annotations

import re
from html import unescape

import pytest
from qgis.core import QgsExpression, QgsVectorLayer
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.result_styles import read_styles, style_path

STYLED = sorted([*read_styles(), "detected_stays", "detected_legs"])
LABELLED = ("events", "findings", "stops", "flows", "heat", "look_back_flows", "linked_places")
QUOTED = re.compile(r'"([^"]*)"')


def aggregates() -> set[str]:
    """Return the names of all expression functions that look at other features or at the project's layers."""
    groups = {"Aggregates", "Map Layers", "Layers"}
    return {function.name() for function in QgsExpression.Functions() if groups & set(function.groups())}


def expressions_in(qml: str) -> list[QgsExpression]:
    parsed = [QgsExpression(unescape(text)) for text in set(QUOTED.findall(qml))]
    return [expression for expression in parsed if not expression.hasParserError()]


def test_the_search_for_aggregates_finds_them():
    assert {"minimum", "aggregate", "count"} <= aggregates()
    (found,) = expressions_in('<rule filter="&quot;rank&quot; = minimum(&quot;rank&quot;)"/>')
    assert found.referencedFunctions() & aggregates() == {"minimum"}


@pytest.mark.parametrize("table", STYLED)
def test_no_style_looks_at_the_project_while_it_is_drawn(table):
    """QGIS 3.22 draws in another thread and crashes when an aggregate meets a project that is being changed."""
    expressions = expressions_in(style_path(table).read_text(encoding="utf-8"))
    assert any(expression.referencedColumns() for expression in expressions)
    for expression in expressions:
        assert not expression.referencedFunctions() & aggregates(), expression.expression()


@pytest.mark.parametrize("table", STYLED)
def test_every_style_is_loaded_with_its_labels_and_times(table, qgis_new_project):
    kinds = {
        "events": "Point", "findings": "Point", "stops": "Point",
        "detected_stays": "Point", "linked_places": "Point", "heat": "Polygon", "signatures": "Polygon",
        "places": "Polygon", "legs": "LineString", "silences": "LineString",
    }  # fmt: skip
    kind = kinds.get(table, "MultiLineString")
    layer = QgsVectorLayer(f"{kind}?crs=EPSG:4326", table, "memory")
    message, is_loaded = layer.loadNamedStyle(str(style_path(table)))
    assert is_loaded, message
    # What a study keeps to be asked again is of all of its times.
    kept = ("places", "look_back_flows", "linked_places", "links")
    assert bool(layer.temporalProperties().startExpression()) == (table not in kept)
    assert layer.labelsEnabled() == (table in LABELLED)


def test_findings_have_a_colour_for_every_change_of_the_library(qgis_new_project):
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=change:string", "findings", "memory")
    layer.loadNamedStyle(str(style_path("findings")))
    renderer = layer.renderer()
    for entry in load_library().change:
        told = QgsExpression(renderer.classAttribute().replace('"change"', f"'{entry.title}'")).evaluate()
        index = renderer.categoryIndexForValue(told)
        assert index >= 0, entry.title
        assert renderer.categories()[index].label().startswith(entry.title)
