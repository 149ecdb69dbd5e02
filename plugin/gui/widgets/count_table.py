"""A short table of counts with a bar each."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QGridLayout, QProgressBar, QWidget

from .form_parts import named, plain_label, wrapped_label

ROWS_SHOWN = 8


class CountTable(QWidget):
    """Labels with counts and a thin bar each, the largest first; what is beyond the first rows is summed up."""

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, f"{name}_table")
        self._name = name
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(1, 2)

    def show_rows(self, rows: list[tuple[str, str]]) -> None:
        """Show (label, devices) pairs; devices may be a bound such as "39+"."""
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()  # it lives on until the event loop comes round, and would shine through the new rows
            widget.deleteLater()
        most = max((_number(told) for _label, told in rows), default=0)
        for number, (text, told) in enumerate(rows[:ROWS_SHOWN]):
            label = wrapped_label(f"{self._name}_{number}", text)
            bar = QProgressBar()
            bar.setRange(0, max(1, most))
            bar.setValue(_number(told))
            bar.setTextVisible(False)
            bar.setFixedHeight(8)
            bar.setMinimumWidth(30)
            figure = plain_label(text=told)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((label, bar, figure)):
                self._grid.addWidget(widget, number, column)
        if not rows:
            self._grid.addWidget(plain_label(text=self.tr("Too few devices to show.")), 0, 0)


def _number(told: str) -> int:
    """Return a count for the length of its bar; what a changed file says instead of one is none."""
    digits = told.rstrip("+")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 10 else 0
