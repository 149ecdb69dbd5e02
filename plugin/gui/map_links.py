"""What joins the map with lists and cards: the mark of what is chosen, the selection in its layer, flows, places."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QCursor
from qgis.PyQt.QtWidgets import QMenu, QWidget

from ..engine.base import SitelightError
from ..engine.site_card import SiteCard
from ..layers.flow_layers import show_finding_flows
from ..layers.result_layers import draw_itineraries, find_result_layer, first_itineraries
from .map.canvas_highlight import CanvasHighlight
from .place.card_lookup import find_area_card, find_card, find_position
from .place.place_page import PlacePage
from .results.events import findings_of, itineraries_of
from .results.explanations import ORIGINS
from .results.region_texts import is_region, joined_outline, no_card_text
from .results.results_page import ResultsPage
from .signatures.signature_controller import Example
from .signatures.signature_examples import fill_window_menu
from .signatures.signature_window import SignatureWindow
from .study.study_controller import StudyController
from .widgets.connections import Connections
from .widgets.messages import faults_told


class MapLinks(QObject):
    """Shows on the map what is chosen in the lists, and on the place page what is picked on the map.

    `card_asked` comes before a card is shown, `marked` carries examples of a signature, `failed` why there are none.
    """

    card_asked = pyqtSignal()
    marked = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, canvas: QgsMapCanvas, controller: StudyController, place: PlacePage, parent: QWidget) -> None:
        super().__init__(parent)
        self._highlight = CanvasHighlight(canvas)
        self._controller, self._place = controller, place
        self._links = Connections()
        self._links.join(controller.results_changed, self._highlight.clear)
        self._links.join(controller.forgotten, self._highlight.clear)

    def follow_lists(self, findings: ResultsPage, itineraries: ResultsPage, signatures: SignatureWindow) -> None:
        """Show what is chosen, opened and unfolded there."""
        self._links.join(findings.chosen, self._on_finding_chosen)
        self._links.join(findings.opened, self._on_finding_opened)
        self._links.join(findings.unfolded, self._on_finding_unfolded)
        self._links.join(itineraries.chosen, self._on_itinerary_chosen)
        self._links.join(signatures.match_chosen, self._on_match_chosen)
        self._links.join(signatures.match_opened, self._on_match_opened)

    def shut_down(self) -> None:
        """Listen to the lists no more and take the mark off the map."""
        self._links.part()
        self._highlight.clear()

    # From the map to a card

    def show_place(self, lat: float, lon: float) -> None:
        """Show the site card of the spot at a position (degrees WGS84)."""
        self._show_card(partial(find_card, self._controller.results, lat, lon))

    def show_area(self, wkb: bytes) -> None:
        """Show the card of an area (WKB, lon/lat), and mark it on the map."""
        self._highlight.show(wkb)
        self._show_card(partial(find_area_card, self._controller.results, wkb))

    def mark_place(self, lat: float, lon: float) -> None:
        """Ask for a window of the study, at the mouse, and add the spot at a position to the signature examples."""
        with faults_told(self.failed.emit):
            card = find_card(self._controller.results, lat, lon)
            menu = QMenu(self.parent())
            self._offer_windows(menu, card)
            menu.exec(QCursor.pos())

    def _show_card(self, find: Callable[[], SiteCard]) -> None:
        self.card_asked.emit()
        with faults_told(self._on_card_failed):
            card = find()
            self._place.show_card(card)
            self._offer_windows(self._place.mark.menu(), card)

    def _on_card_failed(self, error: BaseException) -> None:
        if isinstance(error, SitelightError):
            self._place.clear(str(error))
        else:
            self.failed.emit(error)

    def _offer_windows(self, menu: QMenu, card: SiteCard) -> None:
        fill_window_menu(menu, card, self._on_example_marked)

    def _on_example_marked(self, example: Example) -> None:
        self.marked.emit([example])

    # From the lists to the map

    def _on_finding_chosen(self, row: dict[str, Any]) -> None:
        """Mark the places of an event, and draw the itineraries that were reached from it and no others."""
        tables = self._controller.results.tables
        mine = findings_of(row, tables["findings"])
        heat = self._controller.results.tables["heat"]
        outlines = heat.loc[heat["spot_id"].isin(mine["spot_id"]), "geometry"].drop_duplicates()
        self._highlight.show(self._spot_geometry(row) if is_region(row) or outlines.empty else joined_outline(outlines))
        draw_itineraries(self._controller.path, itineraries_of(row, tables)["itinerary_id"].astype(int).tolist())
        self._select("findings", "finding_id", row["finding_id"])
        self._select("events", "event_id", row.get("event_id", 0))

    def _on_finding_opened(self, row: dict[str, Any]) -> None:
        if is_region(row):
            self.card_asked.emit()
            self._place.clear(no_card_text(row))
            return
        self.show_place(*find_position(row["geometry"]))
        self._place.reach.choose_window(str(row["window_start"])[:10])

    def _on_finding_unfolded(self, row: dict[str, Any], part: str) -> None:
        """Show the flows of a finding beside the table of where its devices came from and went to."""
        if part == ORIGINS:
            show_finding_flows(self._controller.path, row["spot_name"] or row["spot_id"], row["finding_id"])

    def _on_itinerary_chosen(self, row: dict[str, Any]) -> None:
        self._highlight.show(row["geometry"])
        drawn = dict.fromkeys((*first_itineraries(self._controller.results), int(row["itinerary_id"])))
        draw_itineraries(self._controller.path, list(drawn))
        self._select("itineraries", "itinerary_id", row["itinerary_id"])

    def _on_match_chosen(self, row: dict[str, Any]) -> None:
        self._highlight.show(row["geometry"])

    def _on_match_opened(self, row: dict[str, Any]) -> None:
        self.show_place(*find_position(row["geometry"]))

    def _spot_geometry(self, row: dict[str, Any]) -> bytes:
        """Return the outline of the finding's spot, or its point where the heat does not have it."""
        heat = self._controller.results.tables["heat"]
        if is_region(row):  # squares side by side may be one district
            return joined_outline(heat.loc[heat["finding_id"] == row["finding_id"], "geometry"]) or row["geometry"]
        outline = heat.loc[heat["spot_id"] == row["spot_id"], "geometry"]
        return outline.iloc[0] if len(outline) else row["geometry"]

    def _select(self, table: str, key: str, value: int) -> None:
        layer = find_result_layer(self._controller.path, table)
        if layer is not None:
            layer.selectByExpression(f'"{key}" = {int(value)}')
