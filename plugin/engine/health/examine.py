"""The examination of a delivery: every check once, what it finds dropped or set right, and what others have to know."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..base import Progress
from ..places import World
from ..screening import COPY, MADE_UP, SHARED_POSITION, THINNED, Fixes, Screened
from .centres import find_centres
from .clocks import find_clock_shifts
from .copies import find_copies
from .deliveries import find_missing_countries, find_missing_days, find_missing_hours
from .device_days import DeviceDays
from .faults import HOURS, Fault
from .invented import find_invented
from .rates import find_rates
from .settled import find_settled
from .turnover import find_turnover

MIN_DAYS = 7
"""Days of which nothing is said of a delivery, by hand: there is no other week to compare with."""


@dataclass(frozen=True)
class Gaps:
    """What cannot be known, for windows to keep clear of; days are int64 since 1970-01-01 (UTC).

    `missing`: days that were not delivered, or in part. `doubled`: days on which devices changed ids, so that a window
    across counts them twice. `renewed`: days from which on many ids are new, so that who is new is not known for a
    look-back after. `always_new`: it never is. `country`, `country_day`: indices of countries and the days they lack.
    """

    missing: np.ndarray
    doubled: np.ndarray
    renewed: np.ndarray
    always_new: bool
    country: np.ndarray
    country_day: np.ndarray

    @classmethod
    def none(cls) -> Gaps:
        """Return the gaps of a faultless delivery."""
        no = np.empty(0, np.int64)
        return cls(no, no, no, False, no, no)


@dataclass(frozen=True)
class Health:
    """What the examination found: faults, gaps, and which devices live somewhere (bool per device code)."""

    faults: tuple[Fault, ...]
    gaps: Gaps
    settled: np.ndarray

    def notes(self) -> tuple[str, ...]:
        """Return a sentence on each fault, with what was done."""
        return tuple(f"{fault.sentence} {fault.done}" for fault in self.faults)


def examine(screened: Screened, world: World, progress: Progress) -> tuple[Screened, Health]:
    """Return the fixes that can be trusted, what was dropped counted among the reasons, and what was found.

    Raises Cancelled.
    """
    # The first and last day need not be whole, and a few rows with wrong clocks lie beyond.
    first, last = screened.facts.first_day + 1, screened.facts.last_day - 1
    progress.step("Examining the delivery", 0.0)
    if last - first + 1 < MIN_DAYS:
        return screened, Health((), Gaps.none(), find_settled(screened.fixes))
    centred, at_centre = find_centres(screened.fixes, first, last, screened.counts[SHARED_POSITION])
    screened = screened.without(at_centre, SHARED_POSITION)
    progress.step("Looking for copied devices", 0.2)
    copied, copies = find_copies(screened.fixes, first, last)
    screened = screened.without(np.isin(screened.fixes.device, copies), COPY)
    progress.step("Looking for made-up devices", 0.5)
    made_up, invented = find_invented(screened.fixes, first, last)
    screened = screened.without(np.isin(screened.fixes.device, invented), MADE_UP)
    progress.step("Examining times", 0.7)
    shifted, late_ms = find_clock_shifts(screened.fixes, first, last)
    if shifted:
        screened = replace(screened, fixes=_set_back(screened.fixes, late_ms))
    progress.step("Examining days", 0.8)
    often: tuple[Fault, ...] = ()
    if not centred:  # of rows dropped at centres, devices are seen less often
        often, surplus = find_rates(screened.fixes, DeviceDays.of(screened.fixes, first, last))
        screened = screened.without(surplus, THINNED)
    faults, gaps = _gaps_of(screened.fixes, DeviceDays.of(screened.fixes, first, last), world)
    # Where a clock was set right, some hours are left that nobody has; that is told with the clock.
    turns = [fault.start for fault in shifted]
    faults = tuple(one for one in faults if one.check != HOURS or all(abs(one.start - day) > 1 for day in turns))
    found = (*centred, *copied, *made_up, *shifted, *often, *faults)
    return screened, Health(found, gaps, find_settled(screened.fixes))


def _gaps_of(fixes: Fixes, days: DeviceDays, world: World) -> tuple[tuple[Fault, ...], Gaps]:
    no_days, missing = find_missing_days(days)
    no_hours, partial = find_missing_hours(fixes, days, missing)
    not_whole = np.union1d(missing, partial)
    no_country, country, country_day = find_missing_countries(fixes, days, world, not_whole)
    turnover = find_turnover(days)
    faults = (*no_days, *no_hours, *no_country, *turnover.faults)
    return faults, Gaps(
        not_whole, turnover.doubled, turnover.renewed, turnover.always_new, country, country_day
    )


def _set_back(fixes: Fixes, late_ms: np.ndarray) -> Fixes:
    """Return the fixes with their times set back, in the order of device and time."""
    time_ms = fixes.time_ms - late_ms
    order = np.lexsort((time_ms, fixes.device))
    columns = {name: column[order] for name, column in vars(fixes).items() if name != "pseudonyms"}
    return Fixes(**{**columns, "time_ms": time_ms[order]}, pseudonyms=fixes.pseudonyms)


