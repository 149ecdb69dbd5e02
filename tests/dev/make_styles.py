"""Make the styles in resources/styles anew: `.venv/bin/python tests/dev/make_styles.py` in the development environment.

The .qml files are what ships; this is their source, so that a colour or class break is changed in one place.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_HASH_SEED", "0")  # the same attributes in the same order every time

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
    QgsSingleSymbolRenderer,
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
# Colour tells the mode, dashes what was not seen but inferred.
MODE_COLORS = {
    "air": ("#0072b2", "By air"),
    "road": ("#d55e00", "By road"),
    "foot": ("#009e73", "On foot"),
    "water": ("#56b4e9", "On water"),
    "unknown": ("#7f7f7f", "Mode unknown"),
}
# Hours seen at one point, size in mm, colour from light to dark, label.
STAY_CLASSES = (
    (0.0, 1.0, 1.6, "#6baed6", "Seen there under 1 hour"),
    (1.0, 4.0, 2.4, "#4a98c9", "1 to 4 hours"),
    (4.0, 12.0, 3.4, "#2e7ebc", "4 to 12 hours"),
    (12.0, 24.0, 4.6, "#1864aa", "12 to 24 hours"),
    (24.0, 72.0, 6.0, "#084a91", "1 to 3 days"),
    (72.0, 1e6, 7.6, "#08306b", "3 days or longer"),
)
SILENCE_CLASSES = (
    (0.0, 0.2, "#b8a9c9", "May have stopped here: under 0.2"), (0.2, 0.5, "#8561a8", "0.2 to 0.5"),
    (0.5, 1.0, "#54278f", "0.5 or more"),
)  # fmt: skip
RANK_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#8c6d31")
HEAT_CLASSES = (
    (0.0, 1.30103, None, "Nothing unusual (not drawn)"),
    (1.30103, 2.0, "#fed976", "p < 0.05 (chance 1 in 20)"),
    (2.0, 3.0, "#fd8d3c", "p < 0.01 (1 in 100)"),
    (3.0, 4.0, "#e31a1c", "p < 0.001 (1 in 1,000)"),
    (4.0, 6.0, "#a50f15", "p < 0.0001 (1 in 10,000)"),
    (6.0, 400.0, "#4a0a30", "p < 0.000001 (1 in a million)"),
)
# From which scale on (denominator) the heat of a level is drawn instead of the next smaller one, about 4 mm wide there.
HEAT_LEVELS = ((10_000_000, "\"spot_kind\" = 'country'"), (1_250_000, "\"spot_id\" LIKE 'district4:%'"),
               (300_000, "\"spot_id\" LIKE 'district1:%'"), (0, "\"spot_kind\" IN ('site', 'cell')"))  # fmt: skip
# Devices (the hidden count "<5" as -5), width in mm, label.
FLOW_CLASSES = (
    (-5, 5, 0.4, "fewer than 5 devices"),
    (5, 10, 0.8, "5 to 9"),
    (10, 25, 1.4, "10 to 24"),
    (25, 100, 2.4, "25 to 99"),
    (100, 10_000_000, 4.0, "100 devices or more"),
)
FLOW_COLORS = {"before": ("#0072b2", "Came from"), "after": ("#d55e00", "Went to")}
SIGNATURE_CLASSES = (
    (-2.0, 1.30103, None, "Not like it"),
    (1.30103, 2.0, "#dadaeb", "1 ordinary place in 20 is as alike"),
    (2.0, 3.0, "#9e9ac8", "1 in 100"),
    (3.0, 400.0, "#54278f", "1 in 1,000 or fewer"),
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


def escaped_tip(layer: QgsVectorLayer) -> str:
    """Return the map tip of a layer, or one of its display expression, with all that comes from data escaped.

    QGIS shows map tips as HTML and loads what that names; without one it shows the display expression the same way.
    """
    template = layer.mapTipTemplate() or f"[% {layer.displayExpression()} %]"
    marks = "map('&', '&amp;', '<', '&lt;', '>', '&gt;')"  # replaced in the order of these letters: & first
    return re.sub(r"\[%(.*?)%\]", lambda part: f"[% replace({part[1].strip()}, {marks}) %]", template, flags=re.DOTALL)


def order_by(renderer: QgsFeatureRenderer, expression: str, is_ascending: bool) -> None:
    """Draw the features in this order, so that the most important is on top."""
    clause = QgsFeatureRequest.OrderByClause(expression, is_ascending)
    renderer.setOrderBy(QgsFeatureRequest.OrderBy([clause]))
    renderer.setOrderByEnabled(True)


def heat_at_scale() -> str:
    """Return the expression of the score of the level that the map's scale asks for, NULL for all other features."""
    levels = " ".join(f"WHEN coalesce(@map_scale, 0) >= {scale} THEN {is_level}" for scale, is_level in HEAT_LEVELS)
    return f'if(CASE {levels} END, coalesce("score", -1), NULL)'


