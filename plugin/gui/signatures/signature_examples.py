"""From what the panel shows to examples: findings, and a place with one of the study's windows."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Callable

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QMenu

from ...engine.signatures import Mark
from ...engine.site_card import SiteCard
from ..place.card_lookup import find_position
from .signature_controller import Example

translate = QCoreApplication.translate


def example_of_finding(row: dict[str, Any]) -> Example:
    """Return the place and window of a row of table `findings`."""
    days = date.fromisoformat(row["window_start"]), date.fromisoformat(row["window_end"])
    return Example(row["spot_name"] or row["spot_id"], Mark(*days, row["spot_id"], *find_position(row["geometry"])))


def fill_window_menu(menu: QMenu, card: SiteCard, mark: Callable[[Example], None]) -> None:
    """Fill `menu` with the windows of `card`, key windows first; choosing one marks its place in it."""
    name = card.spot_name or card.spot_id
    menu.clear()
    windows = card.windows.sort_values(["is_key", "start"], ascending=[False, False], kind="stable")
    for number, row in enumerate(windows.to_dict("records")):
        if number and number == windows["is_key"].sum():
            menu.addSeparator()
        first, last = (date.fromisoformat(row[end]) for end in ("start", "end"))
        text = f"{first.isoformat()} – {last.isoformat()}"
        if row["is_key"]:
            text = translate("SignatureExamples", "Key window {days}").format(days=text)
        action = menu.addAction(text)
        action.triggered.connect(partial(_mark, mark, Example(name, _mark_of(card, first, last))))


def _mark_of(card: SiteCard, first: date, last: date) -> Mark:
    return Mark(first, last, card.place.spot, card.lat, card.lon, card.place.polygon)


def _mark(mark: Callable[[Example], None], example: Example, _checked: bool = False) -> None:
    mark(example)
