"""What the study that was loaded was made of, beside a form that may say something else."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal
from qgis.PyQt.QtWidgets import QGroupBox, QVBoxLayout

from ..widgets.form_parts import named, push_button, rich_label, row_of
from ..widgets.texts import breakable

translate = QCoreApplication.translate


class RecordGroup(QGroupBox):
    """The run record of a loaded study in a few lines, and a button that asks for its settings in the form."""

    take_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(self.tr("Loaded Study"))
        named(self, "record_group")
        self._text = rich_label("record_text")
        self._take = push_button(
            "record_take", self.tr("Use Its Settings"),
            self.tr("Fill the form below with the observations, dates, purpose and settings of it"),
        )  # fmt: skip
        self._take.clicked.connect(self.take_asked)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addLayout(row_of(None, self._take))
        self.hide()

    def show_record(self, path: str, record: Mapping[str, Any]) -> None:
        """Show the record of the study at `path`; hidden where there is none."""
        self._text.setText(record_html(path, record))
        self.setVisible(bool(record))


def record_html(path: str, record: Mapping[str, Any]) -> str:
    """Return file, observations, sites, key dates and purpose of a run record as short lines."""
    study, none = record.get("study", {}), translate("RecordGroup", "none")
    days = translate("RecordGroup", "{dates} ({before} days before, {after} after)").format(
        dates=", ".join(sorted({*study.get("key_dates", ()), *study.get("event_dates", ())})),
        before=study.get("days_before"), after=study.get("days_after")
    )
    rows = (
        (translate("RecordGroup", "File"), Path(path).name),
        (translate("RecordGroup", "Made"), str(record.get("finished", ""))[:10]),
        (translate("RecordGroup", "Observations"), record.get("source", {}).get("name", "")),
        (translate("RecordGroup", "Sites"), f"{study.get('sites', {}).get('count', 0):,}"),
        (translate("RecordGroup", "Key dates"), days),
        (translate("RecordGroup", "Purpose"), record.get("purpose") or none),
    )
    spans = record.get("counts", {}).get("calendar", 0)
    if spans:
        told = translate("RecordGroup", "{count} days and spans").format(count=f"{spans:,}")
        rows = (*rows, (translate("RecordGroup", "Calendar"), told))
    return "<br>".join(f"<b>{html.escape(label)}</b> {html.escape(breakable(str(text)))}" for label, text in rows)