def style_heat(layer: QgsVectorLayer) -> None:
    """Fixed classes of the score, low ones invisible, legend in words; countries, districts or places by scale."""
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
    renderer = QgsGraduatedSymbolRenderer(heat_at_scale(), ranges)
    order_by(renderer, '"score"', True)
    layer.setRenderer(renderer)
    layer.setOpacity(0.72)
    told = "coalesce(to_string(\"observed\"), 'fewer than 5') || ' devices, ' || round(\"expected\", 1) || ' expected'"
    unusual = f'"score" >= {HEAT_CLASSES[1][0]} and "finding_id" > 0'
    settings = label_settings(f'if({unusual}, "spot_name" || \'\\n\' || {told}, \'\')', text_format(8, INK), 300_000)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression('"spot_name"')
    layer.setMapTipTemplate(
        "<b>[% \"spot_name\" %]</b>, key date [% \"key_date\" %]<br>"
        f"[% if(\"score\" is null, 'Counted, not tested', {told}) %]"
        "[% if(\"score\" is null, '', '<br>p = ' || to_string(round(10 ^ -\"score\", 6))) %]"
    )


def style_signatures(layer: QgsVectorLayer) -> None:
    """Fixed classes of how rarely an ordinary place resembles the signature as much, in violet beside heat's red."""
    ranges = []
    for low, high, color, label in SIGNATURE_CLASSES:
        fill = {"style": "no", "outline_style": "no"}
        if color is not None:
            fill = {"color": color, "outline_color": "#3f007d", "outline_width": "0.3", "joinstyle": "round"}
        ranges.append(QgsRendererRange(low, high, QgsFillSymbol.createSimple(fill), label))
    renderer = QgsGraduatedSymbolRenderer('coalesce(-log10("p_value"), -1)', ranges)
    order_by(renderer, '"resemblance"', True)
    layer.setRenderer(renderer)
    layer.setOpacity(0.8)
    layer.setDisplayExpression("\"rank\" || '. ' || \"spot_name\"")
    layer.setMapTipTemplate("<b>[% \"spot_name\" %]</b><br>[% \"sentence\" %]")


def style_findings(layer: QgsVectorLayer) -> None:
    """A ring coloured by change with the rank inside; lower ranks smaller; names of places at close scales."""
    _style_ranked(layer, "spot_name")


def style_events(layer: QgsVectorLayer) -> None:
    """As findings; titles at close scales."""
    _style_ranked(layer, "title")


