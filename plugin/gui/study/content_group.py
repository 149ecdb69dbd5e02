"""Whether the file of the study that is shown fits its log, and its seal to be kept somewhere else."""

from __future__ import annotations

import html
from typing import Optional

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QApplication, QGroupBox, QVBoxLayout

from ...data.audit_log import StudyCheck, short_seal
from ..widgets.form_parts import named, push_button, rich_label, row_of
from ..widgets.texts import breakable

translate = QCoreApplication.translate


class ContentGroup(QGroupBox):
    """One line and the seal, with Copy, where everything fits; else a line for each table that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(self.tr("Content of the Study"))
        named(self, "content_group")
        self._seal = ""
        self._text = rich_label("content_text")
        self._copy = push_button(
            "content_copy", self.tr("Copy Seal"),
            self.tr("Keep the seal outside of the file: it shows later whether anything in the study was changed"),
        )  # fmt: skip
        self._copy.clicked.connect(self._on_copy_clicked)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addLayout(row_of(None, self._copy))
        self.hide()

    def show_check(self, check: Optional[StudyCheck]) -> None:
        """Show what was found; hidden where there is no study."""
        self.setVisible(check is not None)
        if check is not None:
            self._seal = check.seal
            self._text.setText(content_html(check))
            self._copy.setVisible(check.fits)

    def _on_copy_clicked(self) -> None:
        QApplication.clipboard().setText(self._seal)


def content_html(check: StudyCheck) -> str:
    """Return whether the content fits the log, and its seal, or what does not fit, as short lines.

    The seal of a study that does not fit is of no use: nobody shall keep it for the right one.
    """
    if check.fits:
        verdict = translate("ContentGroup", "Every table is as it was written.")
    elif check.faults:
        verdict = translate("ContentGroup", "The study was changed after it was written.")
    else:
        verdict = translate("ContentGroup", "Not proven.")
    lines = [f"<b>{html.escape(verdict)}</b>", *(html.escape(breakable(sentence)) for sentence in check.sentences)]
    if check.fits:
        word, seal = translate("ContentGroup", "Seal"), breakable(short_seal(check.seal))
        lines.append(f"<b>{html.escape(word)}</b> {html.escape(seal)}")
    return "<br>".join(lines)
