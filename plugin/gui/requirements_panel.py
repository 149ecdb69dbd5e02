"""What stands in the panel's place while packages are missing: what to run, where, and a button that copies it."""

from __future__ import annotations

from typing import Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtWidgets import QApplication, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from .requirements import Problem

ZERO_WIDTH_SPACE = "\u200b"


class RequirementsPanel(QgsDockWidget):
    """One sentence, the command for this system where one helps, Copy, and what to do afterwards."""

    def __init__(self, problem: Problem, parent: Optional[QWidget] = None) -> None:
        super().__init__("Sitelight", parent)
        self.setObjectName("sitelight_panel")
        self._command = problem.command
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(_wrapped("problem", problem.sentence))
        if self._command is not None:
            layout.addWidget(_wrapped("where_to_run", self._where_to_run()))
            layout.addWidget(self._command_label())
            layout.addWidget(self._copy_button(), 0, Qt.AlignmentFlag.AlignLeft)
            layout.addWidget(_wrapped("then", self.tr("Then restart QGIS.")))
        layout.addStretch(1)
        self.setWidget(page)

    def _where_to_run(self) -> str:
        if self._command.is_for_osgeo4w_shell:
            return self.tr("Open the OSGeo4W Shell from the Start menu and run in it:")
        return self.tr("Open a terminal and run:")

    def _command_label(self) -> QLabel:
        # Long words may break after these; what Copy gives has none of the invisible spaces.
        shown = self._command.text
        for mark in "/=":
            shown = shown.replace(mark, mark + ZERO_WIDTH_SPACE)
        label = _wrapped("command", shown)
        label.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        label.setFrameShape(QLabel.Shape.StyledPanel)
        label.setMargin(6)
        return label

    def _copy_button(self) -> QPushButton:
        self._copy = QPushButton(self.tr("Copy Command"))
        self._copy.setObjectName("sitelight_copy_command")
        self._copy.clicked.connect(self._on_copy_clicked)
        return self._copy

    def _on_copy_clicked(self) -> None:
        QApplication.clipboard().setText(self._command.text)
        self._copy.setText(self.tr("Copied"))


def _wrapped(name: str, text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(f"sitelight_{name}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
