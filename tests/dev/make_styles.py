"""Make the styles in resources/styles anew: `.venv/bin/python tests/dev/make_styles.py` in the development environment.

The .qml files are what ships; this is their source, so that a colour or class break is changed in one place.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402
    Qgis,
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFeatureRenderer,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsLineSymbol,
    QgsMapLayer,
    QgsMarkerLineSymbolLayer,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRendererCategory,
    QgsRendererRange,
    QgsRuleBasedLabeling,
    QgsRuleBasedRenderer,
    QgsSimpleLineSymbolLayer,
    QgsSymbolLayer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtGui import QColor, QFont  # noqa: E402

TESTS = Path(__file__).resolve().parent.parent
FOLDER = TESTS.parent / "resources" / "styles"
INK, QUIET = "#222222", "#5c5c5c"
# Okabe and Ito 2008: told apart with every common colour vision.
CHANGE_COLORS = {
    "appears": ("#d55e00", "Appears (nothing before)"),
    "surges": ("#e69f00", "Surges (far more)"),
    "falls_away": ("#0072b2", "Falls away (far fewer)"),
    "shifts": ("#cc79a7", "Shifts (another share)"),
}
RANK_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#8c6d31")
HEAT_CLASSES = (
    (0.0, 1.30103, None, "Nothing unusual"),
    (1.30103, 2.0, "#fed976", "p < 0.05 (chance 1 in 20)"),
    (2.0, 3.0, "#fd8d3c", "p < 0.01 (1 in 100)"),
    (3.0, 4.0, "#e31a1c", "p < 0.001 (1 in 1,000)"),
    (4.0, 6.0, "#a50f15", "p < 0.0001 (1 in 10,000)"),
    (6.0, 400.0, "#4a0a30", "p < 0.000001 (1 in a million)"),
)


def text_format(size: float, color: str = INK, is_bold: bool = False) -> QgsTextFormat:
    """Return a text format with a white halo."""
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(1.0)
    halo.setColor(QColor(255, 255, 255, 230))
    text = QgsTextFormat()
    font = QFont("Open Sans")
    font.setBold(is_bold)
    text.setFont(font)
    text.setSize(size)
    text.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    text.setColor(QColor(color))
    text.setBuffer(halo)
    return text


def label_settings(expression: str, text: QgsTextFormat, from_scale: float = 0.0) -> QgsPalLayerSettings:
    """Return label settings; `from_scale` is the smallest scale (largest denominator) with labels."""
    settings = QgsPalLayerSettings()
    settings.fieldName = expression
    settings.isExpression = True
    settings.setFormat(text)
    if from_scale:
        settings.scaleVisibility = True
        settings.minimumScale = from_scale
        settings.maximumScale = 0
    return settings


def order_by(renderer: QgsFeatureRenderer, expression: str, is_ascending: bool) -> None:
    """Draw the features in this order, so that the most important is on top."""
    clause = QgsFeatureRequest.OrderByClause(expression, is_ascending)
    renderer.setOrderBy(QgsFeatureRequest.OrderBy([clause]))
    renderer.setOrderByEnabled(True)


def style_heat(layer: QgsVectorLayer) -> None:
    """Fixed classes of the score, low ones invisible, legend in words."""
    ranges = []
    for low, high, color, label in HEAT_CLASSES:
        if color is None:
            symbol = QgsFillSymbol.createSimple({"style": "no", "outline_style": "no"})
        else:
            symbol = QgsFillSymbol.createSimple(
                {"color": color, "outline_color": color, "outline_width": "0.3", "joinstyle": "round"}
            )
        ranges.append(QgsRendererRange(low, high, symbol, label))
    # A key date with too little history has no score: its counts are shown as places, not as heat.
    counted = QgsFillSymbol.createSimple({"color": "#9fb6c9", "outline_color": "#6f8799", "outline_width": "0.2"})
    ranges.append(QgsRendererRange(-2.0, -0.5, counted, "Counted, not tested"))
    renderer = QgsGraduatedSymbolRenderer('coalesce("score", -1)', ranges)
    order_by(renderer, '"score"', True)
    layer.setRenderer(renderer)
    layer.setOpacity(0.72)


def style_findings(layer: QgsVectorLayer) -> None:
    """A ring coloured by change with the rank inside; lower ranks smaller; names at close scales."""
    categories = []
    for change, (color, label) in CHANGE_COLORS.items():
        symbol = QgsMarkerSymbol.createSimple(
            {"name": "circle", "color": "#ffffff", "outline_color": color, "outline_width": "0.8", "size": "3.4"}
        )
        symbol.symbolLayer(0).setDataDefinedProperty(
            QgsSymbolLayer.Property.PropertySize,
            QgsProperty.fromExpression('if("q_value" > 0.05, 2, if("rank" <= 20, 5.6, 3))'),
        )
        # What does not hold beyond chance stays on the map for reference: small, grey and without a label.
        symbol.symbolLayer(0).setDataDefinedProperty(
            QgsSymbolLayer.Property.PropertyStrokeColor,
            QgsProperty.fromExpression(f"if(\"q_value\" > 0.05, '#9a9a9a', '{color}')"),
        )
        categories.append(QgsRendererCategory(change, symbol, label))
    renderer = QgsCategorizedSymbolRenderer("replace(lower(\"change\"), ' ', '_')", categories)
    order_by(renderer, '"rank"', False)
    layer.setRenderer(renderer)
    rank = label_settings('"rank"', text_format(8, INK, True))
    rank.placement = QgsPalLayerSettings.Placement.OverPoint
    name = label_settings('"spot_name"', text_format(9), 400_000)
    name.placement = QgsPalLayerSettings.Placement.OverPoint
    name.quadOffset = QgsPalLayerSettings.QuadrantPosition.QuadrantRight
    name.xOffset = 3.4
    # Several behaviors may be found at one spot. Their labels collide, having one fixed place each, and the first wins.
    # An aggregate (the lowest rank of the spot) would say the same, but QGIS reads the project for it while drawing in
    # another thread, and ends when layers come or go at that moment.
    for settings in (rank, name):
        settings.dataDefinedProperties().setProperty(
            QgsPalLayerSettings.Property.Priority, QgsProperty.fromExpression('10 - min("rank", 40) / 4.0')
        )
    root = QgsRuleBasedLabeling.Rule(None)
    for rule in (
        QgsRuleBasedLabeling.Rule(rank, 0, 0, '"rank" <= 20 and "q_value" <= 0.05', "Rank"),
        QgsRuleBasedLabeling.Rule(name, 0, 0, '"q_value" <= 0.05', "Name"),
    ):
        root.appendChild(rule)
    layer.setLabeling(QgsRuleBasedLabeling(root))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression("\"rank\" || '. ' || \"spot_name\"")
    layer.setMapTipTemplate("<b>[% \"spot_name\" %]</b><br>[% \"sentence\" %]")


def itinerary_symbol(color: str) -> QgsLineSymbol:
    """Return a cased line with an arrow head at the end of each part."""
    symbol = QgsLineSymbol()
    casing = QgsSimpleLineSymbolLayer(QColor(255, 255, 255, 220), 1.5)
    line = QgsSimpleLineSymbolLayer(QColor(color), 0.9)
    for layer in (casing, line):
        layer.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
        layer.setPenCapStyle(Qt.PenCapStyle.RoundCap)
    symbol.changeSymbolLayer(0, casing)
    symbol.appendSymbolLayer(line)
    arrow = QgsMarkerLineSymbolLayer()
    arrow.setPlacement(QgsMarkerLineSymbolLayer.CentralPoint)
    arrow.setSubSymbol(
        QgsMarkerSymbol.createSimple(
            {"name": "filled_arrowhead", "color": color, "outline_color": "#ffffff", "size": "4.2"}
        )
    )
    symbol.appendSymbolLayer(arrow)
    return symbol


def style_itineraries(layer: QgsVectorLayer) -> None:
    """The first eight in their own colours; the rest grey and off until wanted."""
    root = QgsRuleBasedRenderer.Rule(None)
    for rank, color in enumerate(RANK_COLORS, start=1):
        rule = QgsRuleBasedRenderer.Rule(itinerary_symbol(color), 0, 0, f'"rank" = {rank}', f"Itinerary {rank}")
        root.appendChild(rule)
    last = len(RANK_COLORS)
    rest = QgsRuleBasedRenderer.Rule(itinerary_symbol("#aaaaaa"), 0, 0, f'"rank" > {last}', "More itineraries")
    rest.setActive(False)
    root.appendChild(rest)
    renderer = QgsRuleBasedRenderer(root)
    order_by(renderer, '"rank"', False)
    layer.setRenderer(renderer)
    layer.setDisplayExpression("\"rank\" || '. ' || \"stops\"")
    layer.setMapTipTemplate("<b>[% \"based_at\" %]</b><br>[% \"stops\" %]")


def style_legs(layer: QgsVectorLayer) -> None:
    """Thin dark lines: dashed in the air, solid on the ground, dotted where unknown."""
    modes = (
        ("air", "Air", "6;3"), ("road", "Road", ""), ("foot", "On foot", "1;1"), ("water", "Water", "6;2;1;2"),
        ("unknown", "Unknown", "1;3"),
    )
    categories = []
    for value, label, dash in modes:
        line = {"line_color": INK, "line_width": "0.35", "capstyle": "flat"}
        if dash:
            line.update(use_custom_dash="1", customdash=dash, customdash_unit="Point")
        categories.append(QgsRendererCategory(value, QgsLineSymbol.createSimple(line), label))
    layer.setRenderer(QgsCategorizedSymbolRenderer("mode", categories))
    layer.setDisplayExpression("\"mode\" || ', ' || round(\"distance_km\") || ' km'")


def style_stops(layer: QgsVectorLayer) -> None:
    """White dots with a dark ring; name and day at closer scales."""
    symbol = QgsMarkerSymbol.createSimple(
        {"name": "circle", "color": "#ffffff", "outline_color": INK, "outline_width": "0.5", "size": "2.6"}
    )
    layer.renderer().setSymbol(symbol)
    days = "if(\"days_from_key_date\" > 0, '+', '') || \"days_from_key_date\""
    text = f"\"spot_name\" || '\\n' || left(\"arrived\", 10) || ' (' || {days} || ' d)'"
    settings = label_settings(text, text_format(8, QUIET), 250_000)
    settings.placement = QgsPalLayerSettings.Placement.OrderedPositionsAroundPoint
    settings.dist = 1.8
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression("\"spot_name\" || ', ' || left(\"arrived\", 10)")


STYLES = {
    "findings": ("Point", style_findings, "window_start", "window_end"),
    "heat": ("Polygon", style_heat, "window_start", "window_end"),
    "itineraries": ("MultiLineString", style_itineraries, "started", "finished"),
    "stops": ("Point", style_stops, "arrived", "departed"),
    "legs": ("LineString", style_legs, "departed_after", "arrived_before"),
}


def make_styles(folder: Path) -> None:
    """Write one .qml per result table with geometry."""
    from sitelight.plugin.engine.results import SCHEMAS

    kinds = {"text": "string", "integer": "integer", "real": "double"}
    for table, (geometry, style, start, end) in STYLES.items():
        fields = "&".join(f"field={name}:{kinds[kind]}" for name, kind in SCHEMAS[table].columns.items())
        layer = QgsVectorLayer(f"{geometry}?crs=EPSG:4326&{fields}", table, "memory")
        style(layer)
        temporal = layer.temporalProperties()
        temporal.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromExpressions)
        temporal.setStartExpression(f'to_datetime("{start}")')
        temporal.setEndExpression(f'to_datetime("{end}")')
        temporal.setIsActive(True)
        parts = QgsMapLayer.StyleCategory
        categories = (
            parts.Symbology | parts.Labeling | parts.Rendering | parts.Temporal | parts.MapTips
        )
        message, is_saved = layer.saveNamedStyle(str(folder / f"{table}.qml"), categories)
        if not is_saved:
            raise RuntimeError(message)


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    sys.path.insert(0, str(TESTS))
    import sitelight_package

    sitelight_package.load()
    make_styles(FOLDER)
    application.exitQgis()
