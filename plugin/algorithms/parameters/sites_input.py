"""The sites as parameters of an algorithm: a layer or file of points or polygons, and its columns."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Callable

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterFeatureSource,
)

from ...data.site_layers import SitesSnapshot
from ...data.sites import SiteReading, read_sites_file
from ...engine.base import InputError
from ...engine.places import Sites
from .observations_input import ObservationsAlgorithm, is_selected_only, source_text, source_title


class SitesInputAlgorithm(ObservationsAlgorithm):
    """Base of the algorithms that take sites beside the observations."""

    SITES = "SITES"
    SITE_FIELDS = {
        "name": "SITE_NAME_FIELD", "category": "SITE_CATEGORY_FIELD", "radius": "SITE_RADIUS_FIELD",
        "country": "SITE_COUNTRY_FIELD",
    }

    def add_sites_input(self, help_text: str = "") -> None:
        """Add the layer of sites; `help_text` says what they are for, beside what they are."""
        what = self.tr("Points with a radius in meters, or polygons, with name, category and country.")
        self.add_basic(
            QgsProcessingParameterFeatureSource(
                self.SITES, self.tr("Sites"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            f"{what} {help_text}".strip(),
        )

    def add_sites_settings(self) -> None:
        """Add the column choices of the sites, as advanced parameters."""
        labels = {
            "name": self.tr("Name column of the sites"),
            "category": self.tr("Category column of the sites"),
            "radius": self.tr("Radius column of the sites (meters)"),
            "country": self.tr("Country column of the sites"),
        }
        help_texts = {
            "name": self.tr("Detected when empty."),
            "category": self.tr("Detected when empty. Words of several languages and OpenStreetMap tags are "
                                "understood."),
            "radius": self.tr("Detected when empty. Points without a radius get 150 m."),
            "country": self.tr("Detected when empty. Two-letter codes; a missing one is looked up on the world map."),
        }  # fmt: skip
        self.add_columns(self.SITES, self.SITE_FIELDS, labels, help_texts)

    def take_sites(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Callable[[], SiteReading]:
        """Return what reads the sites, or none, in any thread; main thread only.

        Raises InputError when they cannot be opened or the layer cannot be used.
        """
        given = parameters.get(self.SITES)
        if not given:
            return partial(SiteReading, Sites.empty())
        fields = self.columns_given(self.SITE_FIELDS, parameters, context)
        more = self.more_site_columns(parameters, context)
        layer = self.open_layer(parameters, self.SITES, context)
        if layer is not None and layer.isSpatial():
            return partial(SitesSnapshot(layer, is_selected_only(given)).read, fields, more)
        # A CSV file opens as a table without geometry; the reader of files finds its coordinates.
        path = source_text(given) if layer is None else layer.source().partition("|")[0].partition("?")[0]
        if not os.path.isfile(path):
            raise InputError(f"The sites {source_title(given)} cannot be opened; choose another layer or file.")
        return partial(read_sites_file, path, fields, None, more)

    def more_site_columns(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[str, ...]:
        """Return the columns of the sites that are read beside those of `SITE_FIELDS`."""
        return ()
