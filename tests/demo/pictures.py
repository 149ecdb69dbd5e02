"""Pictures of the demo: map sheets made by QGIS layouts, with title, legend, scale bar and a note."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsUnitTypes,
)
from qgis.PyQt.QtGui import QColor, QFont

WIDTH_MM, HEIGHT_MM = 400.0, 250.0
DPI = 101.6  # 1600 x 1000 pixels
MARGIN_MM = 6.0
HEAD_MM = 16.0
NOTE = "Synthetic data: nothing here happened. Basemap: Natural Earth."


def map_extent(west: float, south: float, east: float, north: float) -> QgsRectangle:
    """Return the rectangle of these degrees in the project's CRS."""
    project = QgsProject.instance()
    transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project)
    return transform.transformBoundingBox(QgsRectangle(west, south, east, north))


def save_sheet(path: Path, title: str, extent: QgsRectangle, layers: list[QgsMapLayer]) -> None:
    """Write a map sheet of 1600 x 1000 pixels showing `layers` (top first) to `path`."""
    layout = QgsPrintLayout(QgsProject.instance())
    layout.initializeDefaults()
    layout.pageCollection().page(0).setPageSize(QgsLayoutSize(WIDTH_MM, HEIGHT_MM))
    sheet = _add_map(layout, extent, layers)
    _add_label(layout, title, 17, MARGIN_MM, 4.0, True)
    _add_label(layout, NOTE, 8, MARGIN_MM, HEIGHT_MM - 8.0, False)
    _add_legend(layout, sheet, layers)
    _add_scale_bar(layout, sheet)
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = DPI
    settings.exportMetadata = False
    result = QgsLayoutExporter(layout).exportToImage(str(path), settings)
    if result != QgsLayoutExporter.ExportResult.Success:
        raise OSError(f"The picture {path} could not be written.")


def _add_map(layout: QgsPrintLayout, extent: QgsRectangle, layers: list[QgsMapLayer]) -> QgsLayoutItemMap:
    sheet = QgsLayoutItemMap(layout)
    layout.addLayoutItem(sheet)
    sheet.attemptMove(QgsLayoutPoint(MARGIN_MM, HEAD_MM))
    sheet.attemptResize(QgsLayoutSize(WIDTH_MM - 2 * MARGIN_MM, HEIGHT_MM - HEAD_MM - 10.0))
    sheet.setExtent(extent)  # zoomToExtent needs one to start from
    sheet.attemptResize(QgsLayoutSize(WIDTH_MM - 2 * MARGIN_MM, HEIGHT_MM - HEAD_MM - 10.0))
    sheet.zoomToExtent(extent)
    sheet.setLayers(layers)
    sheet.setBackgroundColor(QgsProject.instance().backgroundColor())
    sheet.setFrameEnabled(True)
    sheet.setFrameStrokeColor(QColor("#9a9a9a"))
    return sheet


def _add_label(layout: QgsPrintLayout, text: str, points: int, x: float, y: float, is_bold: bool) -> None:
    label = QgsLayoutItemLabel(layout)
    label.setText(text)
    font = QFont("Open Sans", points)
    font.setBold(is_bold)
    label.setFont(font)
    label.attemptMove(QgsLayoutPoint(x, y))
    label.attemptResize(QgsLayoutSize(WIDTH_MM - 2 * x, points * 0.6 + 2.0))
    layout.addLayoutItem(label)


def _add_legend(layout: QgsPrintLayout, sheet: QgsLayoutItemMap, layers: list[QgsMapLayer]) -> None:
    legend = QgsLayoutItemLegend(layout)
    layout.addLayoutItem(legend)
    legend.setLinkedMap(sheet)
    legend.setAutoUpdateModel(False)
    tree = legend.model().rootGroup()
    tree.removeAllChildren()
    for layer in layers:
        tree.addLayer(layer)
    legend.setLegendFilterByMapEnabled(True)
    legend.setBackgroundEnabled(True)
    legend.setBackgroundColor(QColor(255, 255, 255, 225))
    legend.attemptMove(QgsLayoutPoint(MARGIN_MM + 3.0, HEAD_MM + 3.0))
    for style in (QgsLegendStyle.Style.Subgroup, QgsLegendStyle.Style.SymbolLabel):
        legend.setStyleFont(style, QFont("Open Sans", 8))
    legend.refresh()
    legend.adjustBoxSize()


def _add_scale_bar(layout: QgsPrintLayout, sheet: QgsLayoutItemMap) -> None:
    bar = QgsLayoutItemScaleBar(layout)
    layout.addLayoutItem(bar)
    bar.setLinkedMap(sheet)
    bar.applyDefaultSize(QgsUnitTypes.DistanceUnit.DistanceKilometers)
    bar.setStyle("Line Ticks Up")
    bar.attemptMove(QgsLayoutPoint(WIDTH_MM - 95.0, HEIGHT_MM - 28.0))