def _style_ranked(layer: QgsVectorLayer, title: str) -> None:
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
    name = label_settings(f'"{title}"', text_format(9), 400_000)
    name.placement = QgsPalLayerSettings.Placement.OverPoint
    name.quadOffset = QgsPalLayerSettings.QuadrantPosition.QuadrantRight
    name.xOffset = 3.4
    # Several behaviors may be found at one spot. Their labels collide, having one fixed place each, and the first wins.
    # An aggregate (the lowest rank of the spot) would say the same, but QGIS reads the project for it while drawing in
    # another thread, and ends when layers come or go at that moment.
    region = label_settings('"spot_name"', text_format(9, INK, True))
    region.placement, region.quadOffset, region.xOffset = name.placement, name.quadOffset, name.xOffset
    for settings in (rank, name, region):
        settings.dataDefinedProperties().setProperty(
            QgsPalLayerSettings.Property.Priority, QgsProperty.fromExpression('10 - min("rank", 40) / 4.0')
        )
    root = QgsRuleBasedLabeling.Rule(None)
    for rule in (
        QgsRuleBasedLabeling.Rule(rank, 0, 0, '"rank" <= 20 and "q_value" <= 0.05', "Rank"),
        QgsRuleBasedLabeling.Rule(name, 0, 0, '"q_value" <= 0.05', "Name"),
        QgsRuleBasedLabeling.Rule(region, 0, 0, '"q_value" <= 0.05 AND "spot_kind" = \'country\'', "Country"),
    ):
        root.appendChild(rule)
    layer.setLabeling(QgsRuleBasedLabeling(root))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression(f"\"rank\" || '. ' || \"{title}\"")
    layer.setMapTipTemplate(f"<b>[% \"{title}\" %]</b><br>[% \"sentence\" %]")


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


def style_silences(layer: QgsVectorLayer) -> None:
    """Dotted lines by way of each place that may have been visited, darker the likelier."""
    ranges = []
    for low, high, color, label in SILENCE_CLASSES:
        line = {"line_color": color, "line_width": "0.5", "capstyle": "round"}
        line.update(use_custom_dash="1", customdash="0.1;1.4", customdash_unit="MM")
        ranges.append(QgsRendererRange(low, high, QgsLineSymbol.createSimple(line), label))
    layer.setRenderer(QgsGraduatedSymbolRenderer("probability", ranges))
    layer.setDisplayExpression("\"spot_name\" || ' (' || \"probability\" || ')'")
    layer.setMapTipTemplate("[% \"sentence\" %]")


def flow_symbol(color: str, width: float, is_dotted: bool) -> QgsLineSymbol:
    """Return a line with an arrow head in its middle, dotted where the count is hidden."""
    dots = {"use_custom_dash": "1", "customdash": "0.6;1.6", "customdash_unit": "MM"} if is_dotted else {}
    symbol = QgsLineSymbol.createSimple(
        {"line_color": color, "line_width": str(width), "capstyle": "round", "joinstyle": "round", **dots}
    )
    arrow = QgsMarkerLineSymbolLayer()
    arrow.setPlacement(QgsMarkerLineSymbolLayer.CentralPoint)
    head = {"name": "filled_arrowhead", "color": color, "outline_color": "#ffffff", "size": f"{3.0 + width:.1f}"}
    arrow.setSubSymbol(QgsMarkerSymbol.createSimple(head))
    symbol.appendSymbolLayer(arrow)
    return symbol


def style_flows(layer: QgsVectorLayer) -> None:
    """Blue towards the place, orange away from it; classes of width by devices, dotted below five; the count on it."""
    root = QgsRuleBasedRenderer.Rule(None)
    devices = "to_int(replace(replace(\"devices\", '<', '-'), '+', ''))"  # "<5" becomes -5, "46+" 46
    for direction, (color, word) in FLOW_COLORS.items():
        for low, high, width, label in FLOW_CLASSES:
            condition = f"\"direction\" = '{direction}' and {devices} >= {low} and {devices} < {high}"
            root.appendChild(
                QgsRuleBasedRenderer.Rule(flow_symbol(color, width, low < 0), 0, 0, condition, f"{word}: {label}")
            )
    renderer = QgsRuleBasedRenderer(root)
    order_by(renderer, devices, True)
    layer.setRenderer(renderer)
    layer.setOpacity(0.85)
    settings = label_settings("\"name\" || '\\n' || \"devices\"", text_format(8, INK), 60_000_000)
    settings.placement = QgsPalLayerSettings.Placement.Horizontal
    settings.dataDefinedProperties().setProperty(
        QgsPalLayerSettings.Property.Priority, QgsProperty.fromExpression(f"min(10, max(0, {devices} / 5.0))")
    )
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression("\"name\" || ': ' || \"devices\"")
    layer.setMapTipTemplate(
        "<b>[% \"name\" %]</b> ([% \"direction\" %])<br>[% \"devices\" %] devices"
        "[% if(\"lift\" is null, '', ', ' || round(100 * \"share\") || ' % where ' || "
        "round(100 * \"expected_share\", 1) || ' % are expected, p = ' || round(\"p_value\", 4)) %]"
    )


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


