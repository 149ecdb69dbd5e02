"""The line on the study form that says which behaviors are tested and opens their page."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QGroupBox

from ..widgets.colors import muted
from ..widgets.form_parts import named, plain_label, push_button
from .behaviors_page import BehaviorsPage


class BehaviorsGroup(QGroupBox):
    """What is chosen, how many models that is, and a button that asks for the page."""

    asked = pyqtSignal()

    def __init__(self, page: BehaviorsPage) -> None:
        super().__init__()
        self.setTitle(self.tr("Behaviors"))
        named(self, "behaviors_group")
        self._page = page
        self._count = plain_label("behaviors_chosen_count")
        self._title = plain_label("behaviors_chosen")
        self._title.setWordWrap(True)
        muted(self._title)
        choose = push_button(
            "behaviors_choose", self.tr("Choose…"),
            self.tr("Browse the library and choose which behaviors the next run tests"),
        )  # fmt: skip
        choose.clicked.connect(self.asked)
        self.setFocusProxy(choose)
        layout = QGridLayout(self)
        layout.setColumnStretch(0, 1)
        layout.addWidget(self._count, 0, 0)
        layout.addWidget(choose, 0, 1)
        layout.addWidget(self._title, 1, 0, 1, 2)
        page.changed.connect(self._on_page_changed)
        self._on_page_changed()

    def _on_page_changed(self) -> None:
        self._count.setText(self._page.count_text())
        self._title.setText(self._page.title_text())
        self._title.setVisible(bool(self._page.chosen()))
