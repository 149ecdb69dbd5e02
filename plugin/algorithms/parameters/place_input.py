"""A place and a window of time as parameters: a layer of polygons or points, a point, or a site; start and end."""

from __future__ import annotations

from datetime import date
from typing import Any, Optional, Union

import numpy as np
import pandas as pd
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsFeatureSource,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterPoint,
    QgsProcessingParameterString,
    QgsWkbTypes,
)
from shapely import wkb

from ...engine.base import InputError
from ...engine.itineraries import AskedPlace
from ...engine.screening import NO_TIME, parse_iso
from ...engine.visits import ChosenPlace, GivenWindow
from .number_parameters import distance_parameter
from .study_input import SpotsAlgorithm

WGS84 = QgsCoordinateReferenceSystem("EPSG:4326")
MAX_FEATURES = 200
FINDING_FIELDS = ("finding_id", "spot_id", "window_start", "window_end")


class PlaceAlgorithm(SpotsAlgorithm):
    """Base of the algorithms that ask about one place in one window, or about those of findings."""

    PLACE, POINT, RADIUS, SITE = "PLACE", "POINT", "RADIUS", "SITE"
    START, END, FINDINGS_LAYER = "START", "END", "FINDINGS_LAYER"

    def add_place_inputs(self) -> None:
        """Add the three ways to give a place."""
        self.add_basic(
            QgsProcessingParameterFeatureSource(
                self.PLACE, self.tr("Place: polygons, or points with the radius"),
                [QgsProcessing.SourceType.TypeVectorPolygon, QgsProcessing.SourceType.TypeVectorPoint], optional=True,
            ),
            self.tr("All its features together are one place. Inside polygons, stays count by their own position."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterPoint(self.POINT, self.tr("or a point"), optional=True),
            self.tr("A point on the map, with the radius."),
        )
        self.add_basic(
            distance_parameter(self.RADIUS, self.tr("Radius around points"), 0, 0, 500_000),
            self.tr("0 means the site at the point, or the cell where there is none."),
        )
        self.add_basic(
            QgsProcessingParameterString(
                self.SITE, self.tr("or the id or name of a site or cell"), optional=True
            ),
            self.tr("One of the sites above, or the id of a cell of this cell size, as in a study's findings."),
        )

    def add_window_inputs(self) -> None:
        """Add start and end; findings bring their own."""
        labels = {
            self.START: self.tr("Start (2023-07-26, or with a time: 2023-07-26T06:00Z)"),
            self.END: self.tr("End (a day belongs to the window as a whole)"),
        }
        help_text = self.tr("Days are local to the place by the sun; times are UTC unless they have an offset.")
        for name, label in labels.items():
            self.add_basic(QgsProcessingParameterString(name, label, optional=True), help_text)

    def add_findings_input(self) -> None:
        """Add the findings of a study, as another way to give places and windows."""
        self.add_basic(
            QgsProcessingParameterFeatureSource(
                self.FINDINGS_LAYER, self.tr("or findings of a study"), [QgsProcessing.SourceType.TypeVectorPoint],
                optional=True,
            ),
            self.tr("Their places and windows; start and end are left empty then. Select some findings and tick "
                    "“Selected features only”."),
        )  # fmt: skip

    def has_place(self, parameters: dict[str, Any]) -> bool:
        """Return whether any of the ways to give a place is used."""
        return any(parameters.get(name) for name in (self.PLACE, self.POINT, self.SITE))

    def take_place(self, parameters: dict[str, Any], context: QgsProcessingContext) -> ChosenPlace:
        """Return the place chosen; main thread only. Raises InputError when none or more than one way is used."""
        given = [name for name in (self.PLACE, self.POINT, self.SITE) if parameters.get(name)]
        if len(given) != 1:
            raise InputError("Give the place in one way: as a layer (PLACE), a point (POINT) or a site (SITE).")
        radius_m = self.parameterAsDouble(parameters, self.RADIUS, context)
        if given == [self.SITE]:
            return ChosenPlace(spot=self.parameterAsString(parameters, self.SITE, context).strip())
        if given == [self.POINT]:
            point = self.parameterAsPoint(parameters, self.POINT, context, WGS84)
            return ChosenPlace(lat=np.array([point.y()]), lon=np.array([point.x()]), radius_m=radius_m)
        source = self.parameterAsSource(parameters, self.PLACE, context)
        if source is None:
            raise InputError("The layer of the place cannot be opened; choose another one.")
        return _place_of(source, context, radius_m)

    def take_places(self, parameters: dict[str, Any], context: QgsProcessingContext) -> list[AskedPlace]:
        """Return the place with its window, or those of the findings."""
        if not parameters.get(self.FINDINGS_LAYER):
            return [AskedPlace(self.take_place(parameters, context), self.take_window(parameters, context))]
        if self.has_place(parameters):
            raise InputError("Give either a place (PLACE, POINT or SITE) or findings (FINDINGS_LAYER), not both.")
        source = self.parameterAsSource(parameters, self.FINDINGS_LAYER, context)
        if source is None:
            raise InputError("The layer of findings cannot be opened; choose the findings of a study.")
        return read_findings(source)

    def take_window(self, parameters: dict[str, Any], context: QgsProcessingContext) -> GivenWindow:
        """Return start and end; raise InputError for one that is missing or none."""
        return GivenWindow(*(
            parse_moment(self.parameterAsString(parameters, name, context), name) for name in (self.START, self.END)
        ))  # fmt: skip


def parse_moment(text: str, name: str) -> Union[date, int]:
    """Return a day, or UTC epoch ms of a time; raise InputError naming the parameter if the text is neither."""
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        time_ms = _time_ms(text)
    if time_ms is None:
        raise InputError(f"{name} is “{text}”; write a day as 2023-07-26 or a time as 2023-07-26T06:00Z.")
    return time_ms


def _time_ms(text: str) -> Optional[int]:
    time_ms = int(parse_iso(pd.Series([text], dtype=object))[0]) if len(text) > 10 else int(NO_TIME)
    return None if time_ms == NO_TIME else time_ms


def read_findings(source: QgsFeatureSource) -> list[AskedPlace]:
    """Return the spots and windows of a layer of findings; raise InputError when it is none or too long."""
    missing = [name for name in FINDING_FIELDS if name not in source.fields().names()]
    if missing:
        raise InputError(f"The layer has no column {missing[0]}; choose the findings of a study.")
    places = [source.fields().indexFromName(name) for name in FINDING_FIELDS]
    request = QgsFeatureRequest().setSubsetOfAttributes(places)
    asked: list[AskedPlace] = []
    for number, feature in enumerate(source.getFeatures(request), start=1):
        if len(asked) == MAX_FEATURES:
            raise InputError(f"There are more than {MAX_FEATURES} findings; select those that you mean.")
        try:
            start, end = (date.fromisoformat(str(feature[name])[:10]) for name in FINDING_FIELDS[2:])
            finding = int(feature["finding_id"])
        except (TypeError, ValueError) as error:
            raise InputError(f"Row {number} is no finding with a window; choose the findings of a study.") from error
        asked.append(
            AskedPlace(ChosenPlace(spot=str(feature["spot_id"])), GivenWindow(start, end), finding)
        )
    if not asked:
        raise InputError("The layer of findings has no features; select findings, or choose another layer.")
    return asked


def _place_of(source: QgsFeatureSource, context: QgsProcessingContext, radius_m: float) -> ChosenPlace:
    """Return the features of a layer as one place in degrees."""
    if not source.sourceCrs().isValid():
        raise InputError("The layer of the place has no CRS; set it, then run again.")
    transform = QgsCoordinateTransform(source.sourceCrs(), WGS84, context.transformContext())
    shapes = []
    for feature in source.getFeatures(QgsFeatureRequest().setNoAttributes()):
        if not feature.hasGeometry():
            continue
        if len(shapes) == MAX_FEATURES:
            raise InputError(f"The place has more than {MAX_FEATURES} features; select those that you mean.")
        geometry = QgsGeometry(feature.geometry())
        geometry.transform(transform)
        shapes.append(geometry)
    if not shapes:
        raise InputError("The layer of the place has no features; draw one, or select those that you mean.")
    if QgsWkbTypes.geometryType(source.wkbType()) == QgsWkbTypes.GeometryType.PolygonGeometry:
        union = QgsGeometry.unaryUnion([shape.makeValid() for shape in shapes])
        return ChosenPlace(polygon=wkb.loads(bytes(union.asWkb())))
    points = [point for shape in shapes for point in shape.vertices()]
    return ChosenPlace(
        lat=np.array([point.y() for point in points]), lon=np.array([point.x() for point in points]), radius_m=radius_m
    )