def style_detected_stays(layer: QgsVectorLayer) -> None:
    """Circles larger and darker the longer a device was seen there, short ones on top."""
    ranges = []
    for low, high, size, color, label in STAY_CLASSES:
        # Places are seen again and again: without an outline, and half transparent, circles pile up to a darker one.
        symbol = QgsMarkerSymbol.createSimple(
            {"name": "circle", "color": color, "outline_style": "no", "size": str(size)}
        )
        symbol.setOpacity(0.6)
        ranges.append(QgsRendererRange(low, high, symbol, label))
    renderer = QgsGraduatedSymbolRenderer('("finished_ms" - "started_ms") / 3600000.0', ranges)
    order_by(renderer, '"finished_ms" - "started_ms"', False)
    layer.setRenderer(renderer)
    layer.setDisplayExpression("\"device\" || ', ' || left(\"started\", 16)")
    layer.setMapTipTemplate(
        "<b>[% \"device\" %]</b><br>[% left(\"started\", 16) %] to [% left(\"finished\", 16) %] UTC, "
        "[% \"n_fixes\" %] fixes within [% round(\"radius_m\") %] m"
    )


def style_detected_legs(layer: QgsVectorLayer) -> None:
    """Lines coloured by mode: solid where it was seen, dashed where it was inferred."""
    categories = []
    dashes = {"use_custom_dash": "1", "customdash": "2.4;1.4", "customdash_unit": "MM", "capstyle": "flat"}
    for inferred, word, more in ((0, "seen", {}), (1, "inferred", dashes)):
        for mode, (color, label) in MODE_COLORS.items():
            symbol = QgsLineSymbol.createSimple({"line_color": color, "line_width": "0.5", **more})
            categories.append(QgsRendererCategory(f"{mode} {inferred}", symbol, f"{label}, {word}"))
    layer.setRenderer(QgsCategorizedSymbolRenderer("\"mode\" || ' ' || \"inferred\"", categories))
    layer.setOpacity(0.85)
    layer.setDisplayExpression("\"device\" || ', ' || \"mode\" || ', ' || round(\"distance_km\") || ' km'")
    layer.setMapTipTemplate(
        "<b>[% \"device\" %]</b><br>[% \"mode\" %][% if(\"inferred\", ' (inferred)', '') %], "
        "[% round(\"distance_km\", 1) %] km [% \"borders\" %]<br>"
        "after [% left(\"departed_after\", 16) %], before [% left(\"arrived_before\", 16) %] UTC"
    )


SIDE_COLORS = {"before": "#0072b2", "during": "#d55e00", "after": "#009e73"}
TURN_STYLES = (
    ("Right turn", "#56b4e9", "2.2"), ("Left turn", "#e69f00", "2.2"), ("Right U-turn", "#0072b2", "3.2"),
    ("Left U-turn", "#d55e00", "3.2"), ("Stopped", "#7f7f7f", "2.0"), ("Traveling", "#bdbdbd", "1.2"),
    ("", "#d9d9d9", "1.2"),
)  # fmt: skip
LINK_CLASSES = (
    (0.0, 5.0, "0.2", "Under 5 devices"), (5.0, 20.0, "0.5", "5 to 20"), (20.0, 100.0, "1.0", "20 to 100"),
    (100.0, 500.0, "1.8", "100 to 500"), (500.0, 1e9, "3.0", "500 or more"),
)  # fmt: skip
IS_FLOW = "\"kind\" = 'flows'"
SHOWN_COUNT = "if(left(\"devices\", 1) = '<', 2, to_int(\"devices\"))"


