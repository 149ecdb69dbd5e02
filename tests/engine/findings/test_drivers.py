"""What drives a finding and what speaks against it, in a town where the truth is planted."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.findings.drivers import find_alike, find_drivers
from sitelight.plugin.engine.study import Study, run
from worlds.engine_evidence import DAILY, PLACE, changes_at, place_evidence, titles_of
from worlds.engine_town import KEY_DATE, SITES, TEAM, town
from worlds.engine_worlds import DAY_MS, ListSource, square_world

SEED = 5_519
EPOCH_ORDINAL = 719_163


def study_town(source: ListSource, key_date=KEY_DATE):
    return run(
        Study(key_dates=(key_date,), library=load_library(), sites=SITES, world=square_world(), rekey=b"key"), source
    )


def observations_of(source: ListSource) -> tuple[np.ndarray, ...]:
    """Return device, time_ms, lat, lon of all observations."""
    chunks = list(source.chunks())
    return tuple(
        np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("device", "time_ms", "lat", "lon")
    )


@pytest.fixture(scope="module")
def planted():
    return study_town(town(SEED))


def explanations_of(results, finding_id: int, kind: str):
    table = results.tables["explanations"]
    return table[(table.finding_id == finding_id) & (table.kind == kind)]


def test_the_drivers_of_the_team_are_what_was_planted(planted):
    """Eight devices that live far abroad slept five nights in a row in a hotel where residents spend some evenings.

    They crossed a border, too; three of what they have in common are named.
    """
    drivers = explanations_of(planted, 1, "driver")
    assert drivers.seq.tolist() == list(range(1, len(drivers) + 1))
    assert 3 <= len(drivers) <= 5
    team = drivers.iloc[0]
    assert TEAM - 4 < team.observed <= TEAM  # where few others are at the place, they are not told by the difference
    assert team.expected < 1.0
    assert "Farther abroad" in team.text.split("; ")
    assert {"Overnight", "Across a border"} & set(team.text.split("; "))
    assert (drivers.observed > drivers.expected).all()


def test_driver_counts_are_the_distinct_devices_with_that_facet(planted):
    """Counted again the slow way: device by device, visit by visit."""
    evidence = planted.evidence
    test = int(np.argmin(evidence.scores.p_value))
    spot, window = int(evidence.scores.spot[test]), int(evidence.scores.window[test])
    stays, facets, library = evidence.history.visits.stays, evidence.facets, evidence.library
    wanted = {entry.title: (axis, i) for axis in ("who", "when", "what")
              for i, entry in enumerate(getattr(library, axis))}  # fmt: skip
    drivers = find_drivers(evidence, test)
    assert drivers
    for driver in drivers:
        axis, index = wanted[driver.title.split("; ")[0]]
        having = set()
        for row in evidence.visits_in(spot, window):
            mask = int(getattr(facets, axis)[np.searchsorted(facets.rows, row)])
            if mask >> index & 1:
                having.add(int(stays.device[row]))
        assert driver.observed == len(having)


def test_alike_behaviors_are_as_many_as_the_finding_says(planted):
    findings = planted.tables["findings"]
    evidence = planted.evidence
    for test in np.argsort(evidence.scores.p_value)[:10]:
        names = find_alike(evidence, int(test))
        # Patterns alike in evidence and past; the test's own count leaves out those whose change was not asked for.
        assert len(names) == min(20, int(evidence.scores.alike[test]))
    assert (findings.n_alike >= explanations_of(planted, 1, "alike").shape[0]).iloc[0]


def test_a_team_that_is_new_in_the_data_is_doubted_and_one_known_for_months_is_not(planted):
    known = " ".join(explanations_of(planted, 1, "against").text)
    assert "New in the data" not in known
    source = town(SEED)
    ids = source.device_ids()
    device, time_ms, lat, lon = observations_of(source)
    team = np.isin(ids[device], [f"phone-{60 + n}" for n in range(TEAM)])
    arrival_ms = (KEY_DATE.toordinal() - EPOCH_ORDINAL - 3) * DAY_MS
    keep = ~team | (time_ms >= arrival_ms)
    late = study_town(ListSource(ids[device[keep]], time_ms[keep], lat[keep], lon[keep], chunk_rows=20_000))
    assert late.tables["findings"].spot_name[0] == "Grand Hotel"
    assert "New in the data" in " ".join(explanations_of(late, 1, "against").text)


@pytest.mark.parametrize(("weeks_later", "earlier"), [(0, 7), (2, 9)])
def test_few_earlier_windows_are_doubted(weeks_later, earlier):
    """Windows begin after 30 days of look-back, with the sixth Monday; the first key window with the thirteenth."""
    results = study_town(town(SEED + 1, weeks=16), KEY_DATE + timedelta(weeks=weeks_later))
    texts = results.tables["explanations"].text
    said = [f"Short history: only {earlier} earlier windows to compare with."] if earlier < 8 else []
    assert texts[texts.str.startswith("Short history")].unique().tolist() == said
    assert len(results.tables["findings"]) > 0


def test_a_vendor_that_fails_for_a_day_is_doubted():
    """Forty of sixty residents are silent on one day (UTC) of the window; the team is seen as ever."""
    source = town(SEED)
    ids = source.device_ids()
    device, time_ms, lat, lon = observations_of(source)
    silent = np.isin(ids[device], [f"phone-{n}" for n in range(40)])
    silent &= time_ms // DAY_MS == KEY_DATE.toordinal() - EPOCH_ORDINAL + 1
    failed = study_town(ListSource(ids[device[~silent]], *(values[~silent] for values in (time_ms, lat, lon))))
    assert failed.tables["findings"].spot_name[0] == "Grand Hotel"
    # Sixty are usual in the country, where the team is now among the others.
    told = " ".join(failed.tables["explanations"].query("kind == 'against'").text)
    share = int(told.partition("On 2023-07-27 only ")[2].partition("% of the usual")[0])
    assert abs(share - 100 * (20 + TEAM) / 60) < 3  # not every device is seen on every day


@pytest.fixture(scope="module")
def turned():
    """Evidence of a place where of twenty devices twelve came at night and eight at noon; now only three at night."""
    usual, now = np.repeat([26.0, 36.0], [12, 8]), np.repeat([26.0, 36.0], [3, 17])
    return place_evidence([usual] * 12 + [now])


@pytest.mark.parametrize(("level", "observed", "past"), [("Night", 3, 120), ("Working hours", 17, 80)])
def test_the_drivers_of_a_shift_point_its_way(turned, level, observed, past):
    scores, shifts = turned.scores, changes_at(turned, PLACE, "shifts")
    test = next(int(test) for test in shifts if level in titles_of(turned, int(test)))
    expected = (0.5 + past) / 200 * 20  # ten windows with twenty devices each
    assert scores.counts.devices[scores.row[test], scores.window[test]] == observed
    assert scores.expected[test] == pytest.approx(expected)
    drivers = find_drivers(turned, test)
    own = next(driver for driver in drivers if level in driver.title.split("; "))
    assert (own.observed, own.expected) == (observed, pytest.approx(expected))
    assert all((driver.observed > driver.expected) == (observed > expected) for driver in drivers)


def test_the_drivers_of_a_fall_are_what_is_missing():
    """Twelve of twenty came at night; nobody does any more, and at noon as many as ever."""
    usual, now = np.repeat([26.0, 36.0], [12, 8]), np.full(8, 36.0)
    evidence = place_evidence([usual] * 12 + [now], days=7 * 13 + 1)
    test = int(changes_at(evidence, PLACE, "falls_away")[0])
    drivers = find_drivers(evidence, test)
    assert "Night" in drivers[0].title.split("; ")
    assert drivers[0].observed == 0
    assert drivers[0].expected == pytest.approx(12.05 * (DAILY + 8) / (DAILY + 20))
    assert not any("Working hours" in driver.title.split("; ") for driver in drivers)


def test_every_finding_is_explained(planted):
    findings, explanations = planted.tables["findings"], planted.tables["explanations"]
    assert set(explanations.finding_id) <= set(findings.finding_id)
    held = findings[findings.q_value < 0.05].finding_id
    assert set(held) <= set(explanations[explanations.kind == "driver"].finding_id)
