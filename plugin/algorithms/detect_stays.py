"""`sitelight:detectstays`: observations to stays as points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..engine.base import Progress
from ..engine.earth import points
from ..engine.history import Prepared
from ..engine.homes import halted_sites, show_halts, shown_stays
from ..engine.places import Sites
from ..engine.stays import SlidingSettings, Stays, detect_sliding_stays, detect_stays
from .parameters.detector_settings import sliding_input
from .parameters.layer_output import POINTS, LayerOutput
from .parameters.record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, UTC, Records
from .parameters.settings_input import SettingsInput
from .parameters.stays_input import StaysAlgorithm, rounded

SCHEMA = {
    "device": TEXT, "started": UTC, "started_ms": BIG_INTEGER, "finished": UTC, "finished_ms": BIG_INTEGER,
    "arrived": UTC, "arrived_ms": BIG_INTEGER, "departed": UTC, "departed_ms": BIG_INTEGER, "lat": REAL,
    "lon": REAL, "radius_m": REAL, "n_fixes": INTEGER,
}  # fmt: skip
SITE_SCHEMA = {"spot_id": TEXT, "spot_name": TEXT, "category": TEXT, "country": TEXT}
MERGING, SLIDING = range(2)


class DetectStaysAlgorithm(StaysAlgorithm):
    """Finds where devices remained."""

    NAME = "detectstays"
    TITLE = QT_TRANSLATE_NOOP("DetectStaysAlgorithm", "Detect stays")
    SHORT = QT_TRANSLATE_NOOP("DetectStaysAlgorithm", "Finds where and when devices remained near one point.")
    HELP = QT_TRANSLATE_NOOP(
        "DetectStaysAlgorithm",
        "Screens the observations and finds stays: a device remaining near one point. The log accounts for every "
        "row read.\n\n"
        "Detector: merging serves sparse and dense data with one default. Sliding is the classical method, with "
        "the results of trackintel, for comparison; it needs dense data. Each uses its own advanced parameters; "
        "those of the other are ignored.\n\n"
        "started and finished are the first and last fix of a stay. arrived and departed are estimates inside the "
        "gaps around it (merging), or the first fix inside and the first one outside (sliding). Times are UTC; "
        "the …_ms columns hold milliseconds since 1970.\n\n"
        "Stays at a site are shown at its centre, all others in the middle of a square of 5 km; estimates of arrival "
        "and departure rest on these positions. Exact positions tell where devices live: they are an advanced "
        "choice, which needs a purpose.\n\n"
        "With sites, each stay also gets the id, name, category and country of the site that contains it; they "
        "are empty where none does.\n\n"
        "Rest the pointer on a parameter to read what it does."
    )
    TAGS = QT_TRANSLATE_NOOP("DetectStaysAlgorithm", "stay points,stops,dwell,trajectory,movement")

    DETECTOR = "DETECTOR"
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "STAYS", "detected_stays", SCHEMA, POINTS,
            QT_TRANSLATE_NOOP("DetectStaysAlgorithm", "Stays"),
            QT_TRANSLATE_NOOP("DetectStaysAlgorithm", "One point per stay, in WGS 84."),
        ),
    )  # fmt: skip
    HAS_ESTIMATES = True

    def add_choices(self) -> None:
        """Add the sites and the choice of the detector."""
        self.add_sites_input(self.tr("Each stay gets the site that contains it."))
        options = (self.tr("Merging, for sparse and dense data"), self.tr("Sliding, as trackintel"))
        self.add_basic(
            QgsProcessingParameterEnum(self.DETECTOR, self.tr("Detector"), options, defaultValue=MERGING),
            self.tr("Merging serves sparse and dense data. Sliding is the classical method, for comparison."),
        )

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return the settings of the sliding detector."""
        self._sliding = sliding_input()
        return (self._sliding,)

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen, and which were given to the detector that is not."""
        super().read_settings(parameters, context)
        self._sliding_limits: SlidingSettings = self._sliding.read(self, parameters, context)
        self._detector = self.parameterAsEnum(parameters, self.DETECTOR, context)
        other = self._sliding if self._detector == MERGING else self._merging
        self._ignored = list(other.changed(self, parameters, context))

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Detect the stays with the chosen detector."""
        feedback.pushInfo(
            "Detector: merging, for sparse and dense data" if self._detector == MERGING
            else "Detector: sliding, as trackintel"
        )  # fmt: skip
        if self._ignored:
            feedback.pushWarning(f"Ignored, because they belong to the other detector: {', '.join(self._ignored)}")
        stays, site = self._detect(prepared, progress)
        times = (stays.start_ms, stays.end_ms, stays.arrived_ms, stays.departed_ms)
        columns = [
            prepared.fixes.pseudonyms[stays.device], *(time_ms for time_ms in times for _ in range(2)),
            stays.lat, stays.lon, rounded(stays.radius_m, 2), stays.n_fixes,
        ]  # fmt: skip
        schema = dict(SCHEMA)
        if self.has_sites:
            schema.update(SITE_SCHEMA)
            columns += site_columns(prepared.sites, site)
        return [Records(schema, columns, points(stays.lat, stays.lon), QgsWkbTypes.Type.Point)]

    def _detect(self, prepared: Prepared, progress: Progress) -> tuple[Stays, np.ndarray]:
        """Return the stays as they are written, and the site (row, -1: none) of each."""
        sites = prepared.sites
        if self._detector == SLIDING:
            stays = detect_sliding_stays(prepared.fixes, self._sliding_limits, progress)
            site = halted_sites(stays, sites)
            at = show_halts(stays, site, sites)
            return stays if self.is_exact else replace(stays, lat=at.lat, lon=at.lon), site
        halts = detect_stays(prepared.fixes, self.merging, progress, keep_short=True)
        site = halted_sites(halts, sites)
        shown = halts if self.is_exact else shown_stays(halts, site, sites, self.merging)
        return shown.take(halts.lasting), site[halts.lasting]


def site_columns(sites: Sites, site: np.ndarray) -> list[np.ndarray]:
    """Return the columns of `SITE_SCHEMA`: of the site (row) of each stay, "" where there is none."""
    return [np.append(values, "")[site] for values in (sites.site_id, sites.name, sites.category, sites.country)]
