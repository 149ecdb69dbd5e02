"""From what the analyst chose in the panel to the readers of `plugin.data`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Callable, Optional

import numpy as np
import pandas as pd
from qgis.core import QgsVectorLayer, QgsWkbTypes
from qgis.PyQt.QtCore import QCoreApplication

from ...data.observation_files import open_observations_file, open_table
from ...data.observation_layers import open_layer, take_layer
from ...data.reading_rules import SeenTable
from ...data.site_layers import SitesSnapshot, peek_sites_layer
from ...data.sites import SiteReading, peek_sites_file, read_sites_file
from ...engine.base import SitelightError
from ...engine.places import Sites
from ...engine.screening import (
    NO_TIME,
    ROLES,
    UNITS,
    DateParts,
    ObservationSource,
    ReadingSettings,
    Roles,
    TimeFormat,
    detect_roles,
    detect_time_format,
    find_companions,
    readable,
)
from .input_group import Detected

translate = QCoreApplication.translate
CLOCKS_AHEAD = 0.03
SITE_ROLES = ("name", "category", "radius", "country")


def detect_observations(layer: Optional[QgsVectorLayer], path: str) -> Detected:
    """Return the columns of the chosen observations and the role each was given; raises InputError."""
    table = SeenTable.of(open_layer(layer) if layer is not None else open_table(path))
    names, sample, has_points = table.names, table.sample, table.has_geometry
    roles = detect_roles(names, sample, has_points).roles

    def summarise(chosen: Mapping[str, str], settings: ReadingSettings) -> str:
        # An empty column is detected again by the run, but for the accuracy, which may be none.
        read = {role: chosen.get(role) or getattr(roles, role) for role in ROLES}
        read["accuracy"] = chosen.get("accuracy") or None
        if settings.one_device:
            read["device"] = translate("Inputs", "one for all records")
        if chosen.get("position"):
            read["lat"] = read["lon"] = None
        times = _time_format(sample, read["time"], read["clock"], settings)
        summary = observations_summary(Roles(**read), times, has_points, _parts_of(sample, read["time"]))
        return "\n".join((summary, *table.rules(_asked(chosen), settings)))

    return Detected(
        tuple(readable(names)),
        {role: getattr(roles, role) or "" for role in ROLES},
        summarise,
        _last_day(sample, roles, _time_format(sample, roles.time, roles.clock)),
    )


def _time_format(
    sample: pd.DataFrame, column: Optional[str], clock: Optional[str], settings: Optional[ReadingSettings] = None
) -> Optional[TimeFormat]:
    if not column:
        return None
    return detect_time_format(_dates(sample, column), settings or ReadingSettings(), sample[clock] if clock else None)


def _dates(sample: pd.DataFrame, column: str) -> pd.Series:
    parts = _parts_of(sample, column)
    return sample[column] if parts is None else parts.joined(sample)


def _parts_of(sample: pd.DataFrame, column: Optional[str]) -> Optional[DateParts]:
    """Return the columns of a date's parts if `column` is that of its year."""
    return find_companions(list(sample.columns), sample, [column]).parts if column else None


def is_fit_for_observations(layer: QgsVectorLayer) -> bool:
    """Return whether a layer can be read as observations: by its names, and then by some rows with times in them."""
    if not layer.isValid() or not _looks_like_observations(layer):
        return False
    try:
        found = detect_observations(layer, "")
    except SitelightError:
        return False
    has_position = bool((found.chosen["lat"] and found.chosen["lon"]) or found.chosen["position"]) or layer.isSpatial()
    return bool(found.chosen["device"] and found.chosen["time"]) and has_position and found.last_day is not None


def is_fit_for_sites(layer: QgsVectorLayer) -> bool:
    """Return whether a layer has points or polygons, a category or radius field, no time, and rows."""
    shapes = (QgsWkbTypes.GeometryType.PointGeometry, QgsWkbTypes.GeometryType.PolygonGeometry)
    names = {field.name().lower() for field in layer.fields()}
    if not layer.isValid() or layer.geometryType() not in shapes or not names & {"category", "radius_m", "radius"}:
        return False
    return layer.featureCount() != 0 and not _looks_like_observations(layer)


def _looks_like_observations(layer: QgsVectorLayer) -> bool:
    """Return whether the names of a layer's fields alone show observations; reads no feature."""
    names = [field.name() for field in layer.fields()]
    has_points = layer.geometryType() == QgsWkbTypes.GeometryType.PointGeometry
    if not has_points and layer.isSpatial():
        return False
    roles = detect_roles(names, pd.DataFrame(columns=names), has_points).roles
    return bool(roles.device and roles.time and (has_points or roles.lat))