def style_compared_areas(layer: QgsVectorLayer) -> None:
    """Areas by how many of them a device was in, see-through because there is one shape per device."""
    ranges = []
    for low, high, color, label in ((0, 1, "#9ecae1", "Device seen in this area only"),
                                    (1, 2, "#4292c6", "In 2 of the areas"),
                                    (2, 1e6, "#d55e00", "In 3 or more of the areas")):  # fmt: skip
        symbol = QgsFillSymbol.createSimple({"color": color, "outline_color": "#343a46", "outline_width": "0.2"})
        symbol.setOpacity(0.35)
        ranges.append(QgsRendererRange(low, high, symbol, label))
    renderer = QgsGraduatedSymbolRenderer("areas", ranges)
    order_by(renderer, '"areas"', True)
    layer.setRenderer(renderer)
    layer.setDisplayExpression("\"area_name\" || ', ' || \"device\"")
    layer.setMapTipTemplate(
        "<b>[% \"area_name\" %]</b><br>[% \"device\" %]: [% \"n_fixes\" %] fixes, in [% \"areas\" %] of the areas"
    )


def style_selected_tracks(layer: QgsVectorLayer) -> None:
    """Fixes by their side of the time in the area."""
    categories = []
    for side, color in SIDE_COLORS.items():
        symbol = QgsMarkerSymbol.createSimple(
            {"name": "circle", "color": color, "outline_style": "no", "size": "1.6"}
        )
        symbol.setOpacity(0.7)
        categories.append(QgsRendererCategory(side, symbol, f"{side.capitalize()} the time in the area"))
    layer.setRenderer(QgsCategorizedSymbolRenderer("side", categories))
    layer.setDisplayExpression("\"device\" || ', ' || left(\"time\", 16)")
    layer.setMapTipTemplate(
        "<b>[% \"device\" %]</b><br>[% left(\"time\", 16) %] UTC, [% round(\"hours_from_area\", 1) %] h from the area"
    )


def style_movement_events(layer: QgsVectorLayer) -> None:
    """Fixes by turn event; turns are larger than the rest."""
    categories = []
    for event, color, size in TURN_STYLES:
        symbol = QgsMarkerSymbol.createSimple(
            {"name": "circle", "color": color, "outline_style": "no", "size": size}
        )
        categories.append(QgsRendererCategory(event, symbol, event or "End of a track"))
    layer.setRenderer(QgsCategorizedSymbolRenderer("turn_event", categories))
    layer.setDisplayExpression("\"device\" || ', ' || left(\"time\", 19)")
    layer.setMapTipTemplate(
        "<b>[% \"device\" %]</b><br>[% left(\"time\", 19) %] UTC, [% round(\"speed_KMPH\", 1) %] km/h<br>"
        "[% \"turn_event\" %], [% \"acc_event\" %]"
    )


def style_network_places(layer: QgsVectorLayer) -> None:
    """Places by cluster, larger the more shortest paths lead over them, with their names."""
    expression = 'if("cluster" = 0, 0, 1 + ("cluster" - 1) % 8)'
    categories = []
    for number, color in enumerate(("#9aa0a6", *RANK_COLORS)):
        symbol = QgsMarkerSymbol.createSimple(
            {"name": "circle", "color": color, "outline_color": "#ffffff", "outline_width": "0.3", "size": "2.5"}
        )
        size = QgsProperty.fromExpression('2.2 + 5 * sqrt("betweenness")')
        symbol.symbolLayer(0).setDataDefinedProperty(QgsSymbolLayer.Property.PropertySize, size)
        label = "Without links" if number == 0 else f"Cluster {number}" + (", 9, …" if number == 1 else "")
        categories.append(QgsRendererCategory(number, symbol, label))
    renderer = QgsCategorizedSymbolRenderer(expression, categories)
    order_by(renderer, '"betweenness"', True)
    layer.setRenderer(renderer)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(label_settings('"spot_name"', text_format(7.5))))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression('"spot_name"')
    layer.setMapTipTemplate(
        "<b>[% \"spot_name\" %]</b><br>[% \"devices\" %] devices, [% \"degree\" %] links, cluster [% \"cluster\" %]<br>"
        "betweenness [% round(\"betweenness\", 3) %], PageRank [% round(\"pagerank\", 3) %]"
    )


