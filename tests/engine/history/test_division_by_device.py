"""The work on devices is the same to the bit however the devices are divided: screening, stays, visits, legs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.engine.base import Progress, place_in_run, run_starts
from sitelight.plugin.engine.earth import grid_around
from sitelight.plugin.engine.history.movements import find_movements
from sitelight.plugin.engine.places import Places
from sitelight.plugin.engine.screening import (
    BAD_COORDINATE,
    BAD_TIME,
    COPY,
    MADE_UP,
    MARKED_WRONG,
    MISSING_DEVICE,
    NULL_ISLAND,
    REASONS,
    THINNED,
    Observations,
    ScreeningSettings,
    as_fixes,
    find_facts,
    read_rows,
    screen,
    screen_devices,
)
from worlds.engine_worlds import DAY_MS, HOUR_MS, ListSource, column, make_sites, square_world
from worlds.owner_worlds import START_MS, flyer, moved, owner, together

AIRPORTS = Places(column(["A", "B"]), column(["AA", "BB"]), np.array([4.0, 4.0]), np.array([4.0, 13.0]))
WORLD = square_world(AIRPORTS)
SITES = make_sites(
    ("Clinic", "medical", 4.02, 4.0, 300.0), ("Fort", "military", 4.0, 4.0, 900.0),
    ("Strip", "airport", 6.2, 4.0, 3000.0),
)
SETTINGS = ScreeningSettings(excluded_countries=("CC",), shared_min_devices=4, keep_device_ids=True)
DEVICES = 7
DAYS = 5


def messy_source(seed: int) -> ListSource:
    """Return a few devices with everything that screening drops, drivers over a border, flyers and two owners."""
    rng = np.random.default_rng(shifted(seed))
    ids, columns = [], []
    for number in range(DEVICES):
        dense, lat, lon = rng.random() < 0.3, 4.0 + rng.uniform(-0.05, 0.05), rng.choice([4.0, 9.97, 41.0])
        kind = rng.choice(["still", "flyer", "two", "mover"])
        track = owner(rng, lat, lon, DAYS, dense)
        if kind == "flyer":
            track = flyer(rng, lat, lon, DAYS, dense, float(rng.choice([240.0, 900.0])), 2, bool(rng.integers(2)))
        elif kind == "two":
            track = together(track, owner(rng, lat + 0.3, lon, DAYS, dense))
        elif kind == "mover":
            track = (track[0], track[1], track[2] + 2.0 * (track[0] - START_MS) / (DAYS * DAY_MS))
        bad = np.flatnonzero(rng.random(len(track[0]) - 1) < 0.02)
        track = moved(track, bad, *(4.0 + rng.uniform(-6, 6, (2, len(bad)))))
        track = moved(track, np.flatnonzero(rng.random(len(track[0])) < 0.02), 4.44, 4.44)  # a sinkhole
        patient = np.flatnonzero(rng.random(len(track[0])) < 0.02)
        track = moved(track, patient, *(np.array([[4.02], [4.0]]) + rng.normal(0, 1e-4, (2, len(patient)))))
        if kind == "flyer":
            track = held(track)
        again = rng.integers(0, len(track[0]), 5)
        track = tuple(np.append(values, values[again]) for values in track)
        wrong_clock = rng.choice([0, -20 * 365, -40 * 365]) * DAY_MS
        track[0][rng.integers(0, len(track[0]), 2)] += wrong_clock + rng.choice([-1, HOUR_MS])
        accuracy_m = rng.choice([np.nan, 3.0, 12.0, 80.0, 4000.0], len(track[0]), p=[0.1, 0.3, 0.4, 0.19, 0.01])
        columns.append((*track, accuracy_m))
        ids += [f"phone-{number}"] * len(track[0])
    order = rng.permutation(len(ids))
    mixed = (np.concatenate(values)[order] for values in zip(*columns))
    return ListSource(np.array(ids)[order], *mixed, chunk_rows=900)


def held(track: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Return the track with each fix of a flight reported a second time, half a minute later."""
    time_ms, lat, lon = track
    order = np.argsort(time_ms, kind="stable")
    time_ms, lat, lon = time_ms[order], lat[order], lon[order]
    km = 111.0 * np.hypot(np.diff(lat), np.diff(lon))
    fast = np.flatnonzero(km / (np.diff(time_ms) / HOUR_MS) > 200.0) + 1
    return tuple(np.append(values, values[fast] + late) for values, late in ((time_ms, 30_000), (lat, 0.0), (lon, 0.0)))


