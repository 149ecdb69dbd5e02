"""From what the panel shows to examples: findings, and a place with one of the study's windows."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Callable

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QMenu

from ...engine.findings import Evidence
from ...engine.signatures import Mark
from ...engine.site_card import SiteCard
from ..place.card_lookup import find_position
from .signature_controller import Example

translate = QCoreApplication.translate


def example_of_finding(row: dict[str, Any]) -> Example:
    """Return the place and window of a row of table `findings`."""
    days = date.fromisoformat(row["window_start"]), date.fromisoformat(row["window_end"])
    return Example(row["spot_name"] or row["spot_id"], Mark(*days, row["spot_id"], *find_position(row["geometry"])))


def fill_window_menu(menu: QMenu, evidence: Evidence, card: SiteCard, mark: Callable[[Example], None]) -> None:
    """Fill `menu` with the study's windows, key windows first; choosing one marks the place of `card` in it."""
    name = card.spot_name or card.spot_id
    menu.clear()
    windows = evidence.windows
    keys = list(dict.fromkeys(windows.key_window.tolist()))
    for window in [*keys, *(number for number in reversed(range(len(windows))) if number not in keys)]:
        first, last = windows.dates(window)
        text = f"{first.isoformat()} – {last.isoformat()}"
        if window in keys:
            text = translate("SignatureExamples", "Key window {days}").format(days=text)
        action = menu.addAction(text)
        action.triggered.connect(partial(_mark, mark, Example(name, _mark_of(card, first, last))))
        if keys and window == keys[-1]:
            menu.addSeparator()


def _mark_of(card: SiteCard, first: date, last: date) -> Mark:
    return Mark(first, last, card.place.spot, card.lat, card.lon, card.place.polygon)


def _mark(mark: Callable[[Example], None], example: Example, _checked: bool = False) -> None:
    mark(example)
