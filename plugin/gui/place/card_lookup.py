"""The card of a clicked position or a drawn area, from the current results."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from qgis.core import QgsGeometry
from qgis.PyQt.QtCore import QCoreApplication

from ...data.polygons import polygon_of_wkb
from ...engine import site_card as cards
from ...engine.base import StudyError
from ...engine.kept_card import keeps_counts, kept_card
from ...engine.results import Results


def find_card(results: Optional[Results], lat: float, lon: float) -> cards.SiteCard:
    """Return the card of the spot at a position; raise StudyError saying what to do when there is none."""
    card = kept_card(_with_counts(results), lat, lon)
    told = {
        "Other countries": QCoreApplication.translate("SiteCards", "Other countries"),
        "Unknown home": QCoreApplication.translate("SiteCards", "Unknown home"),
    }
    return replace(card, origins=card.origins.assign(name=card.origins["name"].replace(told)))


def find_area_card(results: Optional[Results], wkb: bytes) -> cards.SiteCard:
    """Return the card of an area (WKB, lon/lat); raise StudyError saying what to do when there is none."""
    results = _with_study(results)
    if results.evidence is None:
        raise StudyError(
            QCoreApplication.translate(
                "SiteCards",
                "A study loaded from a file keeps counts of its places, not of drawn areas. Click one of the places "
                "that the map shows as measured, or run the study again and draw the area then.",
            )
        )
    polygon = polygon_of_wkb(wkb)
    if polygon is None:
        raise StudyError(
            QCoreApplication.translate("SiteCards", "What was drawn has no area; click at least three corners.")
        )
    inside = polygon.representative_point()
    name = QCoreApplication.translate("SiteCards", "Drawn area {lat}, {lon}")
    card = cards.area_card(results, polygon, name.format(lat=f"{inside.y:.4f}", lon=f"{inside.x:.4f}"))
    return cards.shown_card(card, QCoreApplication.translate("SiteCards", "Other countries"))


def _with_counts(results: Optional[Results]) -> Results:
    results = _with_study(results)
    if not keeps_counts(results):
        raise StudyError(no_counts_text())
    return results


def _with_study(results: Optional[Results]) -> Results:
    if results is None:
        raise StudyError(
            QCoreApplication.translate(
                "SiteCards", "There is no study yet; run one on the Study tab, then analyze this place again."
            )
        )
    return results


def no_counts_text() -> str:
    """Return why there is no card of any place in a study of an earlier version, and what to do."""
    return QCoreApplication.translate(
        "SiteCards",
        "A study of an earlier version shows its findings and itineraries, but keeps no counts behind them; "
        "run the study again to analyze a place.",
    )


def find_position(wkb: bytes) -> tuple[float, float]:
    """Return lat, lon of a point, or of one inside an outline (WKB, lon/lat)."""
    geometry = QgsGeometry()
    geometry.fromWkb(bytes(wkb))
    point = geometry.pointOnSurface().asPoint()
    return point.y(), point.x()
