from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from seeds import by_chance
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine import study as study_module
from sitelight.plugin.engine.base import Cancelled, InputError, Progress, StudyError
from sitelight.plugin.engine.calendars import KeyDateGroup
from sitelight.plugin.engine.earth import EPOCH
from sitelight.plugin.engine.itineraries import find_itineraries
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.study import Study, run
from sitelight.plugin.engine.tables import SCHEMAS, empty_table
from worlds.engine_town import HOTEL, KEY_DATE, SITES, TEAM, town
from worlds.engine_worlds import MONDAY, ListSource, square_world

WORLD = square_world()


def make_study(**changed) -> Study:
    settings = {
        "key_dates": (KEY_DATE,), "library": load_library(), "sites": SITES, "world": WORLD,
        "purpose": "a made-up test town", "rekey": b"key",
    }
    return Study(**{**settings, **changed})


@pytest.fixture(scope="module")
def planted():
    return run(make_study(), town(1291))


@pytest.fixture(scope="module")
def ordinary():
    return run(make_study(), town(1291, planted=False))


def test_the_foreign_team_is_the_first_finding(planted):
    first = planted.tables["findings"].iloc[0]
    assert first.spot_name == "Grand Hotel"
    assert first.q_value < 0.05
    assert first.change in {"Appears", "Surges", "Shifts"}
    assert first.observed >= TEAM
    assert first.observed > 3 * first.expected
    assert first.ratio == pytest.approx(first.observed / first.expected)
    assert first.key_date == KEY_DATE.isoformat()
    assert (first.window_start, first.window_end) == ("2023-07-24", "2023-07-30")
    point = shapely.wkb.loads(bytes(first.geometry))
    assert (point.y, point.x) == pytest.approx(HOTEL, abs=1e-9)


def test_its_sentence_holds_its_numbers(planted):
    first = planted.tables["findings"].iloc[0]
    for part in ("Grand Hotel", f"{first.observed} devices", "26 July 2023", f"of {first.placebo_dates} ordinary"):
        assert part in first.sentence, first.sentence
    assert first.placebo_dates > 0
    assert first.placebo_hits == 0


def test_the_evidence_behind_it_is_the_team(planted):
    """The eight devices that live in CC are phone-60 to phone-67; pseudonyms are told apart by where they live."""
    evidence = planted.evidence
    stays, spots = evidence.history.visits.stays, evidence.history.visits.spots
    abroad = np.unique(stays.device[spots.country[evidence.history.visits.spot] == "CC"])
    assert len(abroad) == TEAM
    hotel = int(np.flatnonzero(spots.spot_id == "Grand Hotel")[0])
    tests = np.flatnonzero(evidence.scores.spot == hotel)
    strongest = tests[evidence.scores.p_value[tests].argmin()]
    devices = evidence.devices_of_test(int(strongest))
    row, window = evidence.scores.row[strongest], evidence.scores.window[strongest]
    assert len(devices) == evidence.scores.counts.devices[row, window]
    assert set(abroad) <= set(devices)


def significant_spots(results) -> int:
    findings = results.tables["findings"]
    return findings[findings.q_value < 0.05].spot_id.nunique()


def test_an_ordinary_world_has_no_more_findings_than_chance_gives(ordinary):
    assert by_chance(significant_spots(ordinary), 0.05)


@pytest.mark.parametrize("seed", [17, 170, 1700])
def test_other_ordinary_worlds_have_no_more_either(seed):
    assert by_chance(significant_spots(run(make_study(purpose=""), town(seed, planted=False))), 0.05)


def test_every_row_read_is_kept_or_dropped(planted):
    rows = planted.tables["screening"].set_index("reason").rows
    assert rows["read"] == town(1291).row_count
    assert rows.drop("read").sum() == rows["read"]


def test_tables_have_exactly_their_columns(planted, ordinary):
    for results in (planted, ordinary):
        assert set(results.tables) == set(SCHEMAS) - {"run", "audit"}
        for name, frame in results.tables.items():
            expected = empty_table(name)
            assert list(frame.columns) == list(expected.columns), name
            for column, kind in SCHEMAS[name].columns.items():
                dtype = frame[column].dtype
                if kind == "integer":
                    assert dtype == np.int64, (name, column, dtype)
                elif kind == "real":
                    assert dtype == np.float64, (name, column, dtype)
                else:
                    assert all(isinstance(value, str) for value in frame[column]), (name, column)


