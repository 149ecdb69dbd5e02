"""`sitelight:findcotravelers`: pairs of devices that travel together, as lines, with what chance would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from shapely.geometry import MultiLineString

from ..engine.base import Progress
from ..engine.companions import Cotravelers, CotravelSettings, find_cotravelers
from ..engine.earth import HOUR_MS, distance_km, plane_distance_m, points, split_at_antimeridian, unwrapped
from ..engine.history import Prepared
from ..engine.homes import HaltedSites, show_positions
from ..engine.places import sites_at
from ..engine.stays import detect_stays
from .parameters.device_input import DevicesAlgorithm
from .parameters.layer_output import LINES, POINTS, LayerOutput
from .parameters.number_parameters import distance_parameter, number_parameter
from .parameters.record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, UTC, Records
from .parameters.settings_input import Setting, SettingsInput

SPREAD = ("max", "min", "mean", "std")
PAIRS_SCHEMA = {
    "unique_pair_id": INTEGER, "traveler_id": TEXT, "cotraveler_id": TEXT,
    **{f"{name}_{kind}": REAL for name in ("time_diff", "dist_diff") for kind in SPREAD},
    "unique_pair_id_count": INTEGER, "joint_events": INTEGER, "joint_duration": REAL, "joint_places": INTEGER,
    "days": INTEGER, "distance_km": REAL, "hours_both_out": INTEGER, "expected_by_chance": REAL, "log10_lr": REAL,
    "q_value": REAL, "first_time": UTC, "first_ms": BIG_INTEGER, "last_time": UTC, "last_ms": BIG_INTEGER,
}  # fmt: skip
POINTS_SCHEMA = {
    "traveler_id": TEXT, "cotraveler_id": TEXT, "X": REAL, "Y": REAL, "X_cotraveler": REAL, "Y_cotraveler": REAL,
    "traveler_time": UTC, "traveler_ms": BIG_INTEGER, "cotraveler_time": UTC, "cotraveler_ms": BIG_INTEGER,
    "distance_difference": REAL, "time_difference": REAL, "cotraveling_pair_id": INTEGER,
}  # fmt: skip
MAX_Q = 0.05
TOLD = 8


class FindCotravelersAlgorithm(DevicesAlgorithm):
    """Finds devices that travel together."""

    NAME = "findcotravelers"
    TITLE = QT_TRANSLATE_NOOP("FindCotravelersAlgorithm", "Find cotravelers")
    SHORT = QT_TRANSLATE_NOOP(
        "FindCotravelersAlgorithm",
        "Pairs of devices that were near each other in place after place, and what chance would do."
    )
    HELP = QT_TRANSLATE_NOOP(
        "FindCotravelersAlgorithm",
        "Screens the observations and finds pairs of devices that were within the search distance and the time "
        "difference of each other at two places or more (advanced: once is enough), for the minimum cotraveling "
        "duration in all. For data seen only now and then use the mode for sparse "
        "data: it compares halts instead of single fixes, with tolerances of its own (advanced). Home and work "
        "are not compared.\n\n"
        "expected_by_chance is how many of the joint events chance gives two devices with such habits in such a "
        "crowd. log10_lr is how much likelier everything seen is, hours apart included, if the two travel together "
        "on some days: 3 is a thousand times. q_value is the share of false ones among the pairs at least as "
        "strong, found by moving half of the devices by a week. Only pairs with a q up to the limit are "
        "written; 1 writes all.\n\n"
        "Commuters on one train are near each other every day; their habits explain it, so their ratio is low. Two "
        "that always travel together at the same hour to the same place look like commuters and are not found.\n\n"
        "Points: each pair of sightings that were near each other. Places that are sites "
        "are shown at their centre, all others in the middle of a square of 5 km, and distance_km is the length of the "
        "line, unless exact positions are chosen (advanced).\n\n"
        "Single devices are shown, so write down a purpose. A device is not a person, and being near is not "
        "contact."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "FindCotravelersAlgorithm",
        "co-travel,companions,convoy,together,trajectory,movement,AllSource"
    )

    NEEDS_STAYS = True
    SEARCH_DISTANCE, TIME_DIFFERENCE, SPARSE, MAX_Q = "SEARCH_DISTANCE", "TIME_DIFFERENCE", "SPARSE", "MAX_Q"
    MINIMUM_COTRAVELING_DURATION = "MINIMUM_COTRAVELING_DURATION"
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "PAIRS", "cotravelers", PAIRS_SCHEMA, LINES,
            QT_TRANSLATE_NOOP("FindCotravelersAlgorithm", "Cotravelers"),
            QT_TRANSLATE_NOOP(
                "FindCotravelersAlgorithm",
                "One line per pair through the places where the two were together, in WGS 84."
            ),
        ),
        LayerOutput(
            "POINTS", "POINT_ROWS", "cotravel_points", POINTS_SCHEMA, POINTS,
            QT_TRANSLATE_NOOP("FindCotravelersAlgorithm", "Points together"),
            QT_TRANSLATE_NOOP("FindCotravelersAlgorithm", "One point per two sightings near each other, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the purpose and the peer's parameters."""
        self.add_sites_input(self.tr("Places at these are shown; what lies in sensitive ones is left out."))
        self.add_basic(
            distance_parameter(
                self.SEARCH_DISTANCE, self.tr("Search distance"), CotravelSettings.distance_m, 0.1, 50_000
            ),
            self.tr("Fixes farther apart are not together. 30.48 m are 100 feet."),
        )
        self.add_basic(
            number_parameter(
                self.TIME_DIFFERENCE, self.tr("Time difference (seconds)"), CotravelSettings.seconds, 0, 86_400
            ),
            self.tr("Fixes farther apart in time are not together."),
        )  # fmt: skip
        self.add_basic(
            number_parameter(
                self.MINIMUM_COTRAVELING_DURATION, self.tr("Minimum cotraveling duration (minutes)"),
                CotravelSettings.min_joint_minutes, 0, 1_000_000,
            ),
            self.tr("Pairs that were together for less, all their joint events added up, are left out."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterBoolean(self.SPARSE, self.tr("Sparse data: compare halts"), defaultValue=False),
            self.tr("For devices seen less than every few minutes. Then the two limits above are not used."),
        )
        self.add_basic(
            number_parameter(self.MAX_Q, self.tr("Largest q"), MAX_Q, 0, 1),
            self.tr("Of the pairs written, at most this share is expected to be false. 1 writes all pairs."),
        )  # fmt: skip

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return the limits of the mode for sparse data and of what is a joint event."""
        self._limits_input = cotravel_input()
        return (self._limits_input,)

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen."""
        super().read_settings(parameters, context)
        chosen: CotravelSettings = self._limits_input.read(self, parameters, context)
        self._settings = CotravelSettings(**{
            **vars(chosen),
            "distance_m": self.parameterAsDouble(parameters, self.SEARCH_DISTANCE, context),
            "seconds": self.parameterAsDouble(parameters, self.TIME_DIFFERENCE, context),
            "min_joint_minutes": self.parameterAsDouble(parameters, self.MINIMUM_COTRAVELING_DURATION, context),
        })
        self._is_sparse = self.parameterAsBool(parameters, self.SPARSE, context)
        self._max_q = self.parameterAsDouble(parameters, self.MAX_Q, context)

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Find the pairs."""
        fixes = prepared.fixes
        stays = detect_stays(fixes, self.merging, progress.part(0.0, 0.3), keep_short=True)
        found = find_cotravelers(fixes, stays, self._is_sparse, self._settings, progress.part(0.3, 1.0))
        for note in found.notes:
            feedback.pushInfo(note)
        shown = found.listed(self._max_q)
        feedback.pushInfo(
            f"Pairs with so many joint events ({self._settings.min_events}) and so much time together "
            f"({self._settings.min_joint_minutes:g} min): {len(found.pairs):,}. "
            f"With q up to {self._max_q:g}: {len(shown.pairs):,}"
        )
        if len(shown.pairs) == 0:
            feedback.pushWarning("No two devices were together more than chance explains. MAX_Q 1 writes all pairs.")
        for row in shown.pairs.head(TOLD).to_dict("records"):
            feedback.pushInfo(
                f"Pair {row['unique_pair_id']}: {row['joint_events']} joint events at {row['joint_places']} places on "
                f"{row['days']} days, {row['expected_by_chance']:.1f} by chance, log10 ratio {row['log10_lr']:.1f}"
            )
        halted = None if self.is_exact else HaltedSites.of(stays, prepared.sites)
        return [pair_records(shown, fixes.pseudonyms, halted), point_records(shown, fixes.pseudonyms, halted)]


def pair_records(found: Cotravelers, pseudonyms: np.ndarray, halted: Optional[HaltedSites]) -> Records:
    """Return one row per pair, a line through its joint events in order of time; exact only without `halted`."""
    pairs, events = found.pairs, found.events
    columns = {
        **{name: pairs[name].to_numpy() for name in pairs.columns},
        "traveler_id": pseudonyms[pairs["first"]], "cotraveler_id": pseudonyms[pairs["second"]],
        "first_time": pairs["first_ms"].to_numpy(), "last_time": pairs["last_ms"].to_numpy(),
    }  # fmt: skip
    owner = events["pair"].to_numpy()
    lat, lon = events["lat"].to_numpy(), events["lon"].to_numpy()
    borders = np.searchsorted(owner, np.arange(len(pairs) + 1))
    if halted is not None:
        hours = (events["end_ms"] - events["begin_ms"]).to_numpy() / HOUR_MS
        at = show_positions(owner, lat, lon, hours, _event_sites(found, halted), halted.sites)
        lat, lon = at.lat, at.lon
        columns["distance_km"] = _lengths_km(owner, lat, lon, len(pairs))
    lines = np.empty(len(pairs), dtype=object)
    lines[:] = [_line(lat[begin:end], lon[begin:end]) for begin, end in zip(borders[:-1], borders[1:])]
    return Records(
        PAIRS_SCHEMA, [_rounded(columns[name], kind) for name, kind in PAIRS_SCHEMA.items()], lines,
        QgsWkbTypes.Type.MultiLineString,
    )  # fmt: skip


def _event_sites(found: Cotravelers, halted: HaltedSites) -> np.ndarray:
    """Return the row of the site of each joint event, -1 of none: it holds the event, and halts of both devices."""
    events = found.events
    site = sites_at(halted.sites, events["lat"].to_numpy(), events["lon"].to_numpy())
    for side in ("first", "second"):
        device = found.pairs[side].to_numpy()[events["pair"]]
        begin, end = (halted.at(device, events[name].to_numpy()) for name in ("begin_ms", "end_ms"))
        site = np.where((begin == site) | (end == site), site, -1)
    return site


def _lengths_km(owner: np.ndarray, lat: np.ndarray, lon: np.ndarray, count: int) -> np.ndarray:
    """Return the length of each of `count` ways through points, sorted by `owner`."""
    on = np.flatnonzero(owner[1:] == owner[:-1])
    step_km = distance_km(lat[on], lon[on], lat[on + 1], lon[on + 1])
    return np.bincount(owner[on], weights=step_km, minlength=count)


def point_records(found: Cotravelers, pseudonyms: np.ndarray, halted: Optional[HaltedSites]) -> Records:
    """Return one row per two sightings near each other, at the position of the second; exact only without `halted`."""
    spans, (a, b) = found.sightings, (found.near.first, found.near.second)
    lat_a, lon_a, lat_b, lon_b = spans.lat[a], spans.lon[a], spans.lat[b], spans.lon[b]
    if halted is not None:
        lat_a, lon_a, lat_b, lon_b = _shown_sightings(found, halted)
    away_m = plane_distance_m(spans.lat[a], spans.lon[a], spans.lat[b], spans.lon[b])
    time_a, time_b = spans.begin_ms[a], spans.begin_ms[b]
    columns = [
        pseudonyms[spans.mover[a]], pseudonyms[spans.mover[b]], lon_a, lat_a, lon_b, lat_b, time_a, time_a, time_b,
        time_b, away_m, (time_b - time_a) / 1000.0, found.near_pair + 1,
    ]  # fmt: skip
    columns = [_rounded(column, kind) for column, kind in zip(columns, POINTS_SCHEMA.values())]
    return Records(POINTS_SCHEMA, columns, points(lat_b, lon_b), QgsWkbTypes.Type.Point)


def _shown_sightings(found: Cotravelers, halted: HaltedSites) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return lat, lon of the first and of the second of two near sightings, as they are shown.

    Both are in squares unless both are at sites: the distance between them would place one beside the other's site.
    """
    spans, near = found.sightings, (found.near.first, found.near.second)
    used, (a, b) = np.unique(np.concatenate(near)), near
    a, b = np.searchsorted(used, a), np.searchsorted(used, b)
    lat, lon, device = spans.lat[used], spans.lon[used], spans.mover[used]
    hours = (spans.end_ms[used] - spans.begin_ms[used]) / HOUR_MS
    site = halted.at(device, spans.begin_ms[used])
    at = show_positions(device, lat, lon, hours, site, halted.sites)
    free = show_positions(device, lat, lon, hours, np.full(len(site), -1), halted.sites)
    both = at.at_site[a] & at.at_site[b]
    lat_a, lon_a, lat_b, lon_b = (
        np.where(both, getattr(at, axis)[rows], getattr(free, axis)[rows]) for rows in (a, b) for axis in ("lat", "lon")
    )
    return lat_a, lon_a, lat_b, lon_b


def _line(lat: np.ndarray, lon: np.ndarray) -> Any:
    """Return a WKB multi-line through points, None where there are not two different ones."""
    moved = np.append(True, (np.diff(lat) != 0.0) | (np.diff(lon) != 0.0))
    lat, lon = lat[moved], lon[moved]
    if len(lat) < 2:
        return None
    return MultiLineString([part for part in split_at_antimeridian(unwrapped(lat, lon)) if len(part) > 1]).wkb


def _rounded(values: np.ndarray, kind: str) -> np.ndarray:
    return np.round(values.astype(np.float64), 7) if kind == REAL else values


def cotravel_input() -> SettingsInput[CotravelSettings]:
    """Return the limits that most runs leave alone."""
    translate = QCoreApplication.translate
    return SettingsInput(
        CotravelSettings,
        [
            Setting(
                "sparse_distance_m",
                translate("CotravelSettings", "Sparse data: distance (m)"),
                translate("CotravelSettings", "Halts farther apart are not together."),
                1, 50_000,
            ),
            Setting(
                "sparse_minutes",
                translate("CotravelSettings", "Sparse data: time (minutes)"),
                translate("CotravelSettings", "Between the end of one halt and the beginning of the other, at most."),
                0, 1_440,
            ),
            Setting(
                "place_m",
                translate("CotravelSettings", "Joint events: another place is this far (m)"),
                translate("CotravelSettings", "Nearer ones are one joint event."),
                1, 100_000,
            ),
            Setting(
                "min_events",
                translate("CotravelSettings", "Joint events: at least"),
                translate("CotravelSettings", "Pairs with fewer did not travel and are not looked at. 1 takes those "
                          "too that were near each other once, which are most."),
                1, 1_000,
            ),
            Setting(
                "crowd",
                translate("CotravelSettings", "Crowds: more devices than this at once"),
                translate("CotravelSettings", "In a crowd nobody is compared; the log says how many sightings."),
                2, 10_000,
            ),
        ],
    )  # fmt: skip
