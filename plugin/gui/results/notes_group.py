"""The notes of a study above its findings: folded, so that the findings stand first, and one click away."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from ..widgets.colors import muted
from ..widgets.form_parts import named, plain_label

MOST_HEIGHT = 180  # pixels; longer notes are scrolled, so that cards remain in sight


class NotesGroup(QgsCollapsibleGroupBoxBasic):
    """A folded group with one paragraph for each note; hidden where there are none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, f"{name}_notes_group")
        self._text = plain_label(f"{name}_notes")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        muted(self._text)
        area = named(QScrollArea(), f"{name}_notes_area")
        area.setWidget(self._text)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMaximumHeight(MOST_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setCollapsed(True)
        self.set_notes(())

    def set_notes(self, notes: Sequence[str]) -> None:
        """Show `notes` (plain text)."""
        self.setTitle(self.tr("Notes on this study ({count})").format(count=len(notes)))
        self._text.setText("\n\n".join(notes))
        self.setVisible(bool(notes))
