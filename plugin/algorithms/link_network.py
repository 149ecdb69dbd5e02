"""`sitelight:linknetwork`: places linked by common devices or by flows, with centralities, clusters and paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from ..data.exports import FORMATS, export_network
from ..data.library import load_vocabulary
from ..engine.base import InputError, Progress
from ..engine.history import Prepared
from ..engine.networks import (
    LINK_COLUMNS,
    LINK_KINDS,
    PLACE_COLUMNS,
    Network,
    NetworkSettings,
    find_network,
    link_table,
    path_between,
    place_table,
    shown_places,
)
from ..engine.study import Study
from .parameters.base import words_of
from .parameters.device_input import WindowAlgorithm
from .parameters.layer_output import LINES, POINTS, LayerOutput
from .parameters.number_parameters import distance_parameter
from .parameters.record_sink import Records
from .parameters.settings_input import Setting, SettingsInput

FIRST_MS, LAST_MS = -(2**62), 2**62
TOLD = 10


class LinkNetworkAlgorithm(WindowAlgorithm):
    """Links places."""

    NAME = "linknetwork"
    TITLE = QT_TRANSLATE_NOOP("LinkNetworkAlgorithm", "Link network of places")
    SHORT = QT_TRANSLATE_NOOP(
        "LinkNetworkAlgorithm",
        "Which places have devices in common or follow each other, and which of them are central."
    )
    HELP = QT_TRANSLATE_NOOP(
        "LinkNetworkAlgorithm",
        "Screens the observations, finds visits and links the places visited. Common devices: how many were at "
        "both. Flows: how many went from one to the other, with nothing at another of these places in between.\n\n"
        "expected is the number of common devices that chance gives places with so many visitors, when every "
        "device keeps its number of places (for devices based in one country; places near each other have more in "
        "common than that for no other reason). lift is devices over expected; q_value allows for the number of "
        "pairs.\n\n"
        "Places have degree (links), betweenness, closeness, eigenvector and PageRank centrality, and their "
        "cluster (1 is the largest; Louvain). They are Sitelight's own, without any package, equal to networkx's. "
        "With two places given, the shortest path between them is marked.\n\n"
        "Cells are shown as the squares of 5 km that they lie in. "
        "No single device is shown. Counts below five are written as <5, without what would tell them."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "LinkNetworkAlgorithm",
        "graph,centrality,betweenness,PageRank,cluster,shortest path,link chart,AllSource"
    )

    LINK_KIND, FROM_PLACE, TO_PLACE = "LINK_KIND", "FROM_PLACE", "TO_PLACE"
    CELL_SIZE, GRAPHML = "CELL_SIZE", "GRAPHML"
    CATEGORIES = "CATEGORIES"
    WRITES_POSITIONS = False  # places only, of which cells are always squares
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "PLACES", "network_places", PLACE_COLUMNS, POINTS,
            QT_TRANSLATE_NOOP("LinkNetworkAlgorithm", "Linked places"),
            QT_TRANSLATE_NOOP("LinkNetworkAlgorithm", "One point per place with its measures, in WGS 84."),
        ),
        LayerOutput(
            "LINKS", "LINK_ROWS", "network_links", LINK_COLUMNS, LINES,
            QT_TRANSLATE_NOOP("LinkNetworkAlgorithm", "Links"),
            QT_TRANSLATE_NOOP("LinkNetworkAlgorithm", "One line per link, straight from place to place, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the places and what links them."""
        self.add_sites_input(self.tr("These are the places; cells may be too."))
        self.add_basic(
            QgsProcessingParameterEnum(
                self.LINK_KIND, self.tr("Links"),
                [self.tr("Common devices"), self.tr("Flows from one place to the next")], defaultValue=0,
            ),
            self.tr("Common devices have no direction, flows have one."),
        )  # fmt: skip
        self.add_window(
            self.tr("Only visits from this time on count. Days are UTC."), self.tr("Only visits up to this time count.")
        )
        self.add_basic(
            QgsProcessingParameterString(self.CATEGORIES, self.tr("Categories (all when empty)"), optional=True),
            self.tr("With commas between, such as military, airport; other words are mapped (garrison, caserne)."),
        )
        for name, label in ((self.FROM_PLACE, self.tr("Shortest path from")), (self.TO_PLACE, self.tr("to"))):
            self.add_basic(
                QgsProcessingParameterString(name, label, optional=True),
                self.tr("Name or id of a place. With both given, the path with the fewest links is marked and told."),
            )

        graphml = QgsProcessingParameterFileDestination(
            self.GRAPHML, self.tr("Network (GraphML)"), "GraphML (*.graphml)", optional=True, createByDefault=False
        )
        self.add_basic(graphml, self.tr("Places and links as a graph, for Gephi, yEd, networkx or igraph."))

    def own_files(self) -> dict[str, Callable[[Path], bool]]:
        """Return how an earlier graph is known."""
        return {self.GRAPHML: FORMATS["graphml"].is_own}

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return what makes a link and a place; the size of cells comes with it."""
        self.add_advanced(
            distance_parameter(self.CELL_SIZE, self.tr("Cell size"), Study.cell_size_m, 50, 50_000),
            self.tr("Width of the hexagons that hold what lies outside of sites."),
        )
        self._network = network_input()
        return (self._network,)

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen."""
        super().read_settings(parameters, context)
        categories = words_of(self.parameterAsString(parameters, self.CATEGORIES, context))
        self._settings: NetworkSettings = replace(
            self._network.read(self, parameters, context),
            kind=LINK_KINDS[self.parameterAsEnum(parameters, self.LINK_KIND, context)],
            categories=tuple(dict.fromkeys(map(load_vocabulary().category_of, categories))),
        )
        self._graphml = self.parameterAsFileOutput(parameters, self.GRAPHML, context)
        self._cell_size_m = self.parameterAsDouble(parameters, self.CELL_SIZE, context)
        if not self._settings.with_cells and not parameters.get(self.SITES):
            raise InputError("A network needs places: give SITES, or switch WITH_CELLS on.")
        start_ms, end_ms = self.read_window(parameters, context)
        self._window = (FIRST_MS if start_ms is None else start_ms, LAST_MS if end_ms is None else end_ms)
        self._ends = [
            self.parameterAsString(parameters, name, context).strip() for name in (self.FROM_PLACE, self.TO_PLACE)
        ]
        if bool(self._ends[0]) != bool(self._ends[1]):
            raise InputError("A path has two ends: give both FROM_PLACE and TO_PLACE, or neither.")

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Link the places."""
        network = find_network(
            prepared.fixes, prepared.sites, prepared.world, self._settings, self._cell_size_m, self._window,
            self.merging, progress,
        )  # fmt: skip
        for note in network.notes:
            feedback.pushWarning(note)
        path = self._path(network, feedback)
        feedback.pushInfo(f"Places: {len(network.places):,}. Links: {len(network.links):,}")
        feedback.pushInfo("Measures: Sitelight's own in numpy (Brandes 2001, Louvain 2008); no other package was used.")
        places = shown_places(network).sort_values("betweenness", ascending=False)
        for row in places.head(TOLD).to_dict("records"):
            feedback.pushInfo(
                f"{row['spot_name']}: {row['degree']} links, betweenness {row['betweenness']:.3f}, "
                f"cluster {row['cluster']}"
            )
        places, links = place_table(network, path), link_table(network, path)
        if self._graphml:
            export_network(self._graphml, places, links, network.kind)
        return [
            records_of(places, PLACE_COLUMNS, QgsWkbTypes.Type.Point),
            records_of(links, LINK_COLUMNS, QgsWkbTypes.Type.MultiLineString),
        ]

    def _path(self, network: Network, feedback: QgsProcessingFeedback) -> np.ndarray:
        """Return the places on the path asked for, and tell it."""
        if not self._ends[0]:
            return np.empty(0, np.int64)
        path = path_between(network, *self._ends, self._settings.weighted)
        names = shown_places(network)["spot_name"].to_numpy()[path]
        if len(path) == 0:
            feedback.pushWarning(f"No path leads from {self._ends[0]} to {self._ends[1]}.")
        else:
            feedback.pushInfo(f"Shortest path ({len(path) - 1} links): {' – '.join(names)}")
        return path


def records_of(table: pd.DataFrame, columns: Mapping[str, str], kind: QgsWkbTypes.Type) -> Records:
    """Return a table of the network as rows of an output."""
    return Records(columns, [table[name].to_numpy() for name in columns], table["geometry"].to_numpy(), kind)


def network_input() -> SettingsInput[NetworkSettings]:
    """Return labels, help and ranges of what makes a place and a link."""
    translate = QCoreApplication.translate
    return SettingsInput(
        NetworkSettings,
        [
            Setting(
                "min_devices",
                translate("NetworkSettings", "Fewest devices of a link"),
                translate("NetworkSettings", "Weaker links are left out, from the measures too."),
                1, 1_000_000,
            ),
            Setting(
                "max_hours",
                translate("NetworkSettings", "Flows: longest time from one place to the next (hours)"),
                translate("NetworkSettings", "From the last fix at one place to the first at the next."),
                0, 87_600,
            ),
            Setting(
                "with_cells",
                translate("NetworkSettings", "Cells outside of sites are places too"),
                translate("NetworkSettings", "Hexagons where enough devices came; otherwise only sites are linked."),
            ),
            Setting(
                "min_visitors",
                translate("NetworkSettings", "Fewest devices of a cell"),
                translate("NetworkSettings", "Cells with fewer are no places. Sites need one device."),
                1, 1_000_000,
            ),
            Setting(
                "max_places",
                translate("NetworkSettings", "Most places"),
                translate("NetworkSettings", "The places with the most devices are taken; 2,000 take some 15 seconds."),
                2, 5_000,
            ),
            Setting(
                "weighted",
                translate("NetworkSettings", "Strong links are short and count more"),
                translate("NetworkSettings", "Otherwise every link counts the same, as in AllSource."),
            ),
        ],
    )  # fmt: skip