def style_network_links(layer: QgsVectorLayer) -> None:
    """Links wider for more devices; flows have arrows, the shortest path its own colour."""
    ranges = []
    for low, high, width, label in LINK_CLASSES:
        symbol = QgsLineSymbol.createSimple({"line_color": "#4c566a", "line_width": width, "capstyle": "round"})
        color = QgsProperty.fromExpression("if(\"on_path\" = 1, '#d55e00', '#4c566a')")
        line, parts = symbol.symbolLayer(0), QgsSymbolLayer.Property
        line.setDataDefinedProperty(parts.PropertyStrokeColor, color)
        # The two directions of a flow lie beside each other, each with an arrow.
        line.setDataDefinedProperty(parts.PropertyOffset, QgsProperty.fromExpression(f"if({IS_FLOW}, 0.8, 0)"))
        arrow = QgsMarkerLineSymbolLayer()
        arrow.setPlacement(QgsMarkerLineSymbolLayer.Placement.CentralPoint)
        arrow.setSubSymbol(
            QgsMarkerSymbol.createSimple(
                {"name": "filled_arrowhead", "color": "#4c566a", "outline_style": "no", "size": "2.4"}
            )
        )
        arrow.setOffset(0.8)
        arrow.setDataDefinedProperty(parts.PropertyLayerEnabled, QgsProperty.fromExpression(IS_FLOW))
        symbol.appendSymbolLayer(arrow)
        symbol.setOpacity(0.6)
        ranges.append(QgsRendererRange(low, high, symbol, label))
    renderer = QgsGraduatedSymbolRenderer(SHOWN_COUNT, ranges)
    order_by(renderer, SHOWN_COUNT, True)
    layer.setRenderer(renderer)
    layer.setDisplayExpression("\"from_name\" || ' – ' || \"to_name\"")
    layer.setMapTipTemplate(
        "<b>[% \"from_name\" %] – [% \"to_name\" %]</b><br>[% \"devices\" %] devices"
        "[% if(\"expected\" is null, ', ' || \"trips\" || ' trips', ', by chance ' || round(\"expected\", 1)) %]"
    )


def style_places(layer: QgsVectorLayer) -> None:
    """Places that were measured, whether anything holds there or not: pale, below everything else."""
    symbol = QgsFillSymbol.createSimple({"color": "#9aa0a6", "outline_color": "#7d838b", "outline_width": "0.15"})
    symbol.symbolLayer(0).setFillColor(QColor(154, 160, 166, 40))
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    layer.setDisplayExpression('"spot_name"')
    layer.setMapTipTemplate("<b>[% \"spot_name\" %]</b><br>[% \"category\" %] [% \"country\" %]<br>Measured")


RATIO_CLASSES = (
    (-1e3, 2.0, "#bdbdbd", "0.4", "log10 ratio below 2"), (2.0, 4.0, "#fdbb84", "0.8", "2 to 4"),
    (4.0, 8.0, "#ef6548", "1.2", "4 to 8"), (8.0, 1e6, "#990000", "1.8", "8 or more"),
)  # fmt: skip
MEETING_CLASSES = (
    (0, 2, "#c6dbef", "1 meeting"), (2, 10, "#6baed6", "2 to 9"), (10, 50, "#2171b5", "10 to 49"),
    (50, 1e9, "#08306b", "50 or more"),
)  # fmt: skip
SHARE_CLASSES = (
    (0.0, 0.05, "#e5f5e0", "Under 5 % of the time"), (0.05, 0.2, "#a1d99b", "5 to 20 %"),
    (0.2, 0.5, "#41ab5d", "20 to 50 %"), (0.5, 1.01, "#00441b", "50 % or more"),
)  # fmt: skip


