"""What the algorithms that begin with screening and stays share: parameters, the account of screening, the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
)

from ...data.country_names import load_country_names
from ...data.layer_audit import AuditNote
from ...data.library import load_vocabulary
from ...data.world import load_world
from ...engine.base import InputError, Progress, SitelightError
from ...engine.history import Inputs, Prepared, prepare
from ...engine.places import World, country_codes
from ...engine.screening import KEPT, Screened, ScreeningSettings
from ...engine.stays import StaySettings
from ...layers.output_layers import present_output
from .detector_settings import merging_input, screening_input
from .file_checks import mark_layer
from .layer_output import LayerOutput
from .observations_input import source_lines
from .purpose_input import AUDIT_ACTION, PurposeAlgorithm
from .record_sink import Records, write_output
from .settings_input import SettingsInput

SCREENED, FOUND = 0.6, 0.85


class StaysAlgorithm(PurposeAlgorithm):
    """Base of the algorithms that screen observations and write what they detect as layers.

    Subclasses add parameters of their own and turn fixes into records. While it runs, `reading` has all sites as they
    were given.
    """

    OUTPUT = "OUTPUT"
    READ, KEPT, DROPPED = "READ", "KEPT", "DROPPED"
    # The layers written; all but the first may be left out.
    OUTPUTS: tuple[LayerOutput, ...] = ()
    # Whether stays are needed, and whether their estimated times are written.
    NEEDS_STAYS, HAS_ESTIMATES = True, False

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self._screening, self._merging = screening_input(), merging_input(self.HAS_ESTIMATES)
        self.add_observation_inputs()
        self.add_choices()
        self.add_purpose()
        self.add_observation_settings()
        self.add_sites_settings()
        stays = (self._merging,) if self.NEEDS_STAYS else ()
        self._all_settings = (self._screening, *stays, *self.more_settings())
        for settings in self._all_settings:
            for definition in settings.definitions():
                self.add_advanced(definition)
        first, *others = self.OUTPUTS
        self._add_sink(first, is_optional=False)
        self.addOutput(QgsProcessingOutputNumber(self.READ, self.tr("Rows read")))
        self.addOutput(QgsProcessingOutputNumber(self.KEPT, self.tr("Rows kept")))
        self.addOutput(QgsProcessingOutputNumber(self.DROPPED, self.tr("Rows dropped")))
        self.addOutput(QgsProcessingOutputNumber(first.rows, self.tr(first.title)))
        for output in others:
            self._add_sink(output, is_optional=True)
            self.addOutput(QgsProcessingOutputNumber(output.rows, self.tr(output.title)))

    def add_choices(self) -> None:
        """Add the parameters that every analyst looks at, after the observations."""
        raise NotImplementedError

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return the settings beside those of screening and of merged stays."""
        return ()

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen; raise InputError with a sentence for values that make no sense."""
        self.read_purpose(parameters, context)
        limits: ScreeningSettings = self._screening.read(self, parameters, context)
        categories = tuple(map(load_vocabulary().category_of, limits.sensitive_categories))
        excluded = load_country_names().asked(limits.excluded_countries)
        self._limits = replace(limits, sensitive_categories=categories, excluded_countries=excluded)
        if not self.NEEDS_STAYS:
            return
        self.merging: StaySettings = self._merging.read(self, parameters, context)
        if self.merging.radius_m > self.merging.max_radius_m:
            raise InputError(
                f"RADIUS_M ({self.merging.radius_m:g} m) is above MAX_RADIUS_M ({self.merging.max_radius_m:g} m), "
                "which must be at least as large."
            )

    def find_records(
        self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback
    ) -> Sequence[Records]:
        """Return the rows to write, for each of `OUTPUTS`."""
        raise NotImplementedError

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Return whether the parameters make sense, and one sentence if not."""
        try:
            self.require_values(parameters, context)
            self.read_settings(parameters, context)
        except SitelightError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take settings and inputs."""
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

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Screen, detect, write."""
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
            if note not in screened.source_notes:
                feedback.pushWarning(note)
        self.tell_purpose(feedback)
        records = self.find_records(found, progress.part(SCREENED, FOUND), feedback)
        if self.is_exact:
            note = AuditNote(AUDIT_ACTION, {"algorithm": self.id(), "purpose": self.purpose})
            records = [replace(rows, note=note) for rows in records]
        results = {
            self.READ: screened.read,
            self.KEPT: screened.counts[KEPT],
            self.DROPPED: screened.read - screened.counts[KEPT],
        }
        for output, rows in zip(self.OUTPUTS, records):
            identity = write_output(self, output.name, rows, parameters, context, progress.part(FOUND, 1.0))
            title = self.tr(output.title)
            present_output(context, identity, output.style, title, f"{title} – {source.name}")
            results.update({output.name: identity, output.rows: len(rows)})
        return results

    def _add_sink(self, output: LayerOutput, is_optional: bool) -> None:
        sink = QgsProcessingParameterFeatureSink(
            output.name, self.tr(output.title), output.shape, optional=is_optional, createByDefault=True
        )
        mark_layer(sink, list(output.schema))
        self.add_basic(sink, self.tr(output.help))

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