def test_heat_covers_the_hotel_and_agrees_with_the_finding(planted):
    heat = planted.tables["heat"]
    row = heat[heat.spot_id == "Grand Hotel"].iloc[0]
    findings = planted.tables["findings"].set_index("finding_id")
    assert findings.spot_id[row.finding_id] == "Grand Hotel"
    assert row.score == heat.score.max()
    assert row.q_value <= findings.q_value[row.finding_id]  # of its strongest test, which may have no sound name
    outline = shapely.wkb.loads(bytes(row.geometry))
    assert outline.is_valid
    assert outline.centroid.distance(shapely.geometry.Point(HOTEL[1], HOTEL[0])) < 1e-6
    assert not heat.duplicated(["spot_id", "key_date"]).any()


def test_itineraries_reach_the_team_and_only_with_a_purpose(planted):
    stops = planted.tables["stops"]
    assert (stops.spot_name == "Grand Hotel").any()
    silent = run(make_study(purpose="  "), town(1291))
    for name in ("itineraries", "stops", "legs"):
        assert len(silent.tables[name]) == 0
    assert any("purpose" in note for note in silent.notes)
    assert not any("purpose" in note for note in planted.notes)


def test_results_repeat_to_the_last_digit(planted):
    again = run(make_study(), town(1291))
    for name, frame in planted.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name], check_exact=True)


def test_the_order_of_key_dates_and_of_rows_does_not_matter():
    earlier = KEY_DATE - timedelta(days=14)
    one = run(make_study(key_dates=(earlier, KEY_DATE)), town(1291)).tables["findings"]
    two = run(make_study(key_dates=(KEY_DATE, earlier)), town(1291)).tables["findings"]
    pd.testing.assert_frame_equal(one, two)
    assert one.iloc[0].key_date == KEY_DATE.isoformat()


def test_a_key_date_given_twice_changes_nothing(planted):
    twice = run(make_study(key_dates=(KEY_DATE, KEY_DATE)), town(1291))
    assert twice.notes == planted.notes
    for name, frame in planted.tables.items():
        pd.testing.assert_frame_equal(frame, twice.tables[name], check_exact=True)


def test_heat_shows_the_spots_with_the_study_s_least_number_of_devices(planted):
    stricter = run(make_study(min_devices=6, purpose=""), town(1291))
    for results, least in ((planted, 3), (stricter, 6)):
        evidence = results.evidence
        busy = evidence.presence.devices.max(axis=1) >= least
        heat = results.tables["heat"]
        heat = heat[heat.spot_kind.isin(["site", "cell"])]
        assert set(heat.spot_id) == set(evidence.history.visits.spots.spot_id[busy])
    assert len(stricter.tables["heat"]) < len(planted.tables["heat"])