def style_cotravelers(layer: QgsVectorLayer) -> None:
    """Pairs darker and wider the more their ratio tells."""
    ranges = []
    for low, high, color, width, label in RATIO_CLASSES:
        symbol = QgsLineSymbol.createSimple({"line_color": color, "line_width": width, "capstyle": "round"})
        symbol.setOpacity(0.8)
        ranges.append(QgsRendererRange(low, high, symbol, label))
    renderer = QgsGraduatedSymbolRenderer("log10_lr", ranges)
    order_by(renderer, '"log10_lr"', True)
    layer.setRenderer(renderer)
    layer.setDisplayExpression("\"traveler_id\" || ' – ' || \"cotraveler_id\"")
    layer.setMapTipTemplate(
        "<b>[% \"traveler_id\" %] – [% \"cotraveler_id\" %]</b><br>[% \"joint_events\" %] joint events at "
        "[% \"joint_places\" %] places on [% \"days\" %] days, by chance [% round(\"expected_by_chance\", 1) %]<br>"
        "log10 ratio [% round(\"log10_lr\", 1) %], q [% round(\"q_value\", 3) %]"
    )


def style_cotravel_points(layer: QgsVectorLayer) -> None:
    """Small points, one per two sightings near each other."""
    style_small_points(layer, "#990000")
    layer.setMapTipTemplate(
        "<b>[% \"traveler_id\" %] – [% \"cotraveler_id\" %]</b><br>[% left(\"cotraveler_time\", 16) %] UTC, "
        "[% round(\"distance_difference\") %] m, [% round(\"time_difference\") %] s"
    )


def style_pair_meetings(layer: QgsVectorLayer) -> None:
    """Small points, one per meeting of two devices."""
    style_small_points(layer, "#08306b")
    layer.setMapTipTemplate(
        "<b>[% \"participant_1\" %] – [% \"participant_2\" %]</b><br>[% left(\"meeting_start\", 16) %] UTC, "
        "[% round(\"meeting_duration\" / 60) %] min"
    )


def style_small_points(layer: QgsVectorLayer, color: str) -> None:
    """See-through points of one color."""
    symbol = QgsMarkerSymbol.createSimple({"name": "circle", "color": color, "outline_style": "no", "size": "1.4"})
    symbol.setOpacity(0.5)
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))


def style_meeting_locations(layer: QgsVectorLayer) -> None:
    """Hulls by the number of meetings."""
    style_hulls(layer, "total_meetings", MEETING_CLASSES)
    layer.setMapTipTemplate(
        "<b>[% \"total_meetings\" %] meetings of [% coalesce(\"total_unique_ids\", 'few') %] devices</b><br>"
        "[% left(\"minimum_meeting_start\", 10) %] to [% left(\"maximum_meeting_end\", 10) %]"
        "<br>[% if(\"lift\" is null, '', round(\"lift\", 2) || ' times what chance gives') %]"
    )


def style_frequented_locations(layer: QgsVectorLayer) -> None:
    """Hulls by the share of a device's time."""
    style_hulls(layer, "share_of_time", SHARE_CLASSES)
    layer.setDisplayExpression("\"track_id\" || ', ' || \"location\"")
    layer.setMapTipTemplate(
        "<b>[% \"track_id\" %], location [% \"location\" %]</b><br>[% \"total_dwells\" %] dwells on [% \"days\" %] "
        "days, [% round(100 * \"share_of_time\") %] % of its time"
    )