def observations_summary(
    roles: Roles, times: Optional[TimeFormat], has_points: bool, dated_by: Optional[DateParts] = None
) -> str:
    """Return one line that names the column of each role, and what is missing."""
    missing, position = translate("Inputs", "not found"), translate("Inputs", "Position")
    columns = dated_by.columns() if dated_by else [roles.time or missing]
    time_text = " + ".join((*columns, roles.clock) if roles.clock else columns)
    if times is not None:
        time_text += f" ({time_words(times)})"
    parts = [
        "{}: {}".format(translate("Inputs", "Device"), roles.device or missing),
        "{}: {}".format(translate("Inputs", "Time"), time_text),
    ]
    if has_points and not roles.lat:
        parts.append(translate("Inputs", "Position: points of the layer"))
    elif roles.position:
        parts.append(f"{position}: {roles.position}")
    else:
        parts.append(f"{position}: {roles.lat or missing}, {roles.lon or missing}")
    parts.append("{}: {}".format(translate("Inputs", "Accuracy"), roles.accuracy or translate("Inputs", "none")))
    return " · ".join(parts)


def time_words(times: TimeFormat) -> str:
    """Return how a time column is written, in a few words."""
    if times.kind == "epoch":
        words = {"s": translate("Inputs", "epoch seconds"), "ms": translate("Inputs", "epoch milliseconds")}
        return words.get(times.unit, UNITS[times.unit].words)
    if times.kind == "dated":
        orders = {
            "dmy": translate("Inputs", "day first"), "mdy": translate("Inputs", "month first"),
            "ymd": translate("Inputs", "year first"),
        }  # fmt: skip
        return orders.get(times.order, times.order)
    return translate("Inputs", "ISO 8601") if times.kind == "iso" else translate("Inputs", "date and time")


def take_observations(
    layer: Optional[QgsVectorLayer],
    path: str,
    chosen: Mapping[str, str],
    is_selected_only: bool,
    settings: Optional[ReadingSettings] = None,
) -> Callable[[], ObservationSource]:
    """Return what opens the observations in the background; raises InputError for a layer that cannot be used."""
    given = _asked(chosen)
    if layer is not None:
        return partial(take_layer(layer, is_selected_only).open_source, given, settings)
    return partial(open_observations_file, path, given, settings=settings)


def _asked(chosen: Mapping[str, str]) -> Roles:
    """Return the columns chosen in the panel.

    An empty accuracy column is a choice, any other empty one asks for detection.
    """
    given: dict[str, Optional[str]] = {role: chosen.get(role) or None for role in ROLES}
    return Roles(**{**given, "accuracy": chosen.get("accuracy", "")})


def _last_day(sample: pd.DataFrame, roles: Roles, times: Optional[TimeFormat]) -> Optional[date]:
    if times is None:
        return None
    time_ms = times.parse(_dates(sample, str(roles.time)), sample[roles.clock] if roles.clock else None)
    time_ms = time_ms[time_ms != NO_TIME]
    if len(time_ms) == 0:
        return None
    # Some clocks run years ahead: the last of the sample's days but for its last few records.
    last_ms = int(np.sort(time_ms)[int((1.0 - CLOCKS_AHEAD) * (len(time_ms) - 1))])
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=last_ms)).date()


def detect_sites(layer: Optional[QgsVectorLayer], path: str) -> Detected:
    """Return the columns of the chosen sites and the role each was given; raises InputError."""
    names, chosen, _count = peek_sites_layer(layer) if layer is not None else peek_sites_file(path)
    return Detected(tuple(readable(names)), chosen, sites_summary)


def sites_summary(chosen: Mapping[str, str], _settings: Optional[ReadingSettings] = None) -> str:
    """Return one line that names the column of each role."""
    summary = translate("Inputs", "Name: {name} · Category: {category} · Radius: {radius} · Country: {country}")
    none = translate("Inputs", "none")
    return summary.format(**{role: chosen.get(role) or none for role in SITE_ROLES})


def take_sites(
    layer: Optional[QgsVectorLayer], path: str, chosen: Mapping[str, str], is_selected_only: bool
) -> Callable[[], SiteReading]:
    """Return what reads the chosen sites, or none, in the background; raises InputError for an unusable layer."""
    if layer is not None:
        return partial(SitesSnapshot(layer, is_selected_only).read, chosen)
    return partial(read_sites_file, path, chosen) if path else partial(SiteReading, Sites.empty())
