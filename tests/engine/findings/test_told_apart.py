"""Attack: of no two counts of one place and key date is it told that they differ by one to four devices."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.findings import beside_findings, listed_counts
from sitelight.plugin.engine.findings.select import MAX_PER_SPOT, select_findings
from sitelight.plugin.engine.site_card import shown_card, site_card
from sitelight.plugin.engine.study import Study, run
from sitelight.plugin.engine.tables import told_table
from worlds.counts_attacker import breaches
from worlds.engine_town import HOTEL, KEY_DATE, SITES
from worlds.engine_worlds import square_world
from worlds.small_groups import Groups, small_groups

WORLDS = (Groups(70_402, 12, 6), Groups(70_403, 9, 9), Groups(70_404, 14, 12))


@pytest.fixture(scope="module", params=WORLDS, ids=str)
def results(request):
    study = Study((KEY_DATE,), load_library(), SITES, square_world(), purpose="an attack on differences", rekey=b"key")
    return run(study, small_groups(request.param))


def test_no_two_counts_of_a_place_differ_by_a_few(results):
    tables = {name: told_table(name, table) for name, table in results.tables.items()}
    assert breaches(tables) == []


def test_there_are_differences_to_hide(results):
    """As they are, devices of the tests at one place differ by a few, and so do those of findings and of all there."""
    scores, evidence = results.evidence.told, results.evidence
    tests, leads = select_findings(scores, evidence.library)
    near = []
    for test in tests[leads & (scores.q_value[tests] <= 0.05)]:
        here = (scores.spot == scores.spot[test]) & (scores.window == scores.window[test]) & (scores.q_value <= 0.05)
        near += np.abs(scores.observed[here] - scores.observed[test]).tolist()
    assert {1, 2, 3, 4} & set(near)


def test_what_is_left_out_makes_room_for_others(results):
    scores = results.evidence.told
    tests, leads = select_findings(scores, results.evidence.library)
    for test in tests[~leads]:
        here = tests[(scores.spot[tests] == scores.spot[test]) & (scores.window[tests] == scores.window[test])]
        assert len(here) <= MAX_PER_SPOT + 1 and leads[np.isin(tests, here)].sum() == 1


def test_all_devices_of_a_place_are_told_beside_what_is_listed_there(results):
    """As matches of signatures and heat tell them, wherever no finding of the place is told in their stead."""
    listed, evidence = listed_counts(results.evidence), results.evidence
    own = results.tables["findings"].query("spot_kind in ('site', 'cell')")
    columns = ["spot_id", "key_date", "observed"]
    assert sorted(map(tuple, listed[columns].to_numpy())) == sorted(map(tuple, own[columns].to_numpy()))
    window = int(evidence.windows.key_window[0])
    everybody = listed.drop_duplicates("spot_id")
    spot = [evidence.history.visits.spots.spot_id.tolist().index(one) for one in everybody["spot_id"]]
    told = beside_findings(everybody.assign(observed=evidence.presence.devices[spot, window]), listed)
    for one, count in zip(everybody["spot_id"], told.tolist()):
        others = listed["observed"][listed["spot_id"] == one].tolist()
        assert not any(min(count, other) >= 5 and 0 < abs(count - other) < 4 for other in others)


def test_the_card_of_the_place_tells_none_either(results):
    card = shown_card(site_card(results, *HOTEL), "Other countries")
    now = card.windows["devices"][card.windows["is_key"] == 1]
    told = [*now, *card.who["devices"], card.origins["devices"].sum(), *card.findings["observed"]]
    told = {int(count) for count in told if count >= 5} - set(card.origins["devices"])  # homes are parts of neither
    assert [(a, b) for a in told for b in told if 0 < b - a < 4 and a > 5] == []
