"""`sitelight:compareareas`: which devices were in which areas, by location or by location and time."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
import pandas as pd
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP, Qt
from shapely.geometry import MultiPolygon, Polygon

from ..engine.base import InputError, Progress
from ..engine.earth import DAY_MS, HOUR_MS, circles
from ..engine.history import Prepared
from ..engine.places import Sites
from ..engine.screening import NO_TIME, parse_times
from ..engine.tables import MIN_SHOWN, shown_count
from ..engine.tracks import NEAR, TIME_RELATIONSHIPS, AreaTimes, compare_areas
from .parameters.device_input import DevicesAlgorithm
from .parameters.layer_output import POLYGONS, LayerOutput
from .parameters.number_parameters import number_parameter
from .parameters.record_sink import BIG_INTEGER, INTEGER, TEXT, UTC, Records

SCHEMA = {
    "device": TEXT, "area_id": TEXT, "area_name": TEXT, "category": TEXT, "country": TEXT, "n_fixes": INTEGER,
    "areas": INTEGER,
}  # fmt: skip
TIME_SCHEMA = {
    "enter_time": UTC, "enter_time_ms": BIG_INTEGER, "exit_time": UTC, "exit_time_ms": BIG_INTEGER,
    "duration": BIG_INTEGER,
}  # fmt: skip
LOCATION, LOCATION_TIME = range(2)
YEAR_HOURS = 8_760


class CompareAreasAlgorithm(DevicesAlgorithm):
    """Compares the devices of several areas."""

    NAME = "compareareas"
    TITLE = QT_TRANSLATE_NOOP("CompareAreasAlgorithm", "Compare areas")
    SHORT = QT_TRANSLATE_NOOP(
        "CompareAreasAlgorithm",
        "Which devices were in which of several areas, when they entered and left, and for how long."
    )
    HELP = QT_TRANSLATE_NOOP(
        "CompareAreasAlgorithm",
        "Screens the observations and looks which devices were in which areas. One row per area and device: the "
        "area's shape, id and name, the device, its fixes there, and in how many of the areas it was (areas).\n\n"
        "Location only: whenever they were there. Location and time: only fixes near the time of the area, which "
        "comes from columns of the areas, or from start and end for all of them. “Near” is within the time "
        "difference on both sides, “near before” and “near after” on one side only.\n\n"
        "With time statistics: enter_time and exit_time (first and last fix there, UTC) and duration in seconds. "
        "A device may have been elsewhere in between.\n\n"
        "Single devices are shown, so write down a purpose. A device is not a person."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "CompareAreasAlgorithm",
        "common devices,enter,exit,duration,co-occurrence,movement,AllSource"
    )

    RELATIONSHIP, TIME_RELATIONSHIP, TIME_DIFFERENCE = "RELATIONSHIP", "TIME_RELATIONSHIP", "TIME_DIFFERENCE"
    INCLUDE_TIME_STATISTICS = "INCLUDE_TIME_STATISTICS"
    AREA_TIMES = ("AREA_START_FIELD", "AREA_END_FIELD")
    WRITES_POSITIONS = False  # the shapes are those of the areas
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "ROWS", "compared_areas", SCHEMA, POLYGONS,
            QT_TRANSLATE_NOOP("CompareAreasAlgorithm", "Compared areas"),
            QT_TRANSLATE_NOOP("CompareAreasAlgorithm", "One polygon per area and device that was there, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the areas and the relationship in time."""
        self.add_sites_input(self.tr("These are the areas; they may overlap."))
        self.add_basic(
            QgsProcessingParameterEnum(
                self.RELATIONSHIP, self.tr("Relationship"), [self.tr("Location only"), self.tr("Location and time")],
                defaultValue=LOCATION,
            ),
            self.tr("Whether the time of the areas counts too."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterEnum(
                self.TIME_RELATIONSHIP, self.tr("Time relationship"),
                [self.tr("Near"), self.tr("Near before"), self.tr("Near after")], defaultValue=0,
            ),
            self.tr("With location and time: on which side of the area's time a fix must lie."),
        )  # fmt: skip
        self.add_basic(
            number_parameter(self.TIME_DIFFERENCE, self.tr("Time difference (hours)"), 0.0, 0, YEAR_HOURS),
            self.tr("With location and time: how far from the area's time a fix may lie. 0 with “near” means at that "
                    "time only."),
        )  # fmt: skip
        self.add_window(
            self.tr("With location and time: the time of the areas, where they have no columns for it. Days are UTC."),
            self.tr("The end of that time. Empty means as long as the start: a day, or one moment."),
        )
        self.add_basic(
            QgsProcessingParameterBoolean(
                self.INCLUDE_TIME_STATISTICS, self.tr("Include time statistics"), defaultValue=False
            ),
            self.tr("Adds enter_time, exit_time and duration."),
        )
        labels = (self.tr("Column of the areas with their start"), self.tr("Column of the areas with their end"))
        for name, label in zip(self.AREA_TIMES, labels):
            self.add_advanced(
                QgsProcessingParameterField(name, label, parentLayerParameterName=self.SITES, optional=True),
                self.tr("With location and time. Times without a zone are UTC, a date alone is its midnight; without "
                        "an end, the start is the end."),
            )

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen; location and time needs a time."""
        super().read_settings(parameters, context)
        if not parameters.get(self.SITES):
            raise InputError("Give the areas to compare as SITES: polygons, or points with a radius.")
        self._has_time = self.parameterAsEnum(parameters, self.RELATIONSHIP, context) == LOCATION_TIME
        self._relationship = TIME_RELATIONSHIPS[self.parameterAsEnum(parameters, self.TIME_RELATIONSHIP, context)]
        self._difference_ms = round(self.parameterAsDouble(parameters, self.TIME_DIFFERENCE, context) * HOUR_MS)
        self._fields = [
            self.column_given(name, parameters, context) for name in self.AREA_TIMES
        ]
        start_ms, end_ms = self.read_window(parameters, context)
        if start_ms is None:
            self._window = (NO_TIME, NO_TIME)
        else:
            is_day = len(self.parameterAsString(parameters, self.START, context).strip()) == len("2023-07-26")
            self._window = (start_ms, start_ms + is_day * DAY_MS - is_day if end_ms is None else end_ms - 1)
        self._statistics = self.parameterAsBool(parameters, self.INCLUDE_TIME_STATISTICS, context)
        self._ignored = [] if self._has_time else [
            name for name in (self.START, self.END, *self.AREA_TIMES) if parameters.get(name)
        ]  # fmt: skip
        if self._has_time and not self._fields[0] and self._window[0] == NO_TIME:
            raise InputError("“Location and time” needs the time of the areas: give START, or AREA_START_FIELD.")
        if self._has_time and self._relationship != NEAR and self._difference_ms == 0:
            raise InputError(f"TIME_DIFFERENCE must be above 0 hours for “{self._relationship}”.")

    def more_site_columns(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[str, ...]:
        """Return the columns with the times of the areas."""
        return tuple(filter(None, self._fields))

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Compare the areas."""
        if self._ignored:
            feedback.pushWarning(f"Ignored, because only the location counts: {', '.join(self._ignored)}")
        areas = prepared.sites
        found = compare_areas(prepared.fixes, areas, self._times(prepared), progress)
        seen = np.bincount(found["area"], minlength=len(areas))
        for area in np.argsort(-np.where(seen < MIN_SHOWN, 0, seen), kind="stable")[:20]:
            # Each device is a row of its own, so that an area without any is seen anyhow.
            count = shown_count(int(seen[area])) if seen[area] else "0"
            feedback.pushInfo(f"{areas.name[area]}: {count} devices")
        area = found["area"].to_numpy()
        schema, columns = dict(SCHEMA), [
            prepared.fixes.pseudonyms[found["device"].to_numpy()],
            *(column[area] for column in (areas.site_id, areas.name, areas.category, areas.country)),
            found["n_fixes"].to_numpy(), found["areas"].to_numpy(),
        ]  # fmt: skip
        if self._statistics:
            schema.update(TIME_SCHEMA)
            columns += [found[name].to_numpy() for name in ("enter_ms", "enter_ms", "exit_ms", "exit_ms", "duration")]
        return [Records(schema, columns, area_shapes(areas)[area], QgsWkbTypes.Type.MultiPolygon)]

    def _times(self, prepared: Prepared) -> Optional[AreaTimes]:
        """Return when each area counts, None if only the location does."""
        if not self._has_time:
            return None
        areas, reading = prepared.sites, self.reading
        start, end = (np.full(len(areas), time_ms, np.int64) for time_ms in self._window)
        if reading.attributes is not None and self._fields[0]:
            kept = pd.Index(reading.sites.site_id).get_indexer(areas.site_id)
            given = [_times_of(reading.attributes, field)[kept] if field else None for field in self._fields]
            known = given[0] != NO_TIME
            own_end = given[0] if given[1] is None else np.where(given[1] == NO_TIME, given[0], given[1])
            start, end = np.where(known, given[0], start), np.where(known, own_end, end)
        return AreaTimes(start, end, self._relationship, self._difference_ms)


def _times_of(attributes: pd.DataFrame, field: str) -> np.ndarray:
    """Return a column as UTC epoch ms; raise InputError if the areas do not have it, or if it holds no times."""
    if field not in attributes:
        raise InputError(f"The areas have no column “{field}”. Choose one of theirs.")
    iso = Qt.DateFormat.ISODate
    values = attributes[field].map(lambda value: value.toString(iso) if hasattr(value, "toString") else value)
    return parse_times(values, column=field)[0]


def area_shapes(areas: Sites) -> np.ndarray:
    """Return the shapes of areas as WKB multi-polygons (object array); points with a radius as circles."""
    outline = circles(areas.lat, areas.lon, areas.radius_m)
    shapes = np.empty(len(areas), dtype=object)
    for row, polygon in enumerate(areas.polygon):
        whole = Polygon(outline[row]) if polygon is None else polygon
        shapes[row] = MultiPolygon(list(getattr(whole, "geoms", [whole]))).wkb
    return shapes
