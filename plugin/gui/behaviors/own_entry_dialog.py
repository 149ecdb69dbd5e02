"""The form for an entry of the analyst's own."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ...engine.behaviors import ATOMS, AXES, MAX_LENGTH, OWN_PREFIX, Entry, Library
from ..widgets.form_parts import named, plain_label
from ..widgets.messages import show_error
from ..widgets.page_parts import message_bar
from ..widgets.texts import tip
from .behavior_texts import axis_title

FACETS_SHOWN = 7
ID_LENGTH = 40


def own_id(title: str, taken: set[str]) -> str:
    """Return an id for a new entry: its title in ASCII, numbered where that is taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    stem = OWN_PREFIX + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:ID_LENGTH] or "entry")
    names = (stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def facet_entries(library: Library, axis: str) -> dict[str, Optional[Entry]]:
    """Return the facets that entries of `axis` may require, each with the entry that stands for it alone."""
    alone = {entry.requires[0][0]: entry for entry in getattr(library, axis) if _is_plain(entry)}
    return {atom: alone.get(atom) for atom in ATOMS[axis]}


def _is_plain(entry: Entry) -> bool:
    is_own = entry.id.startswith(OWN_PREFIX)
    return not is_own and len(entry.requires) == 1 and len(entry.requires[0]) == 1


class OwnEntryDialog(QDialog):
    """Asks for kind, texts and facets; `add` takes the content of the form and raises InputError if it is wrong."""

    def __init__(
        self, library: Library, add: Callable[[dict[str, Any]], None], parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(parent)
        named(self, "own_entry_dialog")
        self.setWindowTitle(self.tr("Add Own Entry"))
        self._library = library
        self._add = add
        self._bar = message_bar("own_bar")
        self._kind = named(QComboBox(), "own_kind")
        for axis in ATOMS:
            self._kind.addItem(axis_title(axis), axis)
        self._title = self._line("title", self.tr("Port visitor from abroad"))
        self._sentence = self._line("sentence", "")
        self._mode = named(QComboBox(), "own_mode")
        self._mode.addItem(self.tr("All of These"), "all")
        self._mode.addItem(self.tr("Any of These"), "any")
        self._facets = named(QListWidget(), "own_facets")
        self._facets.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._facets.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._definition = named(QPlainTextEdit(), "own_definition")
        self._definition.setTabChangesFocus(True)
        self._definition.setPlaceholderText(self.tr("What must hold, in one or two sentences"))
        self._confused = self._line("confused", self.tr("dock workers, crews"))
        self._preview = plain_label("own_preview")
        self._preview.setWordWrap(True)
        buttons = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        self._buttons = named(QDialogButtonBox(buttons), "own_buttons")
        self._lay_out()
        self._connect()
        self._on_kind_changed(0)

    def content(self) -> dict[str, Any]:
        """Return the entry as own entries are written in JSON."""
        axis = str(self._kind.currentData())
        chosen = [str(item.data(Qt.ItemDataRole.UserRole)) for item in self._checked_items()]
        taken = {entry.id for name in AXES for entry in getattr(self._library, name)}
        words = (" ".join(word.split()) for word in self._confused.text().split(","))
        row = {
            "id": own_id(self._title.text(), taken),
            "title": " ".join(self._title.text().split()),
            "sentence": " ".join(self._sentence.text().split()),
            "definition": " ".join(self._definition.toPlainText().split()),
            "confused_with": [word for word in words if word],
            "requires": [chosen] if self._mode.currentData() == "any" else [[atom] for atom in chosen],
        }
        return {axis: [row]}

    def accept(self) -> None:
        """Add the entry and close, or say what is wrong and stay open."""
        try:
            self._add(self.content())
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the form stays as it is
            show_error(self._bar, error)
            return
        super().accept()

    def _line(self, name: str, example: str) -> QLineEdit:
        line = named(QLineEdit(), f"own_{name}")
        line.setMaxLength(MAX_LENGTH.get(name, MAX_LENGTH["definition"]))
        line.setPlaceholderText(example)
        return line

    def _lay_out(self) -> None:
        line = self.fontMetrics().lineSpacing()
        self._facets.setMinimumHeight(line * FACETS_SHOWN)
        self._definition.setFixedHeight(line * 3 + 12)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("Kind"), self._kind)
        form.addRow(self.tr("Title"), self._title)
        form.addRow(self.tr("Sentence part"), self._sentence)
        form.addRow(self.tr("Requires"), self._mode)
        form.addRow("", self._facets)
        form.addRow(self.tr("Definition"), self._definition)
        form.addRow(self.tr("Confused with"), self._confused)
        layout = QVBoxLayout(self)
        layout.addWidget(self._bar)
        layout.addLayout(form, 1)
        layout.addWidget(self._preview)
        layout.addWidget(self._buttons)
        self.resize(400, 520)

    def _connect(self) -> None:
        self._kind.currentIndexChanged.connect(self._on_kind_changed)
        self._sentence.textChanged.connect(self._on_sentence_changed)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _checked_items(self) -> list[QListWidgetItem]:
        items = (self._facets.item(row) for row in range(self._facets.count()))
        return [item for item in items if item.checkState() == Qt.CheckState.Checked]

    def _on_kind_changed(self, _index: int) -> None:
        examples = {
            "who": self.tr("from abroad and recently seen at a port"),
            "when": self.tr("at night or at dawn"),
            "what": self.tr("stopping briefly or passing through"),
        }
        axis = str(self._kind.currentData())
        self._sentence.setPlaceholderText(examples[axis])
        self._facets.clear()
        for atom, entry in facet_entries(self._library, axis).items():
            item = QListWidgetItem(entry.title if entry else atom, self._facets)
            item.setToolTip(tip(entry.definition) if entry else "")
            item.setData(Qt.ItemDataRole.UserRole, atom)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        self._on_sentence_changed(self._sentence.text())

    def _on_sentence_changed(self, text: str) -> None:
        part = " ".join(text.split()) or self._sentence.placeholderText()
        forms = {
            "who": self.tr("Devices {part}, present: surges"),
            "when": self.tr("Devices present {part}: surges"),
            "what": self.tr("Devices {part}: surges"),
        }
        reads = self.tr("Reads: {sentence}").format(sentence=forms[str(self._kind.currentData())])
        self._preview.setText(reads.replace("{part}", part))
