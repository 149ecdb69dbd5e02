"""Labels, buttons, inputs and rows as the forms of the panel use them."""

from __future__ import annotations

from typing import Callable, Optional, TypeVar

from qgis.core import QgsApplication
from qgis.gui import QgsSpinBox
from qgis.PyQt.QtCore import QDate, QObject, Qt
from qgis.PyQt.QtWidgets import (
    QAction,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from .texts import tip

Named = TypeVar("Named", bound=QObject)


def named(thing: Named, name: str) -> Named:
    """Return `thing` with the object name by which it is found: `sitelight_` and what it is."""
    thing.setObjectName(f"sitelight_{name}")
    return thing


def narrow(widget: Named, least_width: int = 0) -> Named:
    """Return `widget`, which takes the width that there is whatever it shows, and its own height."""
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(least_width)
    return widget


def plain_label(name: str = "", text: str = "") -> QLabel:
    """Return a label that shows any text as it is: by itself a label takes what looks like HTML for HTML."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return named(label, name) if name else label


def heading(text: str) -> QLabel:
    """Return a title in bold."""
    label = plain_label(text=text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def wrapped_label(name: str, text: str = "") -> QLabel:
    """Return a label that breaks its lines at any width; its text can be selected."""
    label = plain_label(name, text)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def rich_label(name: str) -> QLabel:
    """Return a wrapped label for HTML, in which all that comes from data is escaped."""
    label = wrapped_label(name)
    label.setTextFormat(Qt.TextFormat.RichText)
    return label


def empty_label(name: str, text: str = "") -> QLabel:
    """Return what stands in the middle of a page that has nothing to show."""
    label = plain_label(name, text)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setMargin(16)
    return label


def short_list(name: str, height: int) -> QListWidget:
    """Return a list of texts that wrap, `height` pixels high."""
    listed = narrow(named(QListWidget(), name))
    listed.setWordWrap(True)
    listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    listed.setFixedHeight(height)
    return listed


def push_button(name: str, text: str, about: str = "") -> QPushButton:
    """Return a button."""
    button = named(QPushButton(text), name)
    button.setToolTip(tip(about))
    button.setAutoDefault(False)  # in a dialog, Return in a text field would press it
    return button


def icon_button(name: str, theme_icon: str, about: str) -> QToolButton:
    """Return a flat button with an icon of QGIS's theme."""
    button = named(QToolButton(), name)
    button.setIcon(QgsApplication.getThemeIcon(theme_icon))
    button.setAutoRaise(True)
    button.setToolTip(tip(about))
    button.setAccessibleName(about)
    return button


def menu_button(name: str, text: str, about: str) -> QToolButton:
    """Return a button that opens its menu, which is empty yet; "…" says so without an arrow."""
    button = named(QToolButton(), name)
    button.setText(text)
    button.setToolTip(tip(about))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    if text == "…":
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
    button.setMenu(QMenu(button))
    return button


def add_action(menu: QMenu, name: str, text: str, slot: Callable[[], None]) -> QAction:
    """Add an entry to `menu` that calls `slot`."""
    action = named(menu.addAction(text), name)
    action.triggered.connect(lambda _checked=False: slot())
    return action


def spin_box(name: str, least: int, most: int, value: int, suffix: str = "") -> QgsSpinBox:
    """Return an entry of a whole number that can be set back to `value`."""
    box = named(QgsSpinBox(), name)
    box.setExpressionsEnabled(False)  # it would take letters, as of a formula
    box.setRange(least, most)
    box.setValue(value)
    box.setClearValue(value)
    box.setSuffix(suffix)
    return box


def date_edit(name: str, day: Optional[QDate] = None) -> QDateEdit:
    """Return an entry of a date with a calendar."""
    edit = named(QDateEdit() if day is None else QDateEdit(day), name)
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("yyyy-MM-dd")
    return edit


def row_of(*widgets: Optional[QWidget]) -> QHBoxLayout:
    """Return the widgets side by side; None takes what room is left."""
    row = QHBoxLayout()
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return row
