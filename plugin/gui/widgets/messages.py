"""The one place where errors and outcomes become messages for the analyst."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

from qgis.core import Qgis, QgsMessageLog
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtWidgets import QSizePolicy

from ...engine.base import SitelightError, fault_place, fault_trace
from .form_parts import plain_label
from .texts import breakable

TAG = "Sitelight"


def sentence_of(error: BaseException) -> str:
    """Return the one sentence to show for `error`; details of an unexpected one go to the message log."""
    if isinstance(error, SitelightError):
        return str(error)
    QgsMessageLog.logMessage(html.escape(fault_trace(error), quote=False), TAG, Qgis.MessageLevel.Critical, False)
    text = QCoreApplication.translate(
        "Messages",
        "Something unexpected happened ({name} in {place}); see the Sitelight tab of the Log Messages panel.",
    )
    return text.format(name=type(error).__name__, place=fault_place(error) or "-")


@contextmanager
def faults_told(tell: Callable[[BaseException], None]) -> Iterator[None]:
    """Hand any exception that is raised inside to `tell`: a fault becomes one sentence, and what shows it stays usable.

    What follows inside is left out then, and what follows outside is not.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a slot must not raise, whatever it is
        tell(error)


def show_error(bar: QgsMessageBar, error: BaseException) -> None:
    """Show `error` as one sentence; it replaces the message before it and stays until closed."""
    show_sentence(bar, sentence_of(error), Qgis.MessageLevel.Critical, 0)


def show_warning(bar: QgsMessageBar, sentence: str) -> None:
    """Show what the analyst should know or do next; it stays until closed."""
    show_sentence(bar, sentence, Qgis.MessageLevel.Warning, 0)


def show_outcome(bar: QgsMessageBar, sentence: str) -> None:
    """Show that something went well; it goes by itself."""
    show_sentence(bar, sentence, Qgis.MessageLevel.Success, 8)


def show_sentence(bar: QgsMessageBar, sentence: str, level: Qgis.MessageLevel, seconds: int) -> None:
    """Put one sentence into `bar` for `seconds` (0: until closed) and into the message log."""
    QgsMessageLog.logMessage(html.escape(sentence, quote=False), TAG, level, False)  # QGIS shows its log as HTML
    bar.clearWidgets()
    label = plain_label(text=breakable(sentence))
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    # The bar's own text field is two lines high and hides the rest behind arrows; a label takes what it needs.
    bar.pushWidget(label, level, seconds)
