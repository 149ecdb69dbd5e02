"""The site card of a clicked position, from the current results."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QCoreApplication

from ..engine import site_card as cards
from ..engine.errors import StudyError
from ..engine.results import Results


def find_card(results: Optional[Results], lat: float, lon: float) -> cards.SiteCard:
    """Return the card of the spot at a position; raise StudyError saying what to do when there is none."""
    if results is None:
        raise StudyError(
            QCoreApplication.translate(
                "SiteCards", "There is no study yet; run one on the Study tab, then analyze this place again."
            )
        )
    if results.evidence is None:
        raise StudyError(no_counts_text())
    return cards.site_card(results, lat, lon)


def no_counts_text() -> str:
    """Return why there is no card of any place in a study that was loaded, and what to do."""
    return QCoreApplication.translate(
        "SiteCards",
        "A study loaded from a file shows its findings and itineraries, but not the counts behind them; "
        "run the study again to analyze a place.",
    )
