"""The page on which the behaviors of the next run are browsed and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QPalette
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ...data.library import BEHAVIORS, load_library, load_named
from ...engine.base import SitelightError, StudyError
from ...engine.behaviors import AXES, Library, Selection
from ..widgets.form_parts import heading, icon_button, named, narrow, plain_label, row_of
from ..widgets.page_parts import above, details_text, search_line
from .behavior_lists import BehaviorLists
from .behavior_texts import chosen_text, count_text, selection_html
from .behavior_tree import BehaviorTree
from .favourites import read_favourites, write_favourites
from .own_entries_bar import OwnEntriesBar
from .star_icon import star_icon


class BehaviorsPage(QWidget):
    """Lists, sentence, count, search and browser over one choice: selections of models, none meaning all of them."""

    changed = pyqtSignal()
    closed = pyqtSignal()
    failed = pyqtSignal(object)
    told = pyqtSignal(str)

    def __init__(self, profile: Optional[Path] = None) -> None:
        super().__init__()
        self._profile = profile
        named(self, "behaviors_page")
        self.library: Library = load_library(BEHAVIORS)
        self.named = load_named()
        self._chosen: tuple[Selection, ...] = ()
        self._favourites = read_favourites()
        self._back = icon_button("behaviors_back", "/mActionArrowLeft.svg", self.tr("Back to the study (Esc)"))
        self._lists = BehaviorLists()
        self._tree = BehaviorTree()
        self._sentence = plain_label("behaviors_sentence")
        self._count = narrow(plain_label("behaviors_count"))
        self._star = icon_button(
            "behaviors_star", "/mIconFavorites.svg", self.tr("Keep this choice among the favourites")
        )
        self._star.setCheckable(True)
        self._count.ensurePolished()  # only then a theme's own colours are known
        self._star.setIcon(star_icon(self._count.palette().color(QPalette.ColorRole.WindowText)))
        self._clear = icon_button("behaviors_clear", "/mIconClearText.svg", self.tr("Choose all behaviors again"))
        self._search = search_line("behaviors", self.tr("Search behaviors"))
        self._details = details_text("behaviors", self.tr("Click a behavior to see what it means."))
        self.own_entries = OwnEntriesBar(self._tree.current_own_entry, profile)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self._search)
        self._show_library()

    def chosen(self) -> tuple[Selection, ...]:
        """Return the selections that the next run tests together; none means all models."""
        return self._chosen

    def study_values(self) -> dict[str, Any]:
        """Return the fields of `Study` that are chosen here."""
        if len(self._chosen) > 1:
            return {"library": self.library, "behaviors": self._chosen}
        return {"library": self.library, **(self._chosen[0] if self._chosen else Selection()).__dict__}

    def count_text(self) -> str:
        """Return how many models are chosen."""
        return count_text(self.library, self._chosen)

    def title_text(self) -> str:
        """Return what is chosen in one sentence."""
        return chosen_text(self.library, self.named, self._chosen)

    def load(self) -> None:
        """Read the analyst's own entries; if their file is broken, that is told and the library in use stays."""
        try:
            self._use(load_library(profile=self._profile))
        except SitelightError as error:
            self.failed.emit(error)

    def choose(self, chosen: Sequence[Selection]) -> None:
        """Choose selections of models; raise StudyError if one names an entry that the library does not have."""
        chosen = tuple(one for one in dict.fromkeys(chosen))
        self.library.choose(chosen)
        self._chosen = () if any(one.is_all() for one in chosen) else chosen
        self._show_choice()
        self.changed.emit()

    def state(self) -> list[dict[str, list[str]]]:
        """Return the choice as plain values for the project."""
        return [selection.values() for selection in self._chosen]

    def set_state(self, state: Any) -> None:
        """Choose again what `state` kept; if the library lacks an entry of it, that is told and all are chosen."""
        try:
            if not isinstance(state, list):
                raise StudyError("It is no list of selections.")
            self.choose([Selection.from_values(values) for values in state])
        except SitelightError as error:
            self.choose(())
            text = self.tr("The project's choice of behaviors cannot be used, so all are chosen: {reason}")
            self.failed.emit(StudyError(text.format(reason=error)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back on Esc; not by a shortcut, which would also take the Esc that closes a pick list."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = row_of(self._back, heading(self.tr("Behaviors")))
        head.setStretch(1, 1)
        counted = row_of(self._count, self._star, self._clear)
        counted.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 0)
        layout.addLayout(head)
        layout.addWidget(self._lists)
        layout.addWidget(self._sentence)
        layout.addLayout(counted)
        layout.addWidget(self._search)
        layout.addWidget(above(self._tree, self._details, 260), 1)
        layout.addWidget(self.own_entries)

    def _connect(self) -> None:
        self._back.clicked.connect(self.closed)
        self._lists.changed.connect(self._on_lists_changed)
        self._tree.selections_toggled.connect(self._on_selections_toggled)
        self._tree.entry_toggled.connect(self._on_entry_toggled)
        self._tree.looked_at.connect(self._on_looked_at)
        self._search.textChanged.connect(self._tree.search)
        self._star.clicked.connect(self._on_star_clicked)
        self._clear.clicked.connect(self._on_clear_clicked)
        self.own_entries.library_changed.connect(self._use)
        self.own_entries.failed.connect(self.failed)
        self.own_entries.told.connect(self.told)

    # What is chosen

    def _show_choice(self) -> None:
        only = self._chosen[0] if len(self._chosen) == 1 else Selection()
        self._lists.set_selection(only, self.tr("All") if len(self._chosen) < 2 else self.tr("As Checked Below"))
        self._tree.show_chosen(self._chosen)
        self._sentence.setText(self.title_text())
        self._count.setText(self.count_text())
        self._clear.setEnabled(bool(self._chosen))
        self._star.setEnabled(bool(self._chosen))
        self._star.setChecked(bool(self._chosen) and set(self._chosen) <= set(self._favourites))

    def _on_lists_changed(self) -> None:
        self.choose((self._lists.selection(),))
        self._details.setHtml(selection_html(self.library, self.named, self._lists.selection()))

    def _on_entry_toggled(self, axis: str, entry_id: str, is_on: bool) -> None:
        base = self._chosen[0] if len(self._chosen) == 1 else Selection()
        wanted = {*getattr(base, axis), entry_id} if is_on else {*getattr(base, axis)} - {entry_id}
        ids = tuple(entry.id for entry in getattr(self.library, axis) if entry.id in wanted)
        self.choose((Selection(**{**base.__dict__, axis: ids}),))

    def _on_selections_toggled(self, selections: tuple[Selection, ...], is_on: bool) -> None:
        """Named behaviors and favourites add up; a choice made with the lists gives way to them."""
        known = {*(one.selection for one in self.named), *self._favourites}
        kept = tuple(one for one in self._chosen if one in known and one not in selections)
        self.choose((*kept, *selections) if is_on else kept)

    def _on_clear_clicked(self) -> None:
        self.choose(())

    def _on_looked_at(self) -> None:
        self._details.setHtml(self._tree.current_html())

    def _on_star_clicked(self, is_on: bool) -> None:
        kept = tuple(one for one in self._favourites if one not in self._chosen)
        self._favourites = (*kept, *self._chosen) if is_on else kept
        write_favourites(self._favourites)
        self._show_library()

    # The library

    def _use(self, library: Library) -> None:
        self.library = library
        self._show_library()

    def _show_library(self) -> None:
        """Show the library, and the choice as far as the library has it."""
        self._lists.set_library(self.library)
        self._tree.set_content(self.library, self.named, [one for one in self._favourites if self._is_known(one)])
        if all(self._is_known(one) for one in self._chosen):
            self._show_choice()
        else:
            self.choose(())
        self.changed.emit()

    def _is_known(self, selection: Selection) -> bool:
        ids = {axis: {entry.id for entry in getattr(self.library, axis)} for axis in AXES}
        return all(set(getattr(selection, axis)) <= ids[axis] for axis in AXES)
