from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.base import Cancelled, Progress
from sitelight.plugin.engine.counting.counts import count_facets, count_patterns
from sitelight.plugin.engine.counting.presence import find_presence
from sitelight.plugin.engine.counting.windows import make_windows
from sitelight.plugin.engine.earth import EPOCH
from sitelight.plugin.engine.facets import Facets
from worlds.engine_worlds import MONDAY, make_panel
from worlds.slow_counts import slow_counts, slow_devices, slow_pairs

SPOTS, WEEKS = 5, 9
KEY_DATE = EPOCH + timedelta(days=MONDAY + 7 * (WEEKS - 1))
WINDOWS = make_windows([KEY_DATE], 0, 6, MONDAY, MONDAY + 7 * WEEKS - 1, 14)
LIBRARY = load_library().select(
    who=("anyone", "first_time", "occasional", "unknown_home"), when=("any_hour", "night", "working_hours"),
    what=("any_presence", "meeting_length", "in_company"),
)


def random_panel(seed: int, devices: int = 12, visits: int = 400):
    rng = np.random.default_rng(shifted(seed))
    return make_panel(
        rng.integers(0, SPOTS, visits), rng.integers(0, devices, visits),
        np.sort(rng.uniform(0, 7 * 24 * WEEKS - 2, visits)), SPOTS,
    )


def counted(history, library=LIBRARY, min_devices=2):
    presence = find_presence(history, WINDOWS)
    return (presence, *count_patterns(history, presence, WINDOWS, library, MONDAY + 14, min_devices))


def devices_by_hand(history, facets, library, spot, pattern, window) -> set[int]:
    """Go through the visits one by one."""
    first = int(WINDOWS.start_day[window])
    found = set()
    for visit in range(len(history.visits)):
        day, last = int(history.day[visit]), int(history.end_ms[visit] // 86_400_000)
        if history.visits.spot[visit] != spot or last < first or day >= first + WINDOWS.length_days:
            continue
        at = int(np.searchsorted(facets.rows, visit))
        masks = (facets.who[at], facets.when[at], facets.what[at])
        if all(int(mask) >> part & 1 for mask, part in zip(masks, library.patterns.parts(pattern))):
            found.add(int(history.visits.stays.device[visit]))
    return found


def test_the_windows_of_these_tests():
    assert [WINDOWS.dates(row)[0] for row in range(len(WINDOWS))] == [
        date(2023, 5, 15) + timedelta(days=7 * week) for week in range(7)
    ]


@pytest.mark.parametrize("seed", [12, 2024])
def test_distinct_devices_agree_with_counting_by_hand(seed):
    history = random_panel(seed)
    _, counts, facets = counted(history)
    assert len(counts.spot) > 50
    some = np.random.default_rng(seed).choice(len(counts.spot), 40, replace=False)
    for row in some:
        for window in range(len(WINDOWS)):
            by_hand = devices_by_hand(history, facets, LIBRARY, counts.spot[row], int(counts.pattern[row]), window)
            assert counts.devices[row, window] == len(by_hand)


def test_no_pattern_that_reaches_the_minimum_is_missed_and_no_other_is_kept():
    history = random_panel(7, visits=150)
    _, counts, facets = counted(history, min_devices=3)
    kept = set(zip(counts.spot.tolist(), counts.pattern.tolist()))
    for spot in range(SPOTS):
        for pattern in range(len(LIBRARY.who) * len(LIBRARY.when) * len(LIBRARY.what)):
            most = max(
                len(devices_by_hand(history, facets, LIBRARY, spot, pattern, window)) for window in range(len(WINDOWS))
            )
            assert ((spot, pattern) in kept) == (most >= 3)


def test_equal_evidence_means_the_same_devices():
    history = random_panel(31)
    _, counts, facets = counted(history)
    groups: dict[tuple, set[frozenset]] = {}
    of_set: dict[tuple, set[int]] = {}
    for row in range(0, len(counts.spot), 3):
        for window in (2, 6):
            pattern = int(counts.pattern[row])
            devices = frozenset(devices_by_hand(history, facets, LIBRARY, counts.spot[row], pattern, window))
            groups.setdefault(int(counts.evidence[row, window]), set()).add(devices)
            of_set.setdefault(devices, set()).add(int(counts.evidence[row, window]))
    assert len(groups) > 20
    assert all(len(sets) == 1 for sets in groups.values())
    assert all(len(values) == 1 for values in of_set.values())


def test_presence_counts_each_device_once_per_window():
    # Device 0 comes three times in a week and device 1 once; a visit over Sunday midnight is in both weeks.
    week = 24 * 7
    history = make_panel([0, 0, 0, 0, 1], [0, 0, 0, 1, 2], [2 * week, 2 * week + 5, 2 * week + 30, 3 * week - 0.5,
                                                            3 * week + 1], SPOTS)
    presence = find_presence(history, WINDOWS)
    assert presence.devices[0].tolist() == [2, 1, 0, 0, 0, 0, 0]
    assert presence.devices[1].tolist() == [0, 1, 0, 0, 0, 0, 0]
    rows = presence.visits_in(0, 0)
    assert sorted(history.visits.stays.device[rows].tolist()) == [0, 0, 0, 1]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000))
