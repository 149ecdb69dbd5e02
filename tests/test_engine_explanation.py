"""What drives a finding and what speaks against it, in a town where the truth is planted."""

from __future__ import annotations

import numpy as np
import pytest
from engine_town import KEY_DATE, SITES, TEAM, town
from engine_worlds import DAY_MS, ListSource, square_world
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.explanation import find_alike, find_drivers
from sitelight.plugin.engine.study import Study, run

SEED = 5_519


def study_town(source: ListSource):
    return run(
        Study(key_dates=(KEY_DATE,), library=load_library(), sites=SITES, world=square_world(), rekey=b"key"), source
    )


@pytest.fixture(scope="module")
def planted():
    return study_town(town(SEED))


def explanations_of(results, finding_id: int, kind: str):
    table = results.tables["explanations"]
    return table[(table.finding_id == finding_id) & (table.kind == kind)]


def test_the_drivers_of_the_team_are_what_was_planted(planted):
    """Eight devices that live far abroad slept five nights in a row in a hotel where residents spend some evenings."""
    drivers = explanations_of(planted, 1, "driver")
    assert drivers.seq.tolist() == list(range(1, len(drivers) + 1))
    assert 3 <= len(drivers) <= 5
    team = drivers.iloc[0]
    assert team.observed == TEAM
    assert team.expected < 1.0
    assert {"Farther abroad", "Overnight"} <= set(team.text.split("; "))
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
    chunks = list(source.chunks())
    ids = source.device_ids()
    device = np.concatenate([chunk.device for chunk in chunks])
    time_ms, lat, lon = (
        np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("time_ms", "lat", "lon")
    )
    team = np.isin(ids[device], [f"phone-{60 + n}" for n in range(TEAM)])
    arrival_ms = (KEY_DATE.toordinal() - 719_163 - 3) * DAY_MS
    keep = ~team | (time_ms >= arrival_ms)
    late = study_town(ListSource(ids[device[keep]], time_ms[keep], lat[keep], lon[keep], chunk_rows=20_000))
    assert late.tables["findings"].spot_name[0] == "Grand Hotel"
    assert "New in the data" in " ".join(explanations_of(late, 1, "against").text)


def test_few_earlier_windows_are_doubted():
    short = study_town(town(SEED + 1, weeks=14))
    windows = short.evidence.windows
    earlier = int(windows.baseline[windows.key_window[0]].sum())
    texts = " ".join(short.tables["explanations"].text)
    assert ("Short history" in texts) == (earlier < 8)


def test_every_finding_is_explained(planted):
    findings, explanations = planted.tables["findings"], planted.tables["explanations"]
    assert set(explanations.finding_id) <= set(findings.finding_id)
    held = findings[findings.q_value < 0.05].finding_id
    assert set(held) <= set(explanations[explanations.kind == "driver"].finding_id)
