"""One layer group per study, made from its GeoPackage (main thread only)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Optional

from qgis.core import (
    QgsFeatureRequest,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsProject,
    QgsRuleBasedRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread

from ..data.file_paths import is_same, path_behind
from ..data.geopackage_project import GROUP_KEY, ITINERARIES_DRAWN, OF_ITINERARIES, ROLE_KEY, TOP_DOWN, hidden_at_first
from ..engine.base import InputError
from ..engine.results import Results
from .styles import dress, inert, name_fields

ALWAYS_SHOWN = ("events", "findings", "heat")
FOLLOWED = (*OF_ITINERARIES, "itineraries")


class MainThreadError(RuntimeError):
    """A layer was about to be made or added outside the main thread."""


translate = QCoreApplication.translate


def layer_title(table: str) -> str:
    """Return the name of the layer of a result table."""
    return {
        "events": translate("ResultLayers", "Events"),
        "findings": translate("ResultLayers", "Findings"),
        "stops": translate("ResultLayers", "Itinerary Stops"),
        "legs": translate("ResultLayers", "Itinerary Legs"),
        "silences": translate("ResultLayers", "Itinerary Silences"),
        "itineraries": translate("ResultLayers", "Itineraries"),
        "flows": translate("ResultLayers", "Flows of the Findings"),
        "heat": translate("ResultLayers", "Heat"),
        "places": translate("ResultLayers", "Places Measured"),
    }[table]


def require_main_thread() -> None:
    """Raise MainThreadError outside the main thread: layers made elsewhere crash QGIS later."""
    if QThread.currentThread() != QCoreApplication.instance().thread():
        raise MainThreadError("Result layers can only be made in the main thread.")


def open_result_layers(path: str, results: Results) -> Iterator[QgsVectorLayer]:
    """Yield the study's layers from the top down, each opened and styled when it is asked for.

    One layer takes some tens of milliseconds, nearly all of it for its symbols: ask for one per turn of the event
    loop. Tables that are missing or empty have none.
    """
    require_main_thread()
    drawn = first_itineraries(results)
    for table in TOP_DOWN:
        layer = _open_layer(path, table, drawn)
        if layer is not None:
            yield layer


def first_itineraries(results: Results) -> list[int]:
    """Return the ids of the itineraries that are drawn at first."""
    itineraries = results.tables["itineraries"]
    drawn: list[int] = itineraries.loc[itineraries["rank"] <= ITINERARIES_DRAWN, "itinerary_id"].astype(int).tolist()
    return drawn


def draw_itineraries(path: str, ids: Sequence[int]) -> None:
    """Let the layers of itineraries, their stops and legs draw these and no others; styles stay as they are."""
    require_main_thread()
    for table in FOLLOWED:
        layer = find_result_layer(path, table)
        source = _source(path, table, ids, is_whole=False)
        if layer is None or layer.source() == source:
            continue
        # The source anew: with another filter on the same source, GDAL 3.6 loses the other layers of the GeoPackage.
        layer.setDataSource(source, layer.name(), "ogr", False)
        if table == "itineraries" and isinstance(layer.renderer(), QgsRuleBasedRenderer):
            for rule in layer.renderer().rootRule().children():  # that of itineraries beyond the first is off at first
                rule.setActive(True)
        layer.triggerRepaint()


def add_result_layers(path: str, results: Results, layers: Sequence[QgsVectorLayer]) -> QgsLayerTreeGroup:
    """Add the study's layers in one group on top of the layer tree; an earlier group of the same file goes.

    Groups of other studies are hidden and folded: two studies drawn over each other tell every place twice.

    Raises InputError when there are none because the GeoPackage cannot be read.
    """
    require_main_thread()
    if not layers:
        raise InputError(f"{path} has no result tables; choose a GeoPackage written by Sitelight.")
    remove_result_layers(path)
    for other in _study_groups():
        other.setItemVisibilityChecked(False)
        other.setExpanded(False)
    group = QgsProject.instance().layerTreeRoot().insertGroup(0, group_name(path, results))
    group.setCustomProperty(GROUP_KEY, _key(path))
    hidden = hidden_at_first([str(layer.customProperty(ROLE_KEY)) for layer in layers])
    for layer in layers:
        QgsProject.instance().addMapLayer(layer, False)
        node = QgsLayerTreeLayer(layer)
        node.setItemVisibilityChecked(layer.customProperty(ROLE_KEY) not in hidden)
        # The legend of a study with many classes would push the other layers out of sight.
        node.setExpanded(layer.customProperty(ROLE_KEY) in ALWAYS_SHOWN and node.itemVisibilityChecked())
        group.addChildNode(node)  # the tree's view takes its state as it is now
    return group


def remove_result_layers(path: str) -> None:
    """Remove the group made from `path` with its layers, so that nothing holds the file open."""
    require_main_thread()
    for group in _groups_of(path):
        ids = [layer.layerId() for layer in group.findLayers()]
        group.parent().removeChildNode(group)
        QgsProject.instance().removeMapLayers(ids)


def group_name(path: str, results: Results) -> str:
    """Return "Sitelight – <name>, <key dates>"."""
    dates: set[str] = set()
    for table in ("heat", "findings", "itineraries"):
        frame = results.tables.get(table)
        if frame is not None:
            dates.update(str(day) for day in frame["key_date"].unique())
    return inert(", ".join([f"Sitelight – {Path(path).stem}", *sorted(dates)]))


def follow_moved_groups() -> None:
    """Let the groups of a project that was moved know where their GeoPackages are: QGIS mends only the layers."""
    for group in QgsProject.instance().layerTreeRoot().findGroups(True):
        layers = (node.layer() for node in group.findLayers()) if group.customProperty(GROUP_KEY) else ()
        sources = {layer.source().partition("|")[0] for layer in layers if layer is not None and is_result_layer(layer)}
        if len(sources) == 1:
            group.setCustomProperty(GROUP_KEY, _key(sources.pop()))


def find_result_layer(path: str, table: str) -> Optional[QgsVectorLayer]:
    """Return the project's layer of a result table, or None when it was removed."""
    for group in _groups_of(path):
        for node in group.findLayers():
            layer = node.layer()
            if layer is not None and layer.customProperty(ROLE_KEY) == table:
                return layer
    return None