def style_hulls(layer: QgsVectorLayer, field: str, classes: tuple) -> None:
    """Polygons by classes of a field, the large ones of homes below the rest."""
    ranges = []
    for low, high, color, label in classes:
        symbol = QgsFillSymbol.createSimple({"color": color, "outline_color": "#343a46", "outline_width": "0.2"})
        symbol.setOpacity(0.6)
        # Homes are squares of 5 km: filled, those of a town would bury its map.
        symbol.symbolLayer(0).setDataDefinedProperty(
            QgsSymbolLayer.Property.PropertyFillColor,
            QgsProperty.fromExpression('if("is_home" = 1, color_rgba(0, 0, 0, 0), @symbol_color)'),
        )
        ranges.append(QgsRendererRange(low, high, symbol, label))
    renderer = QgsGraduatedSymbolRenderer(field, ranges)
    order_by(renderer, '"is_home"', False)
    layer.setRenderer(renderer)


STYLES = {
    "events": ("Point", style_events, "started", "finished"),
    "findings": ("Point", style_findings, "window_start", "window_end"),
    "heat": ("Polygon", style_heat, "window_start", "window_end"),
    "signatures": ("Polygon", style_signatures, "window_start", "window_end"),
    "flows": ("MultiLineString", style_flows, "window_start", "window_end"),
    "itineraries": ("MultiLineString", style_itineraries, "started", "finished"),
    "stops": ("Point", style_stops, "arrived", "departed"),
    "legs": ("LineString", style_legs, "departed_after", "arrived_before"),
    "silences": ("LineString", style_silences, "silent_from", "silent_until"),
    "places": ("Polygon", style_places, "", ""),
    "look_back_flows": ("MultiLineString", style_flows, "", ""),
    "linked_places": ("Point", style_network_places, "", ""),
    "links": ("MultiLineString", style_network_links, "", ""),
    "detected_stays": ("Point", style_detected_stays, "arrived", "departed"),
    "detected_legs": ("MultiLineString", style_detected_legs, "departed_after", "arrived_before"),
    "compared_areas": ("MultiPolygon", style_compared_areas, "", ""),
    "selected_tracks": ("Point", style_selected_tracks, "time", "time"),
    "movement_events": ("Point", style_movement_events, "time", "time"),
    "network_places": ("Point", style_network_places, "", ""),
    "network_links": ("MultiLineString", style_network_links, "", ""),
    "cotravelers": ("MultiLineString", style_cotravelers, "first_time", "last_time"),
    "cotravel_points": ("Point", style_cotravel_points, "cotraveler_time", "cotraveler_time"),
    "meeting_locations": ("Polygon", style_meeting_locations, "minimum_meeting_start", "maximum_meeting_end"),
    "pair_meetings": ("Point", style_pair_meetings, "meeting_start", "meeting_end"),
    "frequented_locations": ("Polygon", style_frequented_locations, "first_start", "last_end"),
}


def make_styles(folder: Path) -> None:
    """Write one .qml per result table with geometry, and per output of an algorithm that has a style."""
    from sitelight.plugin.algorithms.provider import ALGORITHMS
    from sitelight.plugin.engine.tables import SCHEMAS

    kinds = {"text": "string", "integer": "integer", "big integer": "integer", "real": "double", "UTC": "string"}
    columns = {table: schema.columns for table, schema in SCHEMAS.items()}
    for algorithm in ALGORITHMS:
        columns.update({output.style: output.schema for output in getattr(algorithm, "OUTPUTS", ())})
    for table, (geometry, style, start, end) in STYLES.items():
        fields = "&".join(f"field={name}:{kinds[kind]}" for name, kind in columns[table].items())
        layer = QgsVectorLayer(f"{geometry}?crs=EPSG:4326&{fields}", table, "memory")
        style(layer)
        layer.setMapTipTemplate(escaped_tip(layer))
        temporal = layer.temporalProperties()
        temporal.setIsActive(bool(start))
        temporal.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromExpressions)
        if start:
            temporal.setStartExpression(f'to_datetime("{start}")')
            temporal.setEndExpression(f'to_datetime("{end}")')
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