@pytest.mark.parametrize("zone_hours", [None, 11.0])
def test_devices_reached_from_a_finding_were_there_in_its_local_window(monkeypatch, zone_hours):
    reached = []

    def remember(*arguments, **named):
        reached.extend(arguments[4])
        return find_itineraries(*arguments, **named)

    monkeypatch.setattr(study_module, "find_itineraries", remember)
    results = run(make_study(time_zone_hours=zone_hours), town(1291))
    assert reached
    spots = results.evidence.history.visits.spots
    for finding in reached:
        hours = spots.lon[finding.spot] / 15.0 if zone_hours is None else zone_hours
        midnight = pd.Timestamp("2023-07-24", tz="UTC") - pd.Timedelta(hours=hours)
        assert abs(finding.start_ms - midnight.value // 1_000_000) <= 1
        assert finding.end_ms - finding.start_ms == 7 * 86_400_000


def test_too_short_a_history_is_told_and_counts_are_shown():
    short = run(make_study(key_dates=(date(2023, 6, 14),)), town(1291, weeks=7))
    assert any("Of key date 2023-06-14 only how many devices were where is tested" in note for note in short.notes)
    scores = short.evidence.scores
    assert len(scores.row) and all(scores.changes[number].is_plain for number in scores.change.tolist())
    assert (short.tables["findings"].q_value > 0.05).all()  # the team comes later
    shorter = run(make_study(key_dates=(date(2023, 5, 17),)), town(1291, weeks=7))
    assert any("2023-05-17 could not be tested" in note for note in shorter.notes)
    assert len(shorter.tables["findings"]) == 0
    heat = shorter.tables["heat"]
    assert (heat.observed > 0).any()
    assert heat.score.isna().all()


def test_ordinary_dates_in_the_aftermath_of_a_key_date_are_told():
    """Five weeks before the later date lies another one; without it, or with a longer history, nothing is said."""
    earlier = KEY_DATE - timedelta(days=35)
    for key_dates, lookback_days, said in (
        ((earlier, KEY_DATE), 44, True),
        ((KEY_DATE,), 30, False),
        ((earlier, KEY_DATE), 7, False),
    ):
        notes = run(make_study(key_dates=key_dates, lookback_days=lookback_days), town(1291)).notes
        assert any(note.startswith("All ordinary dates lie within 56 days after a key date") for note in notes) is said


def test_what_does_not_fit_is_told_in_a_sentence():
    with pytest.raises(StudyError, match="2022-07-26 lies outside the data"):
        run(make_study(key_dates=(date(2022, 7, 26),)), town(5, weeks=7))
    with pytest.raises(StudyError, match="No key date"):
        run(make_study(key_dates=()), town(5, weeks=7))
    with pytest.raises(StudyError, match="library"):
        run(make_study(library=None), town(5, weeks=7))
    with pytest.raises(InputError, match="None of the"):
        run(make_study(screening=ScreeningSettings(excluded_countries=("AA", "CC"))), town(5, weeks=7))


def test_without_sites_and_borders_every_spot_is_a_cell_and_that_is_said():
    results = run(make_study(sites=Sites.empty(), world=None), town(1291))
    first = results.tables["findings"].iloc[0]
    assert first.spot_kind == "cell"
    assert first.q_value < 0.05
    assert any("No sites" in note for note in results.notes)
    assert any("borders" in note for note in results.notes)


def tiny_source() -> ListSource:
    source = town(3, weeks=11)
    rows = source.row_count
    device, columns = source._device, source._columns
    few = np.flatnonzero(device < 6)
    return ListSource(
        source.device_ids()[device[few]], *(values[few] for values in columns[:3]), chunk_rows=rows // 20
    )


def test_cancelling_at_any_step_raises_and_no_later_step_is_reported():
    study = make_study(key_dates=(date(2023, 7, 5),), min_devices=2)
    reports: list[tuple[str, float]] = []
    run(study, tiny_source(), Progress(lambda stage, fraction: reports.append((stage, fraction))))
    fractions = [fraction for _, fraction in reports]
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0.0
    assert fractions[-1] <= 1.0
    assert len({stage for stage, _ in reports}) >= 9
    for allowed in range(len(reports)):
        assert stages_until_cancelled(study, allowed) == [stage for stage, _ in reports[:allowed]]


def stages_until_cancelled(study: Study, allowed: int) -> list[str]:
    heard: list[str] = []
    with pytest.raises(Cancelled):
        run(study, tiny_source(), Progress(lambda stage, _: heard.append(stage), lambda: len(heard) >= allowed))
    return heard


def test_few_ordinary_dates_say_what_they_cannot_exclude():
    for weeks, lookback_days, told in ((6, 0, "With 5 ordinary dates"), (7, 14, "on 1 date in 5 "), (20, 30, "")):
        key_date = EPOCH + timedelta(days=MONDAY + 7 * (weeks - 1) + 2)
        notes = run(make_study(key_dates=(key_date,), lookback_days=lookback_days), town(1291, weeks=weeks)).notes
        about = [note for note in notes if "ordinary date" in note]
        assert len(about) == bool(told) and all(told in note for note in about), (weeks, lookback_days, about)


def test_key_dates_of_one_kind_are_asked_together_beside_each_by_itself():
    """The team stays in the hotel on one of two dates: together they say so, too, and another place is not taken in."""
    dates = KEY_DATE - timedelta(days=14), KEY_DATE
    lonely = KeyDateGroup("never", (date(2023, 5, 3), date(2023, 5, 4)))  # nothing lies before
    study = make_study(key_dates=(KEY_DATE,), key_date_groups=(KeyDateGroup("raid", dates), lonely))
    results = run(study, town(1291))
    together = results.tables["together"]
    assert list(together.columns) == list(SCHEMAS["together"].columns)
    first = together.iloc[0]
    assert (first.kind, first.dates, first["rank"], first.spot_name) == ("raid", 2, 1, "Grand Hotel")
    assert first.q_value <= 0.05 < together.q_value.iloc[1]
    assert set(together.kind) == {"raid"}
    assert set(results.evidence.windows.key_dates) == {*dates, *lonely.dates}
    told = [note for note in results.notes if "ogether" in note]
    assert "the 2 key dates of raid are unusual at 1 place, first at Grand Hotel" in told[0]
    assert told[1].startswith("Key dates of never could not be asked together")
