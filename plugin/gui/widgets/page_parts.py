"""What pages are made of: message bars, scrolled forms, and lists that are searched and explained."""

from __future__ import annotations

from qgis.gui import QgsFilterLineEdit, QgsMessageBar, QgsScrollArea
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtWidgets import QFrame, QSizePolicy, QSplitter, QTextBrowser, QWidget

from .form_parts import named, narrow


def message_bar(name: str) -> QgsMessageBar:
    """Return the bar at the top of a page or window that `messages` show in."""
    return narrow(named(QgsMessageBar(), name))


def scrolled(name: str, form: QWidget) -> QgsScrollArea:
    """Return `form` in an area that scrolls up and down where it is too long."""
    area = named(QgsScrollArea(), f"{name}_area")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(named(form, f"{name}_form"))
    return area


def search_line(name: str, text: str) -> QgsFilterLineEdit:
    """Return an entry of words to search for; `text` says so while it is empty."""
    line = named(QgsFilterLineEdit(), f"{name}_search")
    line.setPlaceholderText(text)
    line.setShowSearchIcon(True)
    return line


class DetailsText(QTextBrowser):
    """Shows HTML and loads nothing that it may name: no picture, no style, no other page."""

    def loadResource(self, _kind: int, _address: QUrl) -> None:
        """Return nothing."""


def details_text(name: str, empty_text: str) -> QTextBrowser:
    """Return what explains the chosen row of a list in HTML, in which all that comes from data is escaped."""
    text = named(DetailsText(), f"{name}_details")
    text.setOpenLinks(False)
    text.setPlaceholderText(empty_text)
    text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
    return text


def above(upper: QWidget, lower: QWidget, height: int) -> QSplitter:
    """Return `upper` above `lower`, with a border that can be moved; `upper` is `height` pixels high at first."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.addWidget(upper)
    splitter.addWidget(lower)
    splitter.setStretchFactor(0, 3)
    splitter.setStretchFactor(1, 1)
    splitter.setSizes([height, 110])
    splitter.setChildrenCollapsible(False)
    return splitter
