"""Attack: no count of fewer than five devices can be read or computed from what a study has written."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import datetime, timezone

import numpy as np
import pandas as pd
import pytest
from sitelight.plugin.data.geopackage import read_results, write_results
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.engine.findings import find_findings
from sitelight.plugin.engine.study import Study, run
from worlds.counts_attacker import breaches
from worlds.engine_town import KEY_DATE, SITES
from worlds.engine_worlds import square_world
from worlds.small_groups import LEFT, WORLDS, small_groups


@pytest.fixture(scope="module", params=WORLDS, ids=str)
def studied(request, tmp_path_factory):
    """Return the groups of a world, the results in memory, and every table as SQLite has it in the file."""
    source = small_groups(request.param)
    study = Study((KEY_DATE,), load_library(), SITES, square_world(), purpose="an attack on small counts", rekey=b"key")
    results = run(study, source)
    path = tmp_path_factory.mktemp("counts") / "study.gpkg"
    write_results(results, path, make_record(study, source, results, datetime.now(timezone.utc)), {})
    with contextlib.closing(sqlite3.connect(path)) as file:
        tables = {name: pd.read_sql(f'SELECT * FROM "{name}"', file) for name in read_results(path).tables}
    return request.param, results, tables


def made_from(results) -> np.ndarray:
    """Return the test that each written finding was made from."""
    again = find_findings(results.evidence)
    assert again.table["finding_id"].tolist() == results.tables["findings"]["finding_id"].tolist()
    assert again.table["sentence"].tolist() == results.tables["findings"]["sentence"].tolist()
    return again.test


def test_the_attacker_finds_small_counts_where_they_are_told():
    findings = pd.DataFrame({"observed": [12, 3], "devices": [12, 3], "expected": [2.0, 0.5], "ratio": [6.0, 6.0],
                             "sentence": ["12 devices", "Only 3 devices were there"]})  # fmt: skip
    origins = pd.DataFrame({"finding_id": 1, "direction": "before", "kind": ["country", "country", "category"],
                            "devices": ["46", "<5", "40"], "share": [0.92, 0.08, 0.8],
                            "expected_share": [2.5 / 301, 90.5 / 301, 100.5 / 301]})  # fmt: skip
    findings = findings.assign(finding_id=[1, 2], spot_id="inn", key_date="2023-07-26")
    drivers = pd.DataFrame({"finding_id": 1, "kind": "driver", "text": "", "observed": [12.0, 11.0, 8.0, 6.0]})
    heat = pd.DataFrame({"spot_id": ["inn"], "key_date": ["2023-07-26"], "observed": [15], "expected": [None]})
    tables = {"findings": findings, "origins": origins, "explanations": drivers, "heat": heat}
    found = " ".join(breaches(tables))
    assert "12 less 8" not in found and "12 less 6" not in found
    for told in (
        "observed: 3", "ratio x expected = 3", "Only 3", "4 of 50", "share x whole = 4", "hidden countries have 4",
        "control 2", "driver: 12 less 11", "heat: 3 more than the finding",
    ):  # fmt: skip
        assert told in found


def test_no_small_count_can_be_read_or_computed(studied):
    _groups, _results, tables = studied
    assert breaches(tables) == []


def test_the_worlds_have_small_counts_to_hide(studied):
    groups, results, tables = studied
    whole = results.tables["findings"]
    counts, presence = results.evidence.scores.counts, results.evidence.presence
    assert ((counts.devices > 0) & (counts.devices < 5)).any()
    heat = tables["heat"]
    few = heat[heat["observed"].isna()]
    assert len(few) and (presence.devices < 5).any()
    findings = tables["findings"]
    office = findings[(findings["spot_name"] == LEFT) & (findings["change"] == "Falls away")]
    assert len(office) and office["observed"].isna().all()
    assert office["sentence"].str.startswith("Fewer than 5 devices").all()
    assert (office["expected"] > 5.0).all()
    assert (whole["observed"][office.index] == groups.remain).any()
    assert (results.tables["heat"]["observed"] < 5).any()


def test_a_hidden_count_is_behind_no_p_value(studied):
    """Who knows expectation and dispersion has p of every count: told is that of a fall to four, of a rise to three."""
    _groups, results, tables = studied
    findings, scores, test = tables["findings"], results.evidence.scores, made_from(results)
    counted = scores.counts.devices[scores.row[test], scores.window[test]]
    told = scores.told.p_value[test]
    assert findings["observed"].isna().tolist() == (counted < 5).tolist()
    hidden = np.flatnonzero(counted < 5)
    rises = np.isin(findings["change"].to_numpy()[hidden], ["Appears", "Surges"])
    least = np.where(rises, 3, 4)
    true = scores.p_value[test][hidden]
    tells = (counted[hidden] != least) & np.isclose(told[hidden], true)
    assert not (tells & (true < 0.99)).any()
    np.testing.assert_allclose(findings["p_value"], told)
    assert (told[hidden] >= true * (1.0 - 1e-6)).all()


def test_the_order_of_findings_is_that_of_what_is_told(studied):
    _groups, _results, tables = studied
    findings = tables["findings"]
    weak = findings[findings["q_value"] > 0.05]
    assert weak["p_value"].is_monotonic_increasing


def test_tables_agree_on_what_is_hidden(studied):
    """Heat has the count of the spot's strongest finding: both tell it or neither; and no itinerary counts for one."""
    _groups, _results, tables = studied
    findings, heat = tables["findings"].set_index("finding_id"), tables["heat"]
    linked = heat[heat["finding_id"] > 0]
    behind = findings.loc[linked["finding_id"]]
    assert linked["observed"].isna().tolist() == behind["observed"].isna().tolist()
    hidden = findings.index[findings["observed"].isna()]
    assert not tables["itineraries"]["finding_id"].isin(hidden).any()
