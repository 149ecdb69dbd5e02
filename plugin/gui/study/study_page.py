"""The page on which a study is set up and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional

import pandas as pd
from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ...data.result_styles import read_styles
from ...engine.base import InputError, StudyError
from ...engine.calendars import write_key_dates
from ...engine.purpose import check_purpose
from ...engine.screening import ROLES
from ...engine.study import Study
from ...layers.place_layers import add_places
from ...layers.result_layers import is_result_layer
from ...tasks.study_task import StudyRequest
from ..behaviors.behaviors_group import BehaviorsGroup
from ..behaviors.behaviors_page import BehaviorsPage
from ..widgets.form_parts import named
from ..widgets.inputs import SITE_ROLES, is_fit_for_observations, is_fit_for_sites, take_observations, take_sites
from ..widgets.page_parts import scrolled
from .advanced_group import AdvancedGroup
from .content_group import ContentGroup
from .key_dates_group import KeyDatesGroup
from .project_study import keep_choices, kept_choices
from .record_group import RecordGroup
from .run_footer import RunFooter
from .source_groups import observations_group, sites_group


class StudyPage(QWidget):
    """Inputs, key dates, purpose and settings, with the run button at the foot; makes a `StudyRequest`.

    `changed` comes when something was given that `request` may have missed.
    """

    failed = pyqtSignal(object)
    told = pyqtSignal(str)
    changed = pyqtSignal()

    def __init__(self, profile: Optional[Path] = None) -> None:
        super().__init__()
        named(self, "study_page")
        self._observations, self._sites = observations_group(), sites_group()
        self._key_dates = KeyDatesGroup()
        self._purpose = named(QLineEdit(), "purpose")
        self._purpose.setPlaceholderText(self.tr("Purpose (needed for itineraries)"))
        self._purpose.setToolTip(
            self.tr("Why this study is made, in a sentence. It is kept in the study's record; "
                    "without it no itineraries of single devices are shown.")
        )
        self.behaviors = BehaviorsPage(profile)
        self._behaviors = BehaviorsGroup(self.behaviors)
        self._advanced = AdvancedGroup()
        self.record = RecordGroup()
        self.content = ContentGroup()
        self.footer = RunFooter()
        self._lay_out()
        self._observations.failed.connect(self.failed)
        self._sites.failed.connect(self.failed)
        self._observations.changed.connect(self._on_observations_changed)
        for form in (self._observations, self._sites, self._key_dates):
            form.changed.connect(self.changed)
        self._purpose.textChanged.connect(self.changed)
        self._key_dates.places_given.connect(self._on_places_given)
        self._advanced.failed.connect(self.failed)
        self.behaviors.failed.connect(self.failed)
        self.behaviors.told.connect(self.told)
        self._behaviors.asked.connect(self._on_behaviors_asked)
        self.behaviors.closed.connect(self._on_behaviors_closed)
        self._forms = (
            self.record, self._observations, self._sites, self._key_dates, self._purpose, self._behaviors,
            self.behaviors, self._advanced,
        )  # fmt: skip

    def request(self) -> StudyRequest:
        """Return the run that the page describes; raise InputError or StudyError with what is missing.

        Layers are only taken as they are now: files and records are opened by the run, off the main thread.
        """
        picker = self._observations.picker
        if picker.is_empty():
            raise InputError("There are no observations yet; choose a layer or a file at the top.")
        if not self._key_dates.key_dates():
            raise StudyError("There is no key date yet; choose one in the calendar and press +.")
        before, after = self._key_dates.days()
        open_source = take_observations(
            picker.layer(), picker.path(), self._observations.columns.chosen(),
            self._observations.selected_only.isChecked(), self._observations.reading.settings(),
        )
        read_sites = take_sites(
            self._sites.picker.layer(), self._sites.picker.path(), self._sites.columns.chosen(),
            self._sites.selected_only.isChecked(),
        )
        study = Study(
            key_dates=self._key_dates.key_dates(), key_date_groups=self._key_dates.groups(),
            days_before=before, days_after=after,
            purpose=check_purpose(self._purpose.text()), **self._advanced.values(), **self.behaviors.study_values(),
        )
        inputs = (*picker.sources(), *self._sites.picker.sources())
        return StudyRequest(study, open_source, read_sites, self._advanced.output_path(), read_styles(), inputs)

    def release_output(self, path: str) -> None:
        """Let the next run not write over the study at `path`, which is shown now."""
        self._advanced.release_output(path)

    def algorithm_parameters(self) -> dict[str, Any]:
        """Return inputs, key dates, purpose and settings as parameters of Sitelight's algorithms."""
        fields = {role: f"{role.upper()}_FIELD" for role in ROLES}
        chosen = self._advanced.values()
        site_fields = {role: f"SITE_{role.upper()}_FIELD" for role in SITE_ROLES}
        return {
            **self._observations.parameters("OBSERVATIONS", "OBSERVATIONS_FILE", fields),
            **self._sites.parameters("SITES", "SITES", site_fields),
            "KEY_DATES": write_key_dates(self._key_dates.key_dates(), self._key_dates.groups()),
            "PURPOSE": self._purpose.text().strip(),
            "CELL_SIZE": chosen["cell_size_m"], "LOOKBACK_DAYS": chosen["lookback_days"],
            "KEEP_DEVICE_IDS": chosen["screening"].keep_device_ids,
        }  # fmt: skip

    def propose_layers(self, layers: Iterable[QgsMapLayer]) -> None:
        """Choose the first fitting layers for inputs that are still empty; where none fits they stay so."""
        points = [layer for layer in layers if isinstance(layer, QgsVectorLayer) and not is_result_layer(layer)]
        for group, fits in ((self._observations, is_fit_for_observations), (self._sites, is_fit_for_sites)):
            if group.picker.is_empty():
                group.picker.set_layer(next((layer for layer in points if fits(layer)), None))

    def set_running(self, is_running: bool) -> None:
        """Hold the forms still during a run."""
        for form in self._forms:
            form.setEnabled(not is_running)
        self.footer.set_running(is_running)

    def save_state(self) -> None:
        """Keep the choices in the project."""
        before, after = self._key_dates.days()
        state = {
            "observations": self._observations.state(),
            "sites": self._sites.state(),
            "key_dates": [day.isoformat() for day in self._key_dates.key_dates()],
            "key_date_kinds": self._key_dates.kinds(),
            "days": [before, after],
            "purpose": self._purpose.text(),
            "behaviors": self.behaviors.state(),
            "advanced": self._advanced.state(),
        }
        keep_choices(state)

    def restore_state(self) -> None:
        """Choose again what the project keeps; a project without choices leaves the page as it is."""
        state = kept_choices()
        if state is None:
            return
        try:
            self._take_state(state)
        except (TypeError, ValueError, AttributeError, OverflowError):
            told = self.tr("The choices that this project keeps cannot be read: look through the form before a run.")
            self.failed.emit(StudyError(told))

    def _take_state(self, state: Mapping[str, Any]) -> None:
        self._observations.set_state(state.get("observations", {}))
        self._sites.set_state(state.get("sites", {}))
        self._key_dates.set_key_dates_from_text(state.get("key_dates", []))
        self._key_dates.set_kinds(state.get("key_date_kinds", {}))
        before, after = state.get("days", self._key_dates.days())
        self._key_dates.set_days(int(before), int(after))
        self._purpose.setText(str(state.get("purpose", "")))
        self.behaviors.set_state(state.get("behaviors", []))
        self._advanced.set_state(state.get("advanced", {}))

    def take_record(self, record: Mapping[str, Any]) -> None:
        """Fill the form with what a run record keeps; the sites are not in it, and the output stays as it is."""
        study, source = record.get("study", {}), record.get("source", {})
        layers = QgsProject.instance().mapLayersByName(str(source.get("name", "")))
        self._observations.set_state({
            "layer": layers[0].id() if layers else "",
            "path": source.get("path", ""),
            "columns": {role: column or "" for role, column in source.get("columns", {}).items()},
            "reading": source.get("reading", {}),
        })  # fmt: skip
        self._key_dates.set_key_dates_from_text([*study.get("key_dates", []), *study.get("event_dates", [])])
        self._key_dates.set_groups(study.get("key_date_groups", []))
        before, after = self._key_dates.days()
        self._key_dates.set_days(int(study.get("days_before", before)), int(study.get("days_after", after)))
        self._purpose.setText(str(record.get("purpose", "")))
        lists = {axis: study.get(axis, []) for axis in ("who", "when", "what", "change")}
        self.behaviors.set_state(study.get("behaviors") or [lists])
        self._advanced.set_state({**study, "output": self._advanced.state()["output"]})
        if study.get("sites", {}).get("count") and self._sites.picker.is_empty():
            self.told.emit(self.tr("The form has the study's settings; its sites are to be chosen again."))

    def _lay_out(self) -> None:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(6, 6, 6, 6)
        for part in (
            self.record, self.content, self._observations, self._sites, self._key_dates, self._purpose,
            self._behaviors, self._advanced,
        ):  # fmt: skip
            column.addWidget(part)
        column.addStretch(1)
        self._pages = named(QStackedWidget(), "study_pages")
        self._pages.addWidget(scrolled("study", form))
        self._pages.addWidget(self.behaviors)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.footer)

    def _on_behaviors_asked(self) -> None:
        self._pages.setCurrentWidget(self.behaviors)
        self.behaviors.setFocus()

    def _on_behaviors_closed(self) -> None:
        self._pages.setCurrentIndex(0)
        self._behaviors.setFocus()

    def _on_places_given(self, places: pd.DataFrame) -> None:
        layer = add_places(places)
        if self._sites.picker.is_empty():
            self._sites.picker.set_layer(layer)
        told = self.tr("The temporary layer {name} has {count} sites; save it to keep it.")
        self.told.emit(told.format(count=f"{len(places):,}", name=layer.name()))

    def _on_observations_changed(self) -> None:
        self._key_dates.propose(self._observations.detected.last_day)
