"""Screening: from observations as delivered to fixes, with every dropped row counted under one reason.

Three parts, so that it can run on any division of the rows: rules for single rows on each chunk, the facts that only
all rows together can tell, and rules for whole devices that need nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import InputError, Progress, run_starts
from ..places import Sites, World, find_sensitive
from ..tables import shown_count, worded_count
from .device_rules import DeviceRows, screen_devices
from .facts import find_facts
from .observations import Fixes, Observations, ObservationSource, joined
from .row_rules import screen_rows
from .settings import KEPT, REASONS, ScreeningFacts, ScreeningSettings

MANY_DROPPED = 0.1


@dataclass(frozen=True)
class Screened:
    """Fixes and the account of every row read: `counts` maps `KEPT` and each reason to rows; they add up to `read`.

    `two_owners` int32 holds the device codes whose id seems to be used by two owners: flagged, not dropped.
    `source_notes` are sentences on how the source was read.
    """

    fixes: Fixes
    counts: dict[str, int]
    read: int
    facts: ScreeningFacts
    two_owners: np.ndarray
    source_notes: tuple[str, ...] = ()

    @property
    def two_owner_rows(self) -> int:
        """Number of fixes of the flagged devices."""
        return int(np.isin(self.fixes.device, self.two_owners).sum()) if len(self.two_owners) else 0

    def renamed(self, rekey: bytes) -> Screened:
        """Return this with other pseudonyms in place of those it has, so that who has both results cannot join them."""
        ids = np.array([_pseudonym(name, rekey) for name in self.fixes.pseudonyms], dtype=object)
        return replace(self, fixes=replace(self.fixes, pseudonyms=ids))

    def without(self, drop: np.ndarray, reason: str) -> Screened:
        """Return this without the fixes where `drop` (bool) is True, counted under `reason`; devices without a fix go.
        """
        dropped = int(np.count_nonzero(drop))
        if dropped == 0:
            return self
        rows = np.flatnonzero(~drop)
        left = np.zeros(self.fixes.device_count, bool)
        left[self.fixes.device[rows]] = True
        code = np.cumsum(left, dtype=np.int32) - np.int32(1)
        columns = {name: column[rows] for name, column in vars(self.fixes).items() if name != "pseudonyms"}
        fixes = Fixes(**{**columns, "device": code[columns["device"]]}, pseudonyms=self.fixes.pseudonyms[left])
        counts = {**self.counts, KEPT: self.counts[KEPT] - dropped, reason: self.counts[reason] + dropped}
        owners = self.two_owners[left[self.two_owners]]
        return replace(self, fixes=fixes, counts=counts, two_owners=code[owners])

    def notes(self) -> tuple[str, ...]:
        """Return sentences on what the analyst should know of the data."""
        notes = []
        if len(self.two_owners):
            told, of = worded_count(len(self.two_owners)), shown_count(self.fixes.device_count)
            notes.append(
                f"Of {of} device ids, {told} seem to be used by two owners: they are in two places at once, again and "
                f"again. Their {self.two_owner_rows:,} rows are kept; do not trust their movements between "
                "those places."
            )
        for reason in REASONS:
            if self.counts[reason] > MANY_DROPPED * self.read:
                notes.append(
                    f"{self.counts[reason] / self.read:.0%} of the {self.read:,} rows were dropped for: {reason}. "
                    "Check the chosen columns and the delivery."
                )
        return (*notes, *self.source_notes)


def screen(
    source: ObservationSource,
    settings: ScreeningSettings,
    world: World,
    rekey: bytes,
    progress: Optional[Progress] = None,
    sites: Optional[Sites] = None,
) -> Screened:
    """Return the fixes of `source`, sorted by device and time, and the rows dropped by reason.

    Rows inside those of `sites` whose category is sensitive are dropped. Device ids are replaced by keyed BLAKE2
    pseudonyms under `rekey` unless the settings keep them. Raises InputError when no fix is left, Cancelled.
    """
    progress = progress or Progress()
    rows, counts, read = read_rows(source, settings, world, sites or Sites.empty(), progress.part(0.0, 0.8))
    facts = find_facts(rows, settings, progress.part(0.8, 0.87))
    passed = screen_devices(rows, facts, settings, progress.part(0.87, 0.99))
    del rows
    for reason, dropped in passed.counts.items():
        counts[reason] += dropped
    progress.step("Screening", 0.99)
    fixes, two_owners = as_fixes(passed, facts, source.device_ids(), rekey, settings)
    screened = Screened(fixes, counts, read, facts, two_owners, source.notes())
    require_fixes(screened, source.name)
    return screened


def require_fixes(screened: Screened, name: str) -> None:
    """Raise InputError if no fix of the source `name` is left, with the reason that took most."""
    if len(screened.fixes) == 0:
        raise InputError(_nothing_left(name, screened.read, screened.counts, screened.source_notes))


def read_rows(
    source: ObservationSource, settings: ScreeningSettings, world: World, sites: Sites, progress: Progress
) -> tuple[Observations, dict[str, int], int]:
    """Return the rows of `source` that are usable by themselves, the others by reason, and how many were read.

    Raises InputError when none is usable, Cancelled.
    """
    counts = dict.fromkeys((KEPT, *REASONS), 0)
    sensitive = find_sensitive(sites, settings.sensitive_categories)
    parts, read = [], 0
    progress.step("Reading observations", 0.0)
    for chunk in source.chunks():
        read += len(chunk)
        parts.append(screen_rows(chunk, settings, world, sensitive, counts))
        progress.step("Reading observations", read / max(source.row_count or 2 * read, read, 1))
    if sum(len(part) for part in parts) == 0:
        raise InputError(_nothing_left(source.name, read, counts, source.notes()))
    return joined(parts, progress), counts, read


def as_fixes(
    passed: DeviceRows, facts: ScreeningFacts, device_ids: np.ndarray, rekey: bytes, settings: ScreeningSettings
) -> tuple[Fixes, np.ndarray]:
    """Return the rows of whole devices as fixes under pseudonyms, and the int32 codes of ids with two owners.

    `device_ids` (object array of str) holds the id behind each device code of the rows.
    """
    rows = passed.rows
    start, length = run_starts(rows.device)
    codes = rows.device[start]
    ids = np.asarray(device_ids, dtype=object)[codes]
    if not settings.keep_device_ids:
        # One hash per device, never per fix: hashlib has no vectorised form.
        ids = np.array([_pseudonym(device_id, rekey) for device_id in ids], dtype=object)
    accuracy_m = rows.accuracy_m
    unknown = np.isnan(accuracy_m)
    if unknown.any():
        accuracy_m = np.where(unknown, np.float32(facts.typical_accuracy_m), accuracy_m)
    fixes = Fixes(
        device=np.repeat(np.arange(len(codes), dtype=np.int32), length),
        time_ms=rows.time_ms,
        lat=rows.lat,
        lon=rows.lon,
        accuracy_m=accuracy_m,
        pseudonyms=ids,
    )
    return fixes, np.searchsorted(codes, passed.two_owners).astype(np.int32)


def _pseudonym(device_id: str, rekey: bytes) -> str:
    return "d-" + hashlib.blake2b(str(device_id).encode(), key=rekey, digest_size=8).hexdigest()


def _nothing_left(name: str, read: int, counts: dict[str, int], notes: tuple[str, ...]) -> str:
    if read == 0:
        return f"“{name}” has no rows. Choose a layer or file with observations."
    worst = max(REASONS, key=lambda reason: counts[reason])
    return (
        f"None of the {read:,} rows of “{name}” can be used; most were dropped for: {worst}. "
        "Check the chosen columns, above all device, time, latitude and longitude."
        + "".join(f" {note}" for note in notes)
    )
