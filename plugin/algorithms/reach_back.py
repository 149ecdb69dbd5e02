"""`sitelight:reachback`: where those who were at a place in a window came from and went to, as table and lines."""

from __future__ import annotations

from typing import Any

import pandas as pd
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterEnum,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..engine.base import Progress, StudyError
from ..engine.itineraries import AskedPlace
from ..engine.origins import AFTER, BEFORE, DAYS, DIRECTIONS, Reach, Whereabouts, hide_small_counts, in_order, reach
from ..engine.study import Study, read_visits
from ..engine.tables import as_table
from ..engine.visits import find_place
from .parameters.number_parameters import number_parameter
from .parameters.observations_input import source_lines
from .parameters.place_input import PlaceAlgorithm
from .parameters.table_output import table_sink, write_table

VISITED, ASKED = 0.8, 0.95
TOLD = 8


class ReachBackAlgorithm(PlaceAlgorithm):
    """Looks back and forward from one place, or from those of findings."""

    NAME = "reachback"
    TITLE = QT_TRANSLATE_NOOP("ReachBackAlgorithm", "Reach back from a place")
    SHORT = QT_TRANSLATE_NOOP(
        "ReachBackAlgorithm",
        "Where those who were at a place came from and went to, against what is usual there."
    )
    HELP = QT_TRANSLATE_NOOP(
        "ReachBackAlgorithm",
        "Takes all devices that were at a place in a window and looks where they were in the days before their "
        "first visit there, or after their last one: by site, category of sites, and country.\n\n"
        "Share is the part of these devices. The expected share is that of the control: the visitors of the same "
        "place in the weeks before (windows of the same length and weekdays), or of like places in the same window "
        "where too few came. Lift is share over expected share; p says how often chance alone would do this "
        "(one-sided, for each row by itself; Fisher's exact test, allowing for what comes in clumps).\n\n"
        "Origins: the table. Flows: the same as lines, wider for more devices, to the middle of a site or to a "
        "point in a country. Counts below five are written as <5, without shares, lift and p, which would give "
        "them away; they stand behind the others, by name. Where all but one to four of the devices were, their "
        "number is a bound, such as 46+ of 50.\n\n"
        "Findings of a study may be given instead of place and window. Each is asked about by itself, and all are "
        "in one table, told apart by finding_id.\n\n"
        "A device is not a person, and the data are a sample that nobody drew at random."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "ReachBackAlgorithm",
        "origins,destinations,flows,origin-destination,backtrack,reach forward,visitors"
    )

    DAYS, DIRECTION = "DAYS", "DIRECTION"
    ORIGINS, FLOWS, ROWS = "ORIGINS", "FLOWS", "ROWS"
    DIRECTIONS = ((BEFORE,), (AFTER,), (BEFORE, AFTER))

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input(self.tr("Origins are told by these; without sites only by country."))
        self.add_place_inputs()
        self.add_window_inputs()
        self.add_findings_input()
        self.add_basic(
            number_parameter(self.DAYS, self.tr("Days to look back or forward"), DAYS, 1, 365),
            self.tr("From the first visit back, and from the last visit forward, of each device."),
        )
        self.add_basic(
            QgsProcessingParameterEnum(
                self.DIRECTION, self.tr("Direction"),
                [self.tr("Back: where they came from"), self.tr("Forward: where they went"), self.tr("Both")],
                defaultValue=2,
            ),
            self.tr("Both are in the same outputs, told apart by the column direction."),
        )  # fmt: skip
        self.add_observation_settings()
        self.add_sites_settings()
        self.add_cell_size()
        self.addParameter(table_sink("origins", self.ORIGINS, self.tr("Origins")))
        self.addParameter(table_sink("flows", self.FLOWS, self.tr("Flows"), is_optional=True))
        self.addOutput(QgsProcessingOutputNumber(self.ROWS, self.tr("Rows of origins")))

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take places, windows, directions and inputs."""
        self._places = self.take_places(parameters, context)
        self._days = self.parameterAsInt(parameters, self.DAYS, context)
        self._directions = self.DIRECTIONS[self.parameterAsEnum(parameters, self.DIRECTION, context)]
        cell_size_m = self.parameterAsDouble(parameters, self.CELL_SIZE, context)
        self.keep_study(Study(key_dates=(), cell_size_m=cell_size_m), parameters, context)

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Look back and write both outputs."""
        answers = self._answers(progress, feedback)
        origins = pd.concat([_shown(found.origins, asked) for asked, found in answers], ignore_index=True)
        flows = pd.concat([_shown(found.flows, asked) for asked, found in answers], ignore_index=True)
        frames = {self.ORIGINS: as_table("origins", origins), self.FLOWS: as_table("flows", flows)}
        outputs = {
            name: write_table(self, name, name.lower(), frame, parameters, context, progress.part(ASKED, 1.0))
            for name, frame in frames.items()
        }
        for asked, found in answers[:TOLD]:
            for note in found.notes:
                feedback.pushInfo(f"Finding {asked.finding_id}: {note}" if asked.finding_id else note)
        # Rows without p, the small counts, come last.
        for row in origins.sort_values("p_value", kind="stable").head(TOLD).to_dict("records"):
            feedback.pushInfo(sentence_of(row))
        return {**outputs, self.ROWS: len(origins)}

    def _answers(self, progress: Progress, feedback: QgsProcessingFeedback) -> list[tuple[AskedPlace, Reach]]:
        """Return what was found for each place; of several findings, those that nobody visited are left out."""
        study, source = self.read_study(progress, feedback)
        visits, grid, sites = read_visits(study, source, progress.part(0.0, VISITED))
        for line in source_lines(source, study.screening.keep_device_ids):
            feedback.pushInfo(line)
        whereabouts = Whereabouts(visits, study.world.country_code)
        asking, answers = progress.part(VISITED, ASKED), []
        for number, asked in enumerate(self._places):
            part = asking.part(number / len(self._places), (number + 1) / len(self._places))
            try:
                place = find_place(asked.place, visits, sites, grid)
                window = asked.window.at(place.lon)
                found = reach(visits, study.world, place, window, self._directions, self._days, part, whereabouts)
            except StudyError as error:
                if number == len(self._places) - 1 and not answers:
                    raise
                feedback.pushWarning(f"Finding {asked.finding_id} is left out. {error}")
                continue
            answers.append((asked, found))
        return answers


def _shown(rows: pd.DataFrame, asked: AskedPlace) -> pd.DataFrame:
    """Return the rows of one place as they may leave the machine, by direction, kind and strength."""
    parts = [in_order(rows[rows["direction"] == direction]) for direction in DIRECTIONS]
    start, end = (day.isoformat() for day in asked.window.days())
    shown = hide_small_counts(pd.concat(parts, ignore_index=True))
    return shown.assign(finding_id=asked.finding_id, window_start=start, window_end=end)


def sentence_of(row: dict[str, Any]) -> str:
    """Return one origin in words."""
    where = f"{row['kind']} {row['name']}, {row['direction']}"
    where = f"Finding {row['finding_id']}: {where}" if row["finding_id"] else where
    if not row["share"] > 0.0:
        return f"{where}: {row['devices']} devices"
    return (
        f"{where}: {row['devices']} devices, {row['share']:.1%} where {row['expected_share']:.1%} are expected "
        f"(lift {row['lift']:.1f}, p = {row['p_value']:.2g})"
    )
