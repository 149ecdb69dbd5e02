"""A page with a searchable list of cards and an explanation of the selected one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

import pandas as pd
from qgis.PyQt.QtCore import QModelIndex, Qt, QTimer, QUrl, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QApplication,
    QListView,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ..widgets.colors import document_style
from ..widgets.form_parts import empty_label, named, plain_label
from ..widgets.page_parts import above, details_text, search_line
from .card_delegate import CardDelegate
from .notes_group import NotesGroup
from .result_models import ROW_ROLE, Card, ResultModel, SearchProxy

SEARCH_DELAY_MS = 200
DETAILS_MARGIN, LIST_INDENT = 8, 14


class CardList(QListView):
    """A list view that lays its cards out anew when its width changes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, f"{name}_list")
        self.setItemDelegate(CardDelegate(self))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)


class ResultsPage(QWidget):
    """Cards of one result table; reports the row that was chosen (clicked) or opened (double-clicked)."""

    chosen = pyqtSignal(object)
    opened = pyqtSignal(object)
    marked = pyqtSignal(object)
    unfolded = pyqtSignal(object, str)

    def __init__(
        self,
        name: str,
        make_card: Callable[[dict], Card],
        explain: Callable[[dict, frozenset[str]], str],
        empty_text: str,
    ) -> None:
        super().__init__()
        named(self, f"{name}_page")
        self._name = name
        self._explain_html = explain
        self._unfolded: frozenset[str] = frozenset()
        self._empty_text = empty_text
        self._model = ResultModel(make_card, self)
        self._proxy = SearchProxy(self)
        self._proxy.setSourceModel(self._model)
        self._search = search_line(name, self.tr("Search"))
        self._list = CardList(name)
        self._list.setModel(self._proxy)
        self._details = details_text(name, self.tr("Click an entry to see what it rests on."))
        self._details.document().setDocumentMargin(DETAILS_MARGIN)
        self._details.document().setIndentWidth(LIST_INDENT)
        self._notes = NotesGroup(name)
        self._about = plain_label(f"{name}_about")
        self._about.setWordWrap(True)
        self._about.setVisible(False)
        self._empty = empty_label(f"{name}_empty", empty_text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_DELAY_MS)
        self._lay_out()
        self._connect()

    def set_table(
        self, table: pd.DataFrame, empty_text: str = "", notes: Sequence[str] = (), about: str = ""
    ) -> None:
        """Show `table` below its notes and what is `about` all of it; `empty_text` says why it is empty."""
        self._model.set_table(table)
        self._list.scrollToTop()
        self._notes.set_notes(notes)
        self._about.setText(about)
        self._about.setVisible(bool(about))
        self._details.clear()
        self._empty.setText(empty_text or self._empty_text)
        self._stack.setCurrentIndex(1 if len(table) else 0)

    def clear(self) -> None:
        """Show the empty state."""
        self._model.set_table(pd.DataFrame({"rank": []}))
        self._empty.setText(self._empty_text)
        self._stack.setCurrentIndex(0)

    def offer_marking(self, text: str) -> None:
        """Let several rows be selected, and offer `text` in their context menu: `marked` then has the rows."""
        action = named(QAction(text, self._list), f"{self._name}_mark")
        action.triggered.connect(self._on_mark_triggered)
        self._list.addAction(action)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def row_count(self) -> int:
        """Return the number of rows that the search lets through."""
        return self._proxy.rowCount()

    def choose(self, row: int) -> None:
        """Select a row as if it had been clicked."""
        index = self._proxy.index(row, 0)
        self._list.setCurrentIndex(index)
        self._on_list_clicked(index)

    def _lay_out(self) -> None:
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(4, 4, 4, 0)
        layout.addWidget(self._notes)
        layout.addWidget(self._about)
        layout.addWidget(self._search)
        layout.addWidget(above(self._list, self._details, 300), 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(filled)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._on_search_text_changed)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._details.anchorClicked.connect(self._on_details_anchor_clicked)
        self._list.clicked.connect(self._on_list_clicked)
        self._list.doubleClicked.connect(self._on_list_double_clicked)
        self._list.selectionModel().currentChanged.connect(self._on_list_current_changed)
        self._list.selectionModel().currentChanged.connect(self._on_list_key_moved)

    def _on_search_text_changed(self, _text: str) -> None:
        self._timer.start()

    def _on_timer_timeout(self) -> None:
        self._proxy.search(self._search.value())

    def _on_list_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        self._unfolded = frozenset()
        self._show_details(index)

    def _on_details_anchor_clicked(self, link: QUrl) -> None:
        """Show a part that the explanation has folded away, where it is."""
        self._unfolded |= {link.toString()}
        position = self._details.verticalScrollBar().value()
        self._show_details(self._list.currentIndex())
        self._details.verticalScrollBar().setValue(position)
        self.unfolded.emit(self._list.currentIndex().data(ROW_ROLE), link.toString())

    def _show_details(self, index: QModelIndex) -> None:
        row: Any = index.data(ROW_ROLE)
        self._details.document().setDefaultStyleSheet(document_style(self._details.palette()))
        self._details.setHtml(self._explain_html(row, self._unfolded) if row is not None else "")

    def _on_mark_triggered(self) -> None:
        rows = [index.data(ROW_ROLE) for index in sorted(self._list.selectedIndexes(), key=QModelIndex.row)]
        if rows:
            self.marked.emit(rows)

    def _on_list_key_moved(self, index: QModelIndex, _before: QModelIndex) -> None:
        """Follow the keyboard on the map too; a click comes by itself."""
        if index.isValid() and self._list.hasFocus() and not QApplication.mouseButtons():
            self._on_list_clicked(index)

    def _on_list_clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(ROW_ROLE))

    def _on_list_double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(ROW_ROLE))
