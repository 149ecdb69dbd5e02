"""What is said of a country where who is out after dark moved: sentence, event, heat, and nothing of few devices."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from seeds import shifted
from sitelight.plugin.engine.findings import find_findings, told_regions, with_region_events, with_regions
from sitelight.plugin.engine.tables import empty_table, told_table
from sitelight.plugin.gui.results.region_texts import about_region
from worlds.evening_worlds import DARK, make_town, study_town

DEVICES, PLACES, WEEKS, KEY_WEEK = 400, 40, 12, 10


def curfew(left: int) -> dict[str, pd.DataFrame]:
    """Return the tables of a study where only so many devices are out after dark in the key week."""
    town = make_town(DEVICES, PLACES, WEEKS, 0.4, np.random.default_rng(shifted(21)))
    inside = (town.day >= 7 * KEY_WEEK) & (town.day < 7 * KEY_WEEK + 7) & (town.what == DARK)
    evidence = study_town(town.take(~inside | (town.device < left)), KEY_WEEK)
    tables = {
        "findings": find_findings(evidence).table, "explanations": empty_table("explanations"),
        "heat": empty_table("heat"),
    }  # fmt: skip
    tables = with_regions(evidence, tables, told_regions(evidence))
    tables["findings"], tables["events"] = with_region_events(tables["findings"], empty_table("events"))
    return tables


@pytest.fixture(scope="module")
def curfews():
    """Return the tables of studies with 0, 3, 8 and 60 devices out after dark."""
    return {left: curfew(left) for left in (0, 3, 8, 60)}


def test_a_curfew_is_one_event_of_the_country_in_its_own_words(curfews):
    findings, events = curfews[60]["findings"], curfews[60]["events"]
    assert (findings.spot_kind == "country").sum() == 1 and (findings.spot_kind == "district").sum() == 0
    first = findings.iloc[0]
    assert (first.spot_name, first["when"], first.change, first["rank"]) == ("Aland", "After dark", "Falls away", 1)
    said = re.fullmatch(
        r"Aland: (\d+) devices out after dark \(19:00 to 5:00\) per day .*, after [\d, and]+ in earlier windows; "
        r"(\d+) expected, a fall of (\d+) % in the whole country, at all hours no change; .*\.",
        first.sentence,
    )
    assert said is not None, first.sentence
    observed, expected, part = (int(number) for number in said.groups())
    assert observed == first.observed == pytest.approx(60 * 0.4, abs=8) and 145 < expected < 175
    assert part == pytest.approx(100 * (1 - first.observed / first.expected), abs=2)
    assert len(events) == 1 and events.title[0] == "Fewer devices out after dark in Aland as a whole"
    assert events.devices[0] == first.devices <= 60
    heat = curfews[60]["heat"].set_index("spot_id").loc["country:AA"]
    assert heat.finding_id == first.finding_id and heat.score == pytest.approx(-np.log10(first.p_value), abs=1e-4)


def test_the_panel_says_what_out_is(curfews):
    first = curfews[60]["findings"].iloc[0].to_dict()
    said = about_region({**first, "told_observed": str(first["observed"])})
    assert f"{first['observed']} devices were out after dark per day" in said and "away from home" in said
    assert "present per day" not in said


def test_how_few_are_out_is_told_by_nothing(curfews):
    rows = []
    for left in (0, 3, 8):
        told = told_table("findings", curfews[left]["findings"]).iloc[0]
        assert told.spot_kind == "country" and pd.isna(told.observed) and pd.isna(told.ratio) and pd.isna(told.devices)
        assert told.sentence.startswith("Aland: fewer than 5 devices out after dark (19:00 to 5:00) per day")
        assert "a fall of more than 9" in told.sentence
        rows.append(told.drop(["geometry", "finding_id"]))
        heat = told_table("heat", curfews[left]["heat"])
        assert heat[heat.spot_kind == "country"].observed.isna().all()
    for row in rows[1:]:
        pd.testing.assert_series_equal(rows[0], row, check_names=False)
