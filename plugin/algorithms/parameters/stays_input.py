"""What the algorithms that begin with screening and stays share: parameters, the account of screening, the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...data.library import load_vocabulary
from ...data.world import load_world
from ...engine.base import InputError, Progress, SitelightError
from ...engine.history import Inputs, Prepared, prepare
from ...engine.places import World, country_codes
from ...engine.screening import KEPT, Screened, ScreeningSettings
from ...engine.stays import StaySettings
from ...layers.output_layers import present_output
from .base import feedback_progress, processing_errors, source_lines
from .detector_settings import merging_input, screening_input
from .record_sink import Records, write_output
from .settings_input import SettingsInput
from .sites_input import SitesInputAlgorithm

SCREENED, FOUND, WRITTEN = 0.6, 0.85, 0.95


class StaysAlgorithm(SitesInputAlgorithm):
    """Base of the algorithms that screen observations and write what they detect as one layer.

    Subclasses add parameters of their own and turn fixes into records. While it runs, `reading` has all sites as they
    were given.
    """

    OUTPUT = "OUTPUT"
    READ, KEPT, DROPPED = "READ", "KEPT", "DROPPED"
    # The output number that counts the rows written, and the style of the layer; set by each subclass.
    ROWS, STYLE = "", ""
    # Whether stays are needed, and whether their estimated times are written.
    NEEDS_STAYS, HAS_ESTIMATES = True, False
    OUTPUT_TYPE = QgsProcessing.SourceType.TypeVectorPoint

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        translate = QCoreApplication.translate
        self._screening, self._merging = screening_input(), merging_input(self.HAS_ESTIMATES)
        self.add_observation_inputs()
        self.add_choices()
        self.add_observation_settings()
        self.add_sites_settings()
        stays = (self._merging,) if self.NEEDS_STAYS else ()
        self._all_settings = (self._screening, *stays, *self.more_settings())
        for settings in self._all_settings:
            for definition in settings.definitions():
                self.add_advanced(definition)
        self.add_basic(
            QgsProcessingParameterFeatureSink(self.OUTPUT, self.output_title(), self.OUTPUT_TYPE), self.output_help()
        )
        self.addOutput(QgsProcessingOutputNumber(self.READ, translate("StaysAlgorithm", "Rows read")))
        self.addOutput(QgsProcessingOutputNumber(self.KEPT, translate("StaysAlgorithm", "Rows kept")))
        self.addOutput(QgsProcessingOutputNumber(self.DROPPED, translate("StaysAlgorithm", "Rows dropped")))
        self.addOutput(QgsProcessingOutputNumber(self.ROWS, self.output_title()))

    def add_choices(self) -> None:
        """Add the parameters that every analyst looks at, after the observations."""
        raise NotImplementedError

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return the settings beside those of screening and of merged stays."""
        raise NotImplementedError

    def output_title(self) -> str:
        """Return the name of the output layer."""
        raise NotImplementedError

    def output_help(self) -> str:
        """Return what one row of the output is."""
        raise NotImplementedError

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen; raise InputError with a sentence for values that make no sense."""
        limits: ScreeningSettings = self._screening.read(self, parameters, context)
        categories = tuple(map(load_vocabulary().category_of, limits.sensitive_categories))
        self._limits = replace(limits, sensitive_categories=categories)
        for code in self._limits.excluded_countries:
            if len(code) != 2:
                raise InputError(f"“{code}” is no country code; write two letters such as US, with commas between.")
        if not self.NEEDS_STAYS:
            return
        self.merging: StaySettings = self._merging.read(self, parameters, context)
        if self.merging.radius_m > self.merging.max_radius_m:
            raise InputError(
                f"RADIUS_M ({self.merging.radius_m:g} m) is above MAX_RADIUS_M ({self.merging.max_radius_m:g} m), "
                "which must be at least as large."
            )

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> Records:
        """Return the rows to write."""
        raise NotImplementedError

    def write_more(
        self, name: str, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        """Write the outputs beside the first one, from what `find_records` kept; `name` is that of the source."""
        return {}

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Return whether the parameters make sense, and one sentence if not."""
        try:
            self.read_settings(parameters, context)
        except SitelightError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take inputs and settings as they are now, on the main thread."""
        with processing_errors():
            self.read_settings(parameters, context)
            self._read_sites = self.take_sites(parameters, context)
            self._open_source = self.take_source(parameters, context)
        self._changed = {
            name: value
            for settings in self._all_settings
            for name, value in settings.changed(self, parameters, context).items()
        }
        self.has_sites = bool(parameters.get(self.SITES))
        self._keep_ids = self.parameterAsBool(parameters, self.KEEP_DEVICE_IDS, context)
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Screen, detect, write."""
        progress = feedback_progress(feedback)
        with processing_errors():
            progress.step("Reading observations", 0.0)
            world, self.reading, source = load_world(), self._read_sites(), self._open_source()
            if self.reading.note:
                feedback.pushWarning(self.reading.note)
            inputs = Inputs(self.reading.sites, world, self._known_limits(world))
            found = prepare(source, inputs, progress.part(0.0, SCREENED))
            screened = found.screened
            for line in (*source_lines(source, self._keep_ids), *changed_lines(self._changed), *account_of(screened)):
                feedback.pushInfo(line)
            for note in found.notes():
                feedback.pushWarning(note)
            records = self.find_records(found, progress.part(SCREENED, FOUND), feedback)
            identity = write_output(self, self.OUTPUT, records, parameters, context, progress.part(FOUND, WRITTEN))
            more = self.write_more(source.name, parameters, context, progress.part(WRITTEN, 1.0))
        title = self.output_title()
        present_output(context, identity, self.STYLE, title, f"{title} – {source.name}")
        return {
            self.OUTPUT: identity,
            self.READ: screened.read,
            self.KEPT: screened.counts[KEPT],
            self.DROPPED: screened.read - screened.counts[KEPT],
            self.ROWS: len(records),
            **more,
        }

    def _known_limits(self, world: World) -> ScreeningSettings:
        """Return the limits of screening; raise InputError for a country that the world map does not have."""
        codes = self._limits.excluded_countries
        for code, row in zip(codes, country_codes.index_of(world, codes)):
            if row == country_codes.NOWHERE:
                raise InputError(f"There is no country “{code}” on the world map; write ISO 3166 codes such as US.")
        return replace(self._limits, keep_device_ids=self._keep_ids)


def changed_lines(changed: dict[str, Any]) -> list[str]:
    """Return the settings that are not those of most runs in one line, none if there are none."""
    words = (f"{name} {_value_text(value)}" for name, value in changed.items())
    return [f"Settings changed: {'; '.join(words)}"] if changed else []


def _value_text(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def account_of(screened: Screened) -> list[str]:
    """Return one line for the rows read, kept and dropped, and one for each reason, none left out."""
    kept = screened.counts[KEPT]
    reasons = {reason: rows for reason, rows in screened.counts.items() if reason != KEPT}
    return [
        f"Rows: {screened.read:,} read = {kept:,} kept + {screened.read - kept:,} dropped",
        *(f"Dropped – {reason}: {rows:,}" for reason, rows in reasons.items()),
    ]


def rounded(values: np.ndarray, digits: int) -> np.ndarray:
    """Return float32 numbers as float64 without the digits that mean nothing."""
    return np.round(values.astype(np.float64), digits)