def has_rows(layer: QgsVectorLayer) -> bool:
    """Return whether a layer shows any row: QGIS 3.22 counts those too that the filter in its source leaves out."""
    request = QgsFeatureRequest().setLimit(1)
    request.setFlags(QgsFeatureRequest.Flag.NoGeometry).setNoAttributes()
    return next(layer.getFeatures(request), None) is not None


def is_result_layer(layer: QgsMapLayer) -> bool:
    """Return whether a layer is one of ours."""
    return bool(layer.customProperty(ROLE_KEY))


def open_geopackages() -> list[str]:
    """Return the GeoPackages of all studies in the project."""
    return sorted({str(group.customProperty(GROUP_KEY)) for group in _study_groups()})


def is_open_in_project(path: str) -> bool:
    """Return whether any layer of the project reads `path`."""
    sources = (path_behind(layer.source()) for layer in QgsProject.instance().mapLayers().values())
    return any(source is not None and is_same(source, Path(path)) for source in sources)


def _groups_of(path: str) -> list[QgsLayerTreeGroup]:
    return [group for group in _study_groups() if group.customProperty(GROUP_KEY) == _key(path)]


def _study_groups() -> list[QgsLayerTreeGroup]:
    groups = QgsProject.instance().layerTreeRoot().findGroups(True)
    return [group for group in groups if group.customProperty(GROUP_KEY)]


def _key(path: str) -> str:
    return Path(os.path.realpath(path)).as_posix()


def _open_layer(path: str, table: str, drawn: list[int]) -> Optional[QgsVectorLayer]:
    """Return the layer of a table, None if it is missing or empty; those of itineraries only of the `drawn`."""
    source = _source(path, table, drawn, is_whole=table not in OF_ITINERARIES)
    options = QgsVectorLayer.LayerOptions(QgsProject.instance().transformContext())
    options.loadDefaultStyle = False
    layer = QgsVectorLayer(source, layer_title(table), "ogr", options)
    if not layer.isValid() or (table not in ALWAYS_SHOWN and not has_rows(layer)):
        return None
    dress(layer, table)
    name_fields(layer, table)
    # A style that is read brings its time range switched off.
    temporal = layer.temporalProperties()
    temporal.setIsActive(bool(temporal.startExpression()))
    layer.setCustomProperty(ROLE_KEY, table)
    return layer


def _source(path: str, table: str, ids: Sequence[int], is_whole: bool) -> str:
    """Return where a layer reads a table, all of it if `is_whole`, else the rows of the itineraries `ids`."""
    # The filter is part of the source: set afterwards, GDAL 3.6 loses the other layers of the same GeoPackage.
    subset = "" if is_whole else f"|subset=itinerary_id IN ({','.join(map(str, ids)) or '-1'})"
    return f"{path}|layername={table}{subset}"
