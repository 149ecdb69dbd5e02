from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.base import Cancelled, InputError, Progress
from sitelight.plugin.engine.screening import settings as reasons
from sitelight.plugin.engine.screening.observations import NO_TIME
from sitelight.plugin.engine.screening.screen import screen
from sitelight.plugin.engine.screening.settings import KEPT, REASONS, ScreeningSettings
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY, ListSource, make_sites, square_world
from worlds.owner_worlds import flyer, owner

WORLD = square_world()
KEY = b"a key for the tests"
START_MS = MONDAY * DAY_MS
NOBODY_OUT = ScreeningSettings(excluded_countries=())
NOT_IN_BB = ScreeningSettings(excluded_countries=("BB",))
CLINIC = make_sites(("Clinic", "medical", 7.0, 3.0, 100.0))


def plain_rows(count: int = 40):
    """Return ids, times, lat, lon, accuracy of two devices that move slowly inside AA, all of it usable."""
    ids = ["phone-1", "phone-2"] * (count // 2)
    time_ms = START_MS + np.arange(count) * HOUR_MS
    lat = 5.0 + np.arange(count) * 1e-3
    lon = 3.0 + np.arange(count) * 1.7e-3
    return [ids, time_ms, lat, lon, np.full(count, 12.0)]


def with_row(rows, device, time_ms, lat, lon, accuracy_m=12.0):
    ids, times, lats, lons, accuracies = rows
    return [
        [*ids, device], np.append(times, np.int64(time_ms)), np.append(lats, lat), np.append(lons, lon),
        np.append(accuracies, accuracy_m),
    ]


def run(rows, chosen=NOBODY_OUT, key=KEY, world=WORLD, chunk_rows=1_000_000, sites=None):
    return screen(ListSource(*rows, chunk_rows=chunk_rows), chosen, world, key, sites=sites)


def table(fixes) -> set[tuple]:
    ids = fixes.pseudonyms[fixes.device]
    return set(zip(ids, fixes.time_ms.tolist(), fixes.lat.tolist(), fixes.lon.tolist(), fixes.accuracy_m.tolist()))


LATER = START_MS + 50 * HOUR_MS
ONE_BAD_ROW = [
    (reasons.MISSING_DEVICE, ("", LATER, 5.0, 3.0)),
    (reasons.BAD_COORDINATE, ("phone-1", LATER, float("nan"), 3.0)),
    (reasons.BAD_COORDINATE, ("phone-1", LATER, 5.0, float("nan"))),
    (reasons.BAD_COORDINATE, ("phone-1", LATER, 90.5, 3.0)),
    (reasons.BAD_COORDINATE, ("phone-1", LATER, 5.0, -180.5)),
    (reasons.BAD_COORDINATE, ("phone-1", LATER, 5.0, 363.0)),
    (reasons.BAD_COORDINATE, ("phone-1", LATER, 5.0, 541.0)),
    (reasons.NULL_ISLAND, ("phone-1", LATER, 0.0, 0.0)),
    (reasons.BAD_TIME, ("phone-1", NO_TIME, 5.0, 3.0)),
    (reasons.IMPOSSIBLE_TIME, ("phone-1", 0, 5.0, 3.0)),
    (reasons.IMPOSSIBLE_TIME, ("phone-1", 10_445_328_000_000, 5.0, 3.0)),  # 2301-01-01
    (reasons.IMPOSSIBLE_TIME, ("phone-1", LATER // 1000, 5.0, 3.0)),  # seconds read as milliseconds
    (reasons.IMPOSSIBLE_TIME, ("phone-1", LATER * 1000, 5.0, 3.0)),  # milliseconds read as seconds
    (reasons.POOR_ACCURACY, ("phone-1", LATER, 5.0, 3.0, 1000.5)),
    (reasons.EXCLUDED_REGION, ("phone-1", LATER, 5.0, 12.0)),
    (reasons.SENSITIVE_PLACE, ("phone-1", LATER, 7.0, 3.0)),
    (reasons.FAR_TIME, ("phone-1", START_MS - 3 * 366 * DAY_MS, 5.0, 3.0)),
    (reasons.FAR_TIME, ("phone-1", 946_684_800_000, 5.0, 3.0)),  # 2000-01-01
    (reasons.DUPLICATE, ("phone-1", START_MS, 5.2, 3.0, 13.0)),
    (reasons.TELEPORT, ("phone-1", START_MS + 11 * HOUR_MS, 5.0, 39.0)),
]


@pytest.mark.parametrize(("reason", "row"), ONE_BAD_ROW)
def test_each_reason_drops_exactly_its_row(reason, row):
    rows = plain_rows()
    clean = run(rows, NOT_IN_BB, sites=CLINIC)
    assert clean.counts == {KEPT: 40, **dict.fromkeys(REASONS, 0)}
    found = run(with_row(rows, *row), NOT_IN_BB, sites=CLINIC)
    assert found.counts == {**clean.counts, reason: 1}
    assert found.read == 41
    assert table(found.fixes) == table(clean.fixes)


def test_an_excluded_region_is_dropped_and_counted():
    rows = with_row(plain_rows(), "phone-3", LATER, 5.0, 12.0)
    rows = with_row(rows, "phone-3", LATER + HOUR_MS, 5.0, 45.0)
    found = run(rows, ScreeningSettings(excluded_countries=("BB",)))
    assert found.counts[reasons.EXCLUDED_REGION] == 1
    assert found.counts[KEPT] == 41
    assert found.fixes.lon.max() == 45.0
    assert run(rows, ScreeningSettings(excluded_countries=("ZZ",))).counts[KEPT] == 42


def test_every_reason_that_one_row_can_show_is_among_the_cases():
    # Of several devices or days; the last three are found by the examination of the delivery.
    others = {reasons.SHARED_POSITION, reasons.HELD, reasons.MARKED_WRONG}
    others |= {reasons.COPY, reasons.MADE_UP, reasons.THINNED}
    assert {reason for reason, _ in ONE_BAD_ROW} == set(REASONS) - others


def test_a_teleport_is_dropped_and_a_flight_is_not():
    rows = plain_rows()
    # Between the fixes of phone-1 at 10 h and 12 h: two faulty fixes 4,000 km away, far from each other.
    there = with_row(rows, "phone-1", START_MS + 11 * HOUR_MS, 5.0, 39.0)
    twice = with_row(there, "phone-1", START_MS + 11 * HOUR_MS + 60_000, 5.0, -33.0)
    assert run(twice).counts[reasons.TELEPORT] == 2
    # 4,000 km in six hours is a flight: nothing is dropped.
    flown = with_row(rows, "phone-1", START_MS + 45 * HOUR_MS, 5.0, 39.0)
    assert run(flown).counts[KEPT] == 41


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("same_place", [False, True])
def test_teleports_that_return_are_dropped_in_sparse_and_dense_tracks(dense, together, same_place):
    """A fault lasts a minute at most here, so that no way there and back is slow enough for the ground."""
    rng = np.random.default_rng([shifted(41), dense, together, same_place])
    time_ms, lat, lon = owner(rng, 5.0, 3.0, 40, dense)
    quick = np.diff(time_ms) < 90_000
    first = np.flatnonzero(quick[:-2] & quick[1:-1] & quick[2:] & (rng.random(len(time_ms) - 3) < 0.02)) + 1
    first = first[np.diff(first, prepend=-9) > 6]
    bad = (first[:, None] + np.arange(together)).ravel()
    wrong_lat, wrong_lon = lat.copy(), lon.copy()
    if same_place:
        wrong_lat[bad], wrong_lon[bad] = 5.9, 3.9
    else:
        wrong_lat[bad] += np.repeat(rng.uniform(0.5, 4.0, len(first)), together)
    found = run([["phone"] * len(time_ms), time_ms, wrong_lat, wrong_lon, None])
    assert len(first) > 5
    assert found.counts == {**dict.fromkeys(REASONS, 0), KEPT: len(time_ms) - len(bad), reasons.TELEPORT: len(bad)}
    left = np.setdiff1d(np.arange(len(time_ms)), bad)
    assert found.fixes.lat.tolist() == lat[left].tolist()


@pytest.mark.parametrize(("km", "seconds", "dropped"), [
    (1.9, 1, 0), (2.1, 1, 1),  # over 1,200 km/h, from 2 km on
    (4.9, 60, 0), (5.1, 60, 1),  # some 300 km/h, from 5 km on
    (5.1, 80, 0),  # 230 km/h
])  # fmt: skip
@pytest.mark.parametrize("lon", [3.0, 180.0])
def test_a_jump_and_return_is_impossible_from_the_speeds_and_distances_on_that_are_told(km, seconds, dropped, lon):
    lons = np.full(40, lon)
    lons[20] += km * 1000.0 / METRES_PER_DEGREE
    lons = np.mod(lons + 180.0, 360.0) - 180.0
    found = run([["phone"] * 40, START_MS + np.arange(40) * seconds * 1000, np.zeros(40), lons, None])
    assert found.counts == {**dict.fromkeys(REASONS, 0), KEPT: 40 - dropped, reasons.TELEPORT: dropped}


def test_a_far_jump_and_a_near_one_after_it_are_both_dropped():
    lat = np.full(40, 5.0)
    lat[20:22] += 30.0, 12.0 / 111.2  # 12 km, two minutes there and one back
    found = run([["phone"] * 40, START_MS + np.arange(40) * 60_000, lat, np.full(40, 3.0), None])
    assert found.counts[reasons.TELEPORT] == 2
    assert set(found.fixes.lat.tolist()) == {5.0}


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("km", [250.0, 900.0, 5000.0])
@pytest.mark.parametrize("in_flight", [False, True])
def test_no_fix_of_a_flyer_is_dropped(dense, km, in_flight):
    rng = np.random.default_rng([shifted(42), dense, int(km), in_flight])
    time_ms, lat, lon = flyer(rng, 5.0, 3.0, 30, dense, km, in_flight=in_flight)
    found = run([["phone"] * len(time_ms), time_ms, lat, lon, None])
    assert found.counts[KEPT] == len(time_ms)
    assert len(found.two_owners) == 0


@pytest.mark.parametrize("fault_ms", [0, 946_684_800_000, 10_445_328_000_000, 1_262_304_000_000])
def test_many_rows_of_one_wrong_clock_are_dropped_and_an_older_history_is_kept(fault_ms):
    """Four in a hundred rows begin at the same wrong date: epoch 0, 2000, 2301, 2010."""
    rng = np.random.default_rng(shifted(43))
    time_ms, lat, lon = owner(rng, 5.0, 3.0, 60, False)
    wrong = rng.choice(len(time_ms), len(time_ms) // 25, replace=False)
    faulty = time_ms.copy()
    faulty[wrong] = fault_ms + np.arange(len(wrong)) * 60_000
    found = run([["phone"] * len(time_ms), faulty, lat, lon, None])
    assert found.counts[KEPT] == len(time_ms) - len(wrong)
    assert found.counts[reasons.IMPOSSIBLE_TIME] + found.counts[reasons.FAR_TIME] == len(wrong)
    assert sorted(found.fixes.time_ms.tolist()) == np.delete(time_ms, wrong).tolist()


def test_an_older_history_of_four_in_a_hundred_rows_is_no_clock_fault():
    time_ms, lat, lon = owner(np.random.default_rng(shifted(43)), 5.0, 3.0, 60, False)
    older = START_MS - np.arange(240, 0, -1) * 4 * DAY_MS
    columns = (np.append(older, time_ms), np.append(np.full(240, 5.0), lat), np.append(np.full(240, 3.0), lon))
    assert run([["phone"] * (240 + len(time_ms)), *columns, None]).counts[KEPT] == 240 + len(time_ms)


def test_rows_in_another_unit_within_one_file_are_dropped_and_told(tmp_path):
    """Of seven rows one is in milliseconds, the others in seconds: the unit is decided once, the others are lost."""
    rng = np.random.default_rng(shifted(44))
    time_ms, lat, lon = owner(rng, 5.0, 3.0, 10, False)
    first_in_second = np.unique(time_ms // 1000, return_index=True)[1]
    time_ms, lat, lon = time_ms[first_in_second], lat[first_in_second], lon[first_in_second]
    stamps = np.where(np.arange(len(time_ms)) % 7 == 0, time_ms, time_ms // 1000)
    lines = [f"a,{stamp},{y:.7f},{x:.7f}\n" for stamp, y, x in zip(stamps.tolist(), lat.tolist(), lon.tolist())]
    path = tmp_path / "mixed.csv"
    path.write_text("device_id,timestamp,latitude,longitude\n" + "".join(lines), encoding="utf-8")
    found = screen(open_observations_file(str(path)), NOBODY_OUT, WORLD, KEY)
    assert found.counts[reasons.BAD_TIME] == (len(time_ms) + 6) // 7
    assert found.counts[KEPT] == len(time_ms) - (len(time_ms) + 6) // 7
    assert any("14% of" in note and reasons.BAD_TIME in note for note in found.notes())
    # The other way round: among milliseconds, seconds are the first weeks of 1970.
    swapped = np.where(np.arange(len(time_ms)) % 7 == 0, time_ms // 1000, time_ms)
    again = run([["a"] * len(time_ms), swapped, lat, lon, None])
    assert again.counts[reasons.IMPOSSIBLE_TIME] == (len(time_ms) + 6) // 7


def test_a_position_shared_by_very_many_devices_is_dropped():
    rng = np.random.default_rng(shifted(8))
    count = 30
    tower = [f"tower-{n}" for n in range(count)]
    own_lat, own_lon = rng.uniform(1, 9, 600), rng.uniform(1, 9, 600)
    ids = [*tower, *np.repeat([f"own-{n}" for n in range(100)], 6)]
    lat = np.concatenate((np.full(count, 4.4), own_lat))
    lon = np.concatenate((np.full(count, 6.6), own_lon))
    time_ms = START_MS + np.arange(len(ids)) * 12 * HOUR_MS // 10
    found = run([ids, time_ms, lat, lon, None])
    assert found.counts[reasons.SHARED_POSITION] == count
    assert not (found.fixes.lat == 4.4).any()
    # A file delivered twice has the same positions again: that is no snapping.
    doubled = run([[*ids, *ids], np.tile(time_ms, 2), np.tile(lat, 2), np.tile(lon, 2), None])
    assert doubled.counts == {**found.counts, reasons.SHARED_POSITION: 2 * count, reasons.DUPLICATE: 600}
    assert table(doubled.fixes) == table(found.fixes)
    # Twenty devices at one door are not improbably many.
    few = run([ids[10:], time_ms[10:], lat[10:], lon[10:], None])
    assert few.counts[reasons.SHARED_POSITION] == 0


def test_one_device_that_reports_the_same_position_often_is_kept():
    ids = ["still"] * 60 + ["other"] * 400
    rng = np.random.default_rng(shifted(9))
    lat = np.concatenate((np.full(60, 5.5), 5 + rng.uniform(0, 0.01, 400)))
    time_ms = START_MS + np.arange(460) * HOUR_MS
    assert run([ids, time_ms, lat, np.full(460, 3.0), None]).counts[KEPT] == 460


def test_data_snapped_to_places_keep_their_rows():
    """Positions rounded to about 11 km: nearly every position is shared, which says nothing."""
    rng = np.random.default_rng(shifted(10))
    ids = np.repeat([f"own-{n}" for n in range(60)], 30)
    lat, lon = np.round(rng.uniform(1, 1.6, 1800), 1), np.round(rng.uniform(1, 1.6, 1800), 1)
    time_ms = START_MS + np.tile(np.arange(30), 60) * 12 * HOUR_MS
    assert run([ids, time_ms, lat, lon, None]).counts[reasons.SHARED_POSITION] == 0


def test_sinkholes_are_found_in_millions_of_rows_too(monkeypatch):
    """The same rows, looked at in one block and in many with a sample of positions, lose the same positions."""
    rng = np.random.default_rng(shifted(11))
    count = 6000
    device = rng.integers(0, 80, count)
    lat, lon = rng.uniform(1, 9, count), rng.uniform(1, 9, count)
    at_tower = rng.random(count) < 0.15
    tower = rng.integers(0, 4, count)
    lat[at_tower], lon[at_tower] = 2.0 + tower[at_tower], 3.5
    time_ms = START_MS + np.arange(count) * 11 * HOUR_MS
    rows = [[f"p{n}" for n in device], time_ms, lat, lon, None]
    whole = run(rows)
    assert whole.counts[reasons.SHARED_POSITION] == at_tower.sum()
    monkeypatch.setattr("sitelight.plugin.engine.screening.facts._BLOCK_ROWS", 500)
    assert run(rows).counts == whole.counts


def test_longitudes_from_0_to_360_are_understood():
    rows = plain_rows()
    rows[3] = np.full(40, 350.0)
    assert set(run(rows).fixes.lon.tolist()) == {-10.0}


@pytest.mark.parametrize("unknown_m", [np.nan, 0.0, -1.0])
def test_of_duplicates_one_of_known_accuracy_stays(unknown_m):
    found = run(with_row(plain_rows(), "phone-1", START_MS, 5.2, 3.3, unknown_m))
    assert found.counts[reasons.DUPLICATE] == 1
    assert table(found.fixes) == table(run(plain_rows()).fixes)


def test_the_most_accurate_of_duplicates_stays():
    rows = with_row(plain_rows(), "phone-1", START_MS, 5.2, 3.3, 4.0)
    fixes = run(rows).fixes
    at_start = (fixes.time_ms == START_MS) & (fixes.accuracy_m == 4.0)
    assert fixes.lat[at_start].tolist() == [5.2]


def test_unknown_accuracy_takes_the_median_of_the_known():
    rows = plain_rows()
    rows[4] = np.array([np.nan, 0.0, *([30.0] * 19), *([10.0] * 19)])
    fixes = run(rows).fixes
    assert sorted(fixes.accuracy_m.tolist())[19:21] == [20.0, 20.0]


def test_fixes_are_sorted_by_device_and_time():
    rng = np.random.default_rng(shifted(4))
    rows = plain_rows()
    order = rng.permutation(40)
    fixes = run([[rows[0][i] for i in order], *(values[order] for values in rows[1:])]).fixes
    assert (np.diff(fixes.device) >= 0).all()
    assert (np.diff(fixes.time_ms)[np.diff(fixes.device) == 0] > 0).all()
    assert fixes.device_count == 2


@pytest.mark.parametrize("years", [1, 60])
def test_millions_of_devices_are_told_apart_over_any_span_of_time(years):
    source = ListSource(*plain_rows())
    source._device = source._device * (1 << 23)  # the second of two devices is the source's device 8,388,608
    source._columns[0][20:] += years * 365 * DAY_MS
    source.device_ids = lambda: np.broadcast_to(np.array(["phone"], dtype=object), (1 << 23) + 1)
    fixes = screen(source, NOBODY_OUT, WORLD, KEY).fixes
    assert fixes.device.tolist() == [0] * 20 + [1] * 20
    assert (np.diff(fixes.time_ms)[np.diff(fixes.device) == 0] > 0).all()


def test_pseudonyms_hide_the_id_and_change_with_the_key():
    one, again, other = run(plain_rows()), run(plain_rows()), run(plain_rows(), key=b"another key")
    assert one.fixes.pseudonyms.tolist() == again.fixes.pseudonyms.tolist()
    assert not set(one.fixes.pseudonyms) & set(other.fixes.pseudonyms)
    assert len(set(one.fixes.pseudonyms)) == 2
    assert not any("phone" in name for name in one.fixes.pseudonyms)
    kept = run(plain_rows(), ScreeningSettings(excluded_countries=(), keep_device_ids=True))
    assert sorted(kept.fixes.pseudonyms) == ["phone-1", "phone-2"]


def test_nothing_left_is_told_with_the_reason():
    rows = plain_rows()
    rows[2] = np.full(40, np.nan)
    with pytest.raises(InputError, match="None of the 40 rows.*missing or invalid coordinate"):
        run(rows)
    with pytest.raises(InputError, match="no rows"):
        run([[], np.empty(0), np.empty(0), np.empty(0), None])


def test_cancelling_is_noticed():
    with pytest.raises(Cancelled):
        screen(ListSource(*plain_rows()), NOBODY_OUT, WORLD, KEY, Progress(is_cancelled=lambda: True))


messy = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b", "c"]),
        st.one_of(st.integers(0, 30).map(lambda h: START_MS + h * HOUR_MS), st.sampled_from([NO_TIME, 0, 2**61])),
        st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-1, 6), st.just(0.0)),
        st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-1, 13), st.just(0.0), st.just(360.0)),
        st.sampled_from([float("nan"), -1.0, 0.0, 5.0, 999.0, 5000.0]),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=80)
@given(messy, st.randoms(), st.integers(1, 40))
def test_every_row_is_counted_whatever_comes_in_any_order(extra, shuffler, chunk_rows):
    chosen = ScreeningSettings(excluded_countries=("BB",))
    rows = plain_rows(10)
    for row in extra:
        rows = with_row(rows, *row)
    found = run(rows, chosen)
    assert found.read == 10 + len(extra)
    assert sum(found.counts.values()) == found.read
    assert found.counts[KEPT] == len(found.fixes)
    assert np.isfinite(found.fixes.lat).all()
    assert (np.abs(found.fixes.lon) <= 180).all()
    order = list(range(found.read))
    shuffler.shuffle(order)
    mixed = run([[rows[0][i] for i in order], *(values[order] for values in rows[1:])], chosen, chunk_rows=chunk_rows)
    assert mixed.counts == found.counts
    assert table(mixed.fixes) == table(found.fixes)


def test_where_the_devices_lose_every_row_that_is_said_with_the_reason():
    everywhere = ScreeningSettings(excluded_countries=(), shared_min_devices=0, shared_min_share=0.0)
    with pytest.raises(InputError, match=f"None of the 40 rows .* {reasons.SHARED_POSITION}"):
        run(plain_rows(), everywhere)
