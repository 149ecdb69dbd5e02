"""A study: everything that makes a run repeatable, and the one entry that runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Optional

import numpy as np
import pandas as pd

from .base import Progress, StudyError, work_in_threads
from .behaviors import Library, Selection
from .calendars import Calendar, CalendarSpan, CountryDays, KeyDateGroup
from .counting import (
    Windows,
    count_patterns,
    count_plain,
    cut_span,
    dates_inside,
    find_presence,
    keep_clear,
    make_plain_windows,
    make_windows,
)
from .earth import DAY_MS, EPOCH, Grid, utc_ms
from .findings import (
    Evidence,
    Findings,
    ToldRegion,
    calendar_notes,
    events_table,
    explanations_table,
    find_findings,
    heat_table,
    holding_rises,
    study_calendar,
    together_notes,
    together_table,
    told_regions,
    window_notes,
    with_region_events,
    with_regions,
)
from .health import health_table
from .history import History, Inputs, Known, Movements, Prepared, Runner, build_history, find_movements, prepare
from .itineraries import FindingDevices, ItinerarySettings, find_itineraries
from .kept import kept_tables
from .legs import LegSettings
from .origins import origin_tables
from .places import Sites, World, categories
from .purpose import check_purpose
from .results import Results
from .scoring import measure, measure_plain, score
from .screening import KEPT, KEPT_TWO_OWNERS, ObservationSource, Screened, ScreeningFacts, ScreeningSettings
from .stays import StaySettings, detect_stays
from .tables import MIN_SHOWN, SCHEMAS, empty_table
from .visits import Visits, attribute_visits

DEFAULT_LINKED_CATEGORIES = (
    categories.MILITARY, categories.AIR_BASE, categories.AIRPORT, categories.GOVERNMENT, categories.EMBASSY,
    categories.POLICE, categories.PORT, categories.BORDER_CROSSING,
)

MOST_KEPT = 20_000_000
"""Most fixes that are kept for another run on the same observations, by hand: of 32 bytes each, 0.6 GB."""


@dataclass(frozen=True)
class Study:
    """Parameters of a run; every field is recorded.

    `days_before`/`days_after` bound the window of each key date: [date - before, date + after], whole local days.
    A key date given twice counts once. `event_dates` are key dates too, but only those whose windows lie in the data.
    `key_date_groups` are key dates of one kind, which are asked together beside each by itself.
    `calendar` has the analyst's days that are not ordinary, `country_days` the public holidays and rest days of
    countries; without the latter everybody rests on Saturday and Sunday.
    `who`, `when`, `what`, `change` name the behavior entries (ids) asked for; empty means all of them. Instead of these
    lists `behaviors` may give several selections, whose models are tested together.
    Each step has its settings class: `screening`, `stays`, `legs`, `itineraries` (which takes its `lookback_days` and
    `window` from the study). `time_zone_hours` None means local solar time at each spot, else a fixed offset from UTC
    in hours. `rekey` is the secret under which device ids are replaced; a fresh one is drawn when it is empty.
    """

    key_dates: tuple[date, ...]
    library: Optional[Library] = None
    sites: Sites = field(default_factory=Sites.empty)
    world: Optional[World] = None
    days_before: int = 2
    days_after: int = 4
    event_dates: tuple[date, ...] = ()
    key_date_groups: tuple[KeyDateGroup, ...] = ()
    calendar: tuple[CalendarSpan, ...] = ()
    country_days: Optional[CountryDays] = None
    cell_size_m: float = 1000.0
    lookback_days: int = 30
    linked_categories: tuple[str, ...] = DEFAULT_LINKED_CATEGORIES
    who: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    behaviors: tuple[Selection, ...] = ()
    purpose: str = ""
    screening: ScreeningSettings = ScreeningSettings()
    stays: StaySettings = StaySettings()
    legs: LegSettings = LegSettings()
    itineraries: ItinerarySettings = ItinerarySettings()
    time_zone_hours: Optional[float] = None
    min_devices: int = 3
    rekey: bytes = field(default=b"", repr=False)

    @property
    def inputs(self) -> Inputs:
        """What the observations are screened with and set against."""
        return Inputs(self.sites, self.world, self.screening, self.cell_size_m, self.rekey)


def run(
    study: Study,
    source: ObservationSource,
    progress: Optional[Progress] = None,
    runner: Runner = work_in_threads,
    known: Optional[Known] = None,
) -> Results:
    """Run `study` on the observations of `source` and return its result tables.

    `runner` does the work on devices: threads of this machine, unless another is given. `known` is what an earlier run
    left of the same observations: what of it still holds is not worked out again, and the results are the same.
    Raises InputError when no usable fix is left, StudyError when parameters contradict each other, Cancelled.
    """
    progress = progress or Progress()
    # What is wrong with these is said before anything is read.
    _library_of(study)
    check_purpose(study.purpose)
    found = prepare(source, study.inputs, progress.part(0.0, 0.40), known.prepared if known is not None else None)
    facts = found.screened.facts
    key_dates = _key_dates(study, facts.first_day, facts.last_day)
    gaps = found.health.gaps
    before, after = cut_span(key_dates, study.days_before, study.days_after, gaps)
    windows = make_windows(key_dates, before, after, facts.first_day, facts.last_day, study.lookback_days)
    windows = keep_clear(windows, gaps, study.lookback_days)
    movements = _find_movements(study, found, progress.part(0.40, 0.71), runner, known)
    history = _find_history(study, found, movements, progress.part(0.71, 0.72))
    plain = keep_clear(make_plain_windows(key_dates, before, after, facts.first_day, facts.last_day), gaps, 0)
    evidence = find_evidence(
        study, history, windows, found.grid, found.sites, found.fixes.pseudonyms, facts.first_day,
        progress.part(0.72, 0.93), plain,
    )  # fmt: skip
    regions = told_regions(evidence)
    tables = _tables(study, evidence, regions, progress.part(0.93, 1.0))
    tables["screening"] = _screening_table(found.screened)
    tables["data_health"] = health_table(found.health.faults)
    tables["calendar"] = study_calendar(evidence)
    told = (*_notes(study, evidence, regions), *calendar_notes(evidence))
    notes = (*_dates_outside(study, facts), *told, *found.notes())
    kept = Known(found, movements, study.stays, study.legs) if len(found.fixes) <= MOST_KEPT else None
    return Results(tables=tables, notes=notes, evidence=evidence, known=kept)


def _key_dates(study: Study, first_day: int, last_day: int) -> tuple[date, ...]:
    """Return the key dates, and those of events whose windows touch the data; raise StudyError if there are none."""
    inside = dates_inside(study.event_dates, study.days_before, study.days_after, first_day, last_day)
    if study.event_dates and not study.key_dates and not inside:
        first, last = (EPOCH + timedelta(days=int(day)) for day in (first_day, last_day))
        raise StudyError(
            f"None of the {len(set(study.event_dates))} dates of the events lies inside the data, which run from "
            f"{first} to {last}. Choose other events, or load observations that cover them."
        )
    grouped = (day for group in study.key_date_groups for day in group.dates)
    return (*study.key_dates, *grouped, *inside)


def read_history(
    study: Study, source: ObservationSource, progress: Optional[Progress] = None
) -> tuple[History, Grid, Sites, np.ndarray]:
    """Return the history of all devices, the grid, the sites of its spots and the pseudonyms; no key date is used.

    Raises InputError when no usable fix is left, Cancelled.
    """
    progress = progress or Progress()
    found = prepare(source, study.inputs, progress.part(0.0, 0.55))
    movements = _find_movements(study, found, progress.part(0.55, 0.98))
    history = _find_history(study, found, movements, progress.part(0.98, 1.0))
    return history, found.grid, found.sites, found.fixes.pseudonyms


def read_visits(
    study: Study, source: ObservationSource, progress: Optional[Progress] = None
) -> tuple[Visits, Grid, Sites]:
    """Return the visits of all devices, short halts among them, the grid and the sites of its spots: no legs, no homes.

    Raises InputError when no usable fix is left, Cancelled.
    """
    progress = progress or Progress()
    found = prepare(source, study.inputs, progress.part(0.0, 0.6))
    stays = detect_stays(found.fixes, study.stays, progress.part(0.6, 0.85), keep_short=True)
    visits = attribute_visits(stays, found.sites, found.grid, found.world, progress.part(0.85, 1.0))
    return visits, found.grid, found.sites


def _library_of(study: Study) -> Library:
    if study.library is None:
        raise StudyError("The behavior library is missing. Load it from the plugin's resources and run again.")
    lists = Selection(study.who, study.when, study.what, study.change)
    if study.behaviors and not lists.is_all():
        raise StudyError("Ask for behaviors by lists of who, when, what and change or by selections, not by both.")
    return study.library.choose(study.behaviors or (lists,))


def _find_movements(
    study: Study, prepared: Prepared, progress: Progress, runner: Runner = work_in_threads,
    known: Optional[Known] = None,
) -> Movements:  # fmt: skip
    again = known.movements_of(prepared, study.stays, study.legs) if known is not None else None
    return again or find_movements(
        prepared.fixes, prepared.sites, prepared.grid, prepared.world, progress, study.stays, study.legs, runner
    )


def _find_history(study: Study, prepared: Prepared, found: Movements, progress: Progress) -> History:
    progress.step("Finding homes", 0.0)
    linked, lookback = study.linked_categories, study.lookback_days
    calendar = Calendar(study.calendar, study.country_days or CountryDays.unknown())
    settled = prepared.health.settled
    return build_history(
        found.visits, found.legs, prepared.world, linked, lookback, study.time_zone_hours, calendar, settled
    )


def find_evidence(
    study: Study,
    history: History,
    windows: Windows,
    grid: Grid,
    sites: Sites,
    pseudonyms: np.ndarray,
    first_day: int,
    progress: Optional[Progress] = None,
    plain_windows: Optional[Windows] = None,
) -> Evidence:
    """Count and score all behaviors asked for: the steps of a study after its history and before its tables.

    `grid` and `sites` are those of the spots of `history`, `pseudonyms` those of its devices; the data begin on
    `first_day` (local day number). Of the study, only the library, the behaviors, the look-back and the least number of
    devices are used. `plain_windows` are those in which all devices of a spot are counted, from the first day of the
    data on; the same as `windows` if they are left out. Raises StudyError, Cancelled.
    """
    progress = progress or Progress()
    library = _library_of(study)
    if not windows.remembers[windows.key_window].any():
        library = library.without_memory()
    progress.step("Finding windows", 0.0)
    presence = find_presence(history, windows)
    plain_windows = windows if plain_windows is None else plain_windows
    all_presence = presence if plain_windows is windows else find_presence(history, plain_windows, presence)
    plain = count_plain(history, all_presence, plain_windows, study.min_devices)
    profile_end_day = first_day + study.lookback_days
    counts, facets = count_patterns(
        history, presence, windows, library, profile_end_day, study.min_devices, progress.part(0.02, 0.6)
    )
    measured = measure(
        history, presence, counts, facets, windows, library, study.min_devices,
        measure_plain(history, all_presence, plain, windows),
    )  # fmt: skip
    groups = [windows.rows_of(group.dates) for group in study.key_date_groups]
    scores = score(measured, progress.part(0.6, 1.0), groups)
    return Evidence(
        history=history,
        presence=presence,
        windows=windows,
        scores=scores,
        library=library,
        grid=grid,
        sites=sites,
        facets=facets,
        plain=measured.plain,
        min_devices=study.min_devices,
        pseudonyms=pseudonyms,
    )


def _tables(
    study: Study, evidence: Evidence, regions: Sequence[ToldRegion], progress: Progress
) -> dict[str, pd.DataFrame]:
    progress.step("Describing findings", 0.0)
    tables = {name: empty_table(name) for name in SCHEMAS if name not in ("run", "audit")}
    findings = find_findings(evidence)
    tables["findings"] = findings.table
    progress.step("Describing findings", 0.2)
    tables["heat"] = heat_table(evidence, findings.table)
    tables["together"] = together_table(evidence, study.key_date_groups)
    progress.step("Explaining findings", 0.3)
    tables["explanations"] = explanations_table(evidence, findings.test)
    tables["events"] = events_table(evidence, findings, tables["explanations"])
    tables.update(origin_tables(evidence, findings, study.time_zone_hours, progress.part(0.35, 0.45)))
    tables.update(kept_tables(evidence, findings.table, tables["origins"], progress.part(0.45, 0.7)))
    if study.purpose.strip():
        progress.step("Following itineraries", 0.7)
        reaching = _reaching_findings(study, evidence, findings)
        window = study.days_before, study.days_after
        settings = replace(study.itineraries, lookback_days=study.lookback_days, window=window)
        tables.update(
            find_itineraries(
                evidence.history, evidence.windows.key_dates, study.linked_categories, evidence.pseudonyms, reaching,
                settings,
            )
        )  # fmt: skip
    # Nobody is reached from a whole country or district: of its devices most are just there.
    tables.update(with_regions(evidence, tables, regions))
    tables["findings"], tables["events"] = with_region_events(tables["findings"], tables["events"])
    return tables


def _reaching_findings(study: Study, evidence: Evidence, findings: Findings) -> list[FindingDevices]:
    """Return the devices of the findings that itineraries start from: those that hold and are no fall.

    Itineraries of a finding on few devices do not name it (0): they could be counted.
    """
    scores, windows, spots = evidence.scores, evidence.windows, evidence.history.visits.spots
    start_ms = utc_ms(windows.start_day[scores.window] * DAY_MS, spots.lon[scores.spot], study.time_zone_hours)
    end_ms = start_ms + windows.length_days * DAY_MS
    reaching = []
    for row in holding_rises(findings, scores):
        test, devices = findings.test[row], findings.devices[row]
        finding = int(findings.table.finding_id[row]) if len(devices) >= MIN_SHOWN else 0
        span = int(start_ms[test]), int(end_ms[test])
        reaching.append(FindingDevices(finding, int(scores.spot[test]), *span, devices))
    return reaching


def _screening_table(screened: Screened) -> pd.DataFrame:
    """Return rows by reason; those of devices with two owners are told apart from the others kept."""
    rows = {"read": screened.read, **screened.counts}
    if len(screened.two_owners):
        rows[KEPT] -= screened.two_owner_rows
        rows[KEPT_TWO_OWNERS] = screened.two_owner_rows
    return pd.DataFrame({"reason": list(rows), "rows": list(rows.values())})


def _dates_outside(study: Study, facts: ScreeningFacts) -> tuple[str, ...]:
    """Return a sentence for key dates on which there are no data: perhaps times were read wrongly."""
    first, last = (date(1970, 1, 1) + timedelta(days=int(day)) for day in (facts.first_day, facts.last_day))
    outside = [day.isoformat() for day in study.key_dates if not first <= day <= last]
    if not outside:
        return ()
    return (
        f"Outside the times of the data ({first.isoformat()} to {last.isoformat()}): key date {', '.join(outside)}. "
        "Check how times were read, and the key dates.",
    )


def _notes(study: Study, evidence: Evidence, regions: Sequence[ToldRegion]) -> tuple[str, ...]:
    """Return sentences on what could not be done and why."""
    notes: list[str] = []
    left_out = set(study.event_dates) - set(evidence.windows.key_dates)
    if left_out:
        notes.append(f"{len(left_out)} of {len(set(study.event_dates))} dates of events lie outside the data.")
    notes += window_notes(evidence, study.days_before + study.days_after + 1, study.lookback_days, regions)
    notes += together_notes(evidence, study.key_date_groups)
    if not study.purpose.strip():
        notes.append("No purpose was written, so device-level itineraries are left out. Write one and run again.")
    if len(study.sites) == 0:
        notes.append("No sites were given, so every spot is a cell. Add a sites layer to name places.")
    if evidence.history.world is None or len(evidence.history.world.country_code) == 0:
        notes.append("Country borders were not found, so excluded regions and border crossings are not known.")
    return tuple(notes)
