"""The browser of behaviors: favourites, named behaviors in families, and the entries of the library, as one tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtGui import QStandardItem, QStandardItemModel
from qgis.PyQt.QtWidgets import QAbstractItemView, QSizePolicy, QTreeView

from ...engine.behaviors import AXES, OWN_PREFIX, Entry, Library, NamedBehavior, Selection, describe
from ..results.result_models import SEARCH_ROLE, SearchProxy
from ..widgets.form_parts import named
from ..widgets.texts import tip
from .behavior_texts import axis_title, confused_text, entry_html, named_html, selection_html, selection_title

SELECTION_ROLE = Qt.ItemDataRole.UserRole + 11
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 12
HTML_ROLE = Qt.ItemDataRole.UserRole + 13
UNCHECKED, CHECKED, PARTLY = Qt.CheckState.Unchecked, Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked


class BehaviorTree(QTreeView):
    """Check boxes say what is chosen; reports what was toggled and what is looked at, and changes nothing itself."""

    selections_toggled = pyqtSignal(object, bool)
    entry_toggled = pyqtSignal(str, str, bool)
    looked_at = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        named(self, "behaviors_tree")
        self._is_showing = False
        self._model = QStandardItemModel(self)
        self._proxy = SearchProxy(self)
        self._proxy.setRecursiveFilteringEnabled(True)
        self._proxy.setSourceModel(self._model)
        self.setModel(self._proxy)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setIndentation(16)
        self._model.itemChanged.connect(self._on_item_changed)
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    def set_content(self, library: Library, named: Sequence[NamedBehavior], favourites: Sequence[Selection]) -> None:
        """Show the favourites, the families of `named` and the entries of `library`; groups that were open stay so."""
        opened = {index.data() for index in self._group_indexes() if self.isExpanded(index)}
        self._model.clear()
        root = self._model.invisibleRootItem()
        if favourites:
            group = _group(self.tr("Favourites"), True)
            group.setIcon(QgsApplication.getThemeIcon("/mIconFavorites.svg"))
            group.appendRows([_favourite_item(library, named, one) for one in favourites])
            root.appendRow(group)
        for family in dict.fromkeys(one.family for one in named):
            members = [one for one in named if one.family == family]
            group = _group(family, True)
            group.setData("".join(named_html(library, one) for one in members), HTML_ROLE)
            group.appendRows([_named_item(library, one) for one in members])
            root.appendRow(group)
        for axis in AXES:
            group = _group(axis_title(axis), False)
            group.appendRows([_entry_item(library, axis, entry) for entry in getattr(library, axis)])
            root.appendRow(group)
        for index in self._group_indexes():
            self.setExpanded(index, index.data() in opened)

    def show_chosen(self, chosen: Sequence[Selection]) -> None:
        """Check what is chosen: named behaviors that are, or the entries of the only selection."""
        only = chosen[0] if len(chosen) == 1 else Selection()
        self._is_showing = True
        for group in self._groups():
            states = set()
            for item in _children(group):
                axis, entry_id = item.data(ENTRY_ROLE) or ("", "")
                is_on = entry_id in getattr(only, axis) if axis else item.data(SELECTION_ROLE) in chosen
                item.setCheckState(CHECKED if is_on else UNCHECKED)
                states.add(is_on)
            if group.isCheckable():
                group.setCheckState(PARTLY if len(states) == 2 else CHECKED if states == {True} else UNCHECKED)
        self._is_showing = False

    def search(self, text: str) -> None:
        """Show what holds all words of `text`, opened; without words everything, closed."""
        self._proxy.search(text)
        if text.strip():
            self.expandAll()
        else:
            self.collapseAll()

    def current_html(self) -> str:
        """Return what is known about the current row."""
        return str(self.currentIndex().data(HTML_ROLE) or "")

    def current_own_entry(self) -> Optional[tuple[str, str]]:
        """Return axis and id of the current row if it is one of the analyst's own entries."""
        axis, entry_id = self.currentIndex().data(ENTRY_ROLE) or ("", "")
        return (axis, entry_id) if entry_id.startswith(OWN_PREFIX) else None

    def shown_titles(self) -> list[str]:
        """Return the titles that the search lets through, without those of the groups."""
        return [
            self._proxy.index(row, 0, group).data()
            for group in self._group_indexes() for row in range(self._proxy.rowCount(group))
        ]  # fmt: skip

    def toggle(self, title: str) -> None:
        """Toggle the first row with `title` as if its box had been clicked."""
        for group in self._groups():
            for item in (group, *_children(group)):
                if item.text() == title and item.isCheckable():
                    item.setCheckState(UNCHECKED if item.checkState() == CHECKED else CHECKED)
                    return

    def _groups(self) -> Iterator[QStandardItem]:
        return _children(self._model.invisibleRootItem())

    def _group_indexes(self) -> list[QModelIndex]:
        return [self._proxy.index(row, 0) for row in range(self._proxy.rowCount())]

    def _on_item_changed(self, item: QStandardItem) -> None:
        if self._is_showing:
            return
        is_on = item.checkState() == CHECKED
        if item.hasChildren():
            self.selections_toggled.emit(tuple(child.data(SELECTION_ROLE) for child in _children(item)), is_on)
        elif item.data(ENTRY_ROLE):
            self.entry_toggled.emit(*item.data(ENTRY_ROLE), is_on)
        else:
            self.selections_toggled.emit((item.data(SELECTION_ROLE),), is_on)

    def _on_current_changed(self, _index: QModelIndex, _before: QModelIndex) -> None:
        self.looked_at.emit()


def _children(parent: QStandardItem) -> Iterator[QStandardItem]:
    return (parent.child(row) for row in range(parent.rowCount()))


def _group(title: str, is_checkable: bool) -> QStandardItem:
    group = QStandardItem(title)
    group.setEditable(False)
    group.setCheckable(is_checkable)
    # Found through its rows only, all of which hold its title.
    group.setData("", SEARCH_ROLE)
    return group


def _item(title: str, about: str, searched: Sequence[str], html: str) -> QStandardItem:
    item = QStandardItem(title)
    item.setEditable(False)
    item.setCheckable(True)
    item.setToolTip(tip(about))
    item.setData(" ".join(searched), SEARCH_ROLE)
    item.setData(html, HTML_ROLE)
    return item


def _named_item(library: Library, named: NamedBehavior) -> QStandardItem:
    sentence = describe(library, named.selection)
    searched = (named.title, named.family, named.why, sentence, *_titles(library, named.selection))
    item = _item(named.title, named.why, searched, named_html(library, named))
    item.setData(named.selection, SELECTION_ROLE)
    return item


def _favourite_item(library: Library, named: Sequence[NamedBehavior], favourite: Selection) -> QStandardItem:
    title = selection_title(library, named, favourite)
    family = " ".join(one.family for one in named if one.selection == favourite)
    searched = (title, family, describe(library, favourite), *_titles(library, favourite))
    item = _item(title, describe(library, favourite), searched, selection_html(library, named, favourite))
    item.setData(favourite, SELECTION_ROLE)
    return item


def _entry_item(library: Library, axis: str, entry: Entry) -> QStandardItem:
    searched = (axis_title(axis), entry.title, entry.sentence, entry.definition, confused_text(library, entry))
    item = _item(entry.title, entry.definition, searched, entry_html(library, entry))
    item.setData((axis, entry.id), ENTRY_ROLE)
    return item


def _titles(library: Library, selection: Selection) -> list[str]:
    return [library.entry(axis, entry_id).title for axis in AXES for entry_id in getattr(selection, axis)]