def test_parts_do_not_change_the_counts(seed):
    history = random_panel(seed)
    _, whole, _ = counted(history)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sitelight.plugin.engine.counting.counts.BLOCK_ROWS", 50)
        _, parts, _ = counted(history)
    for name in ("spot", "pattern", "devices", "evidence"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def random_library(rng: np.random.Generator):
    """Return a library with more entries than fit one word in half of the cases, and one to three in the others."""
    library = load_library()
    if rng.random() < 0.5:
        return library.with_own({"who": tuple(
            replace(entry, id=f"own_{entry.id}", title=f"Own {entry.title}", sentence=f"own {entry.sentence}")
            for entry in library.who[1:]
        )})  # fmt: skip
    return library.select(**{
        axis: rng.choice([entry.id for entry in getattr(library, axis)], int(rng.integers(1, 4)), False).tolist()
        for axis in ("who", "when", "what")
    })  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_counts_equal_the_slow_way_to_the_bit(seed):
    rng = np.random.default_rng(seed)
    count, spots = int(rng.integers(1, 300)), int(rng.integers(1, 12))
    hours = np.where(rng.random(count) < 0.1, rng.uniform(0, 300, count), rng.uniform(0, 3, count))
    history = make_panel(
        rng.integers(0, spots, count), rng.integers(0, int(rng.integers(1, 40)), count),
        np.sort(rng.uniform(0, 7 * 24 * WEEKS - 2, count)), spots, hours=hours,
    )  # fmt: skip
    dates = [KEY_DATE - timedelta(days=int(days)) for days in rng.choice(20, int(rng.integers(1, 5)), replace=False)]
    windows = make_windows(dates, int(rng.integers(0, 3)), int(rng.integers(0, 9)), MONDAY, MONDAY + 7 * WEEKS - 1, 14)
    library, min_devices = random_library(rng), int(rng.integers(1, 6))
    presence = find_presence(history, windows)
    visit, window = slow_pairs(history, windows)
    device = history.visits.stays.device[visit]
    by_hand = slow_devices(history.visits.spot[visit], device, window, presence.devices.shape)
    np.testing.assert_array_equal(presence.devices, by_hand)
    assert sorted(zip(*presence.pairs(np.arange(count)))) == sorted(zip(visit, window))
    rows = np.unique(visit)
    axes = (library.who, library.when, library.what)
    facets = Facets(rows, *(random_masks(rng, len(axis), len(rows)) for axis in axes))
    counts = count_facets(history, presence, facets, library, min_devices)
    expected = slow_counts(history, facets, windows, library, min_devices)
    for name in ("spot", "pattern", "devices", "evidence"):
        np.testing.assert_array_equal(getattr(counts, name), getattr(expected, name))
        assert getattr(counts, name).dtype == getattr(expected, name).dtype


def random_masks(rng: np.random.Generator, entries: int, rows: int) -> np.ndarray:
    """Return masks where the first entry mostly holds and about three others do, some of them always together."""
    has = rng.random((rows, entries)) < 3.0 / entries
    has[:, 0] = rng.random(rows) < 0.9
    has[:, rng.integers(0, entries, entries // 3)] = has[:, rng.integers(0, entries, entries // 3)]
    return (has.astype(np.uint64) << np.arange(entries, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)


def test_nobody_anywhere_near_the_minimum():
    _, counts, facets = counted(random_panel(3), min_devices=1000)
    assert len(counts.spot) == 0
    assert counts.devices.shape == (0, len(WINDOWS))
    assert len(facets.rows) == 0


def test_cancelling_is_noticed():
    history = random_panel(3)
    presence = find_presence(history, WINDOWS)
    with pytest.raises(Cancelled):
        count_patterns(history, presence, WINDOWS, LIBRARY, MONDAY, 2, Progress(is_cancelled=lambda: True))