@dataclass(frozen=True)
class Worked:
    """What comes out, as tables that name devices by id and stays by their place among the device's own."""

    fixes: pd.DataFrame
    stays: pd.DataFrame
    legs: pd.DataFrame
    two_owners: frozenset[str]
    counts: dict[str, int]


def frame_of(columns: dict[str, np.ndarray], names: np.ndarray) -> pd.DataFrame:
    """Return a table of columns of just their types: pandas 3 would make text of objects, but not of none."""
    columns = {**columns, "device": names[columns["device"]]}
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})


def work_on(rows: Observations, facts, ids: np.ndarray, grid) -> Worked:
    passed = screen_devices(rows, facts, SETTINGS, Progress())
    fixes, two_owners = as_fixes(passed, facts, ids, b"key", SETTINGS)
    found = find_movements(fixes, SITES, grid, WORLD)
    names, visits = fixes.pseudonyms, found.visits
    first = place_in_run(run_starts(found.stays.device)[1])
    places = {name: first[getattr(found.legs, name)] for name in ("from_stay", "to_stay")}
    columns = {name: column for name, column in vars(fixes).items() if name != "pseudonyms"}
    stays = {**vars(found.stays), "spot": visits.spots.spot_id[visits.spot], "country": visits.country}
    tables = (frame_of(table, names) for table in (columns, stays, {**vars(found.legs), **places}))
    return Worked(*tables, frozenset(names[two_owners]), passed.counts)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1_000_000), st.lists(st.integers(0, 3), min_size=DEVICES, max_size=DEVICES))
def test_any_division_by_device_gives_the_same_rows_to_the_bit(seed, part_of):
    source = messy_source(seed)
    rows, _, _ = read_rows(source, SETTINGS, WORLD, SITES, Progress())
    facts, ids = find_facts(rows, SETTINGS, Progress()), source.device_ids()
    grid = grid_around(rows.lat, rows.lon, 1000.0)
    whole = work_on(rows, facts, ids, grid)
    assert len(whole.stays) > 0
    parts = [
        work_on(rows.take(np.flatnonzero(np.array(part_of)[rows.device] == part)), facts, ids, grid)
        for part in sorted(set(part_of))
    ]
    for name in ("fixes", "stays", "legs"):
        together_again = pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        together_again = together_again.sort_values("device", kind="stable", ignore_index=True)
        pd.testing.assert_frame_equal(getattr(whole, name), together_again, check_exact=True)
    assert whole.two_owners == frozenset().union(*(part.two_owners for part in parts))
    assert whole.counts == {reason: sum(part.counts[reason] for part in parts) for reason in whole.counts}


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1_000_000), st.integers(1, 400))
def test_blocks_of_devices_and_the_order_of_rows_change_nothing(seed, block_rows):
    source = messy_source(seed)
    order = np.lexsort((source._columns[0], source._device))
    in_order = ListSource(source._ids[source._device][order], *(values[order] for values in source._columns))
    whole = screen(source, SETTINGS, WORLD, b"key", sites=SITES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sitelight.plugin.engine.screening.device_rules.BLOCK_ROWS", block_rows)
        for other in (source, in_order):
            again = screen(other, SETTINGS, WORLD, b"key", sites=SITES)
            assert again.counts == whole.counts
            assert again.two_owners.tolist() == whole.two_owners.tolist()
            for name, values in vars(whole.fixes).items():
                assert np.array_equal(values, getattr(again.fixes, name)), name
    assert sum(whole.counts.values()) == whole.read == source.row_count


def test_the_worlds_of_these_tests_show_every_reason_and_legs_of_all_kinds():
    """Otherwise the properties above would say little."""
    counts = dict.fromkeys(REASONS, 0)
    legs, flagged = [], 0
    for seed in range(12):
        source = messy_source(seed)
        found = screen(source, SETTINGS, WORLD, b"key", sites=SITES)
        flagged += len(found.two_owners)
        counts = {reason: counts[reason] + found.counts[reason] for reason in REASONS}
        grid = grid_around(found.fixes.lat, found.fixes.lon, 1000.0)
        legs.append(find_movements(found.fixes, SITES, grid, WORLD).legs)
    seen = {reason for reason, rows in counts.items() if rows > 0}
    # What is dropped before there are times and positions depends on no other row.
    # The examination of the delivery comes later and looks at all devices together.
    later = {COPY, MADE_UP, THINNED}
    assert seen >= set(REASONS) - later - {MISSING_DEVICE, BAD_COORDINATE, NULL_ISLAND, BAD_TIME, MARKED_WRONG}
    assert flagged > 3
    assert len(set(np.concatenate([part.mode for part in legs]).tolist())) >= 3
    assert any((part.borders != "").any() for part in legs)
