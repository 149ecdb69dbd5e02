"""Saved signatures: what looks for one in the study, and the places most like it."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import QCoreApplication, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QListWidgetItem, QVBoxLayout, QWidget

from ...data.signature_files import SUFFIX, read_signature
from ...engine.base import InputError
from ...engine.tables import shown_count
from ..results.result_models import Card, probability
from ..results.results_page import ResultsPage
from ..widgets.form_parts import named, push_button, row_of, short_list
from ..widgets.messages import faults_told
from ..widgets.texts import tip
from ..widgets.work_button import WorkButton
from .signature_controller import SignatureController

MATCHES_SHOWN = 50
PATH_ROLE = Qt.ItemDataRole.UserRole
translate = QCoreApplication.translate


class SavedPage(QWidget):
    """Lists the signatures of the profile and the matches of the one looked for last."""

    failed = pyqtSignal(object)

    def __init__(self, controller: SignatureController) -> None:
        super().__init__()
        named(self, "saved_page")
        self._controller = controller
        self._list = short_list("saved_list", 90)
        self._delete = push_button("saved_delete", self.tr("Delete"))
        self._look = WorkButton("saved_look", self.tr("Look for It in This Study"))
        self.matches = ResultsPage(
            "matches", match_card, lambda row, _unfolded: explain_match(row),
            self.tr("Choose a saved signature and look for it in the key windows of the study."),
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self._list)
        layout.addLayout(row_of(self._delete, None, self._look))
        layout.addWidget(self._look.bar)
        layout.addWidget(self.matches, 1)
        self._connect()
        self._show_saved()

    def _connect(self) -> None:
        controller = self._controller
        controller.saved_changed.connect(self._show_saved)
        controller.study_changed.connect(self._on_study_changed)
        controller.looking.connect(self._look.begin)
        controller.ended.connect(self._look.end)
        controller.progress_changed.connect(self._look.show_progress)
        controller.looked.connect(self._show_matches)
        self._list.currentItemChanged.connect(self._on_list_current_item_changed)
        self._delete.clicked.connect(self._on_delete_clicked)
        self._look.start_asked.connect(self._on_look_asked)
        self._look.cancel_asked.connect(controller.cancel)

    def _chosen(self) -> Optional[Path]:
        item = self._list.currentItem()
        return None if item is None else Path(item.data(PATH_ROLE))

    def _show_saved(self) -> None:
        self._list.clear()
        for path in self._controller.saved():
            item = QListWidgetItem(saved_name(path))
            item.setData(PATH_ROLE, str(path))
            item.setToolTip(tip(str(path)))
            self._list.addItem(item)
        if self._list.count():
            self._list.setCurrentRow(0)
        self._show_possible()

    def _show_possible(self) -> None:
        has_one = self._chosen() is not None
        self._delete.setEnabled(has_one)
        self._look.set_possible(has_one and self._controller.can_look())

    def _show_matches(self, name: str) -> None:
        table = self._controller.matches(name).sort_values("rank").head(MATCHES_SHOWN)
        self.matches.set_table(table, notes=(self.tr("Places most like “{name}”").format(name=name),))

    def _on_list_current_item_changed(self, _item: object, _before: object) -> None:
        self._show_possible()

    def _on_study_changed(self) -> None:
        self._show_possible()
        names = self._controller.matched_names()
        if names:
            self._show_matches(names[0])
        else:
            self.matches.clear()

    def _on_delete_clicked(self) -> None:
        with faults_told(self.failed.emit):
            self._controller.delete(self._chosen())

    def _on_look_asked(self) -> None:
        with faults_told(self.failed.emit):
            self._controller.look(self._chosen())


def saved_name(path: Path) -> str:
    """Return the name of a saved signature; of a file that cannot be read, its own."""
    try:
        return read_signature(path).name
    except InputError:
        return path.name[: -len(SUFFIX)]


def match_card(row: dict[str, Any]) -> Card:
    """Return the card of one match."""
    chance = translate("SignaturePages", "p = {p}").format(p=probability(row["p_value"])).replace("= <", "<")
    parts = [row["key_date"], chance, row["category"]]
    if row["is_example"]:
        parts.append(translate("SignaturePages", "one of the examples"))
    text = translate("SignaturePages", "{devices} devices: {drivers}").format(
        devices=shown_count(row["devices"]), drivers=row["drivers"] or translate("SignaturePages", "nothing stands out")
    )
    title = row["spot_name"] or row["spot_id"]
    return Card(str(row["rank"]), title, text, " · ".join(part for part in parts if part))


def figure_text(value: float) -> str:
    """Return a score with one digit, or a dash."""
    return "–" if value != value else f"{value:.1f}"


def explain_match(row: dict[str, Any]) -> str:
    """Return what a match rests on, as HTML."""
    lines = [
        row["sentence"],
        translate("SignaturePages", "Score {score}; this place in ordinary weeks: {usual}. q = {q}.").format(
            score=figure_text(row["score"]), usual=figure_text(row["usual_score"]), q=probability(row["q_value"])
        ).replace("= <", "<"),
    ]  # fmt: skip
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)
