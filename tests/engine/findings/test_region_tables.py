"""Findings of countries and districts: told once, without small counts, and beside single places that lose nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bench.tree import study_tree
from bench.tree_worlds import make_tree_world
from seeds import shifted
from sitelight.plugin.engine.behaviors import Selection
from sitelight.plugin.engine.earth import distance_km
from sitelight.plugin.engine.findings import find_findings, told_regions, with_regions
from sitelight.plugin.engine.findings.told_regions import untold_district_notes
from sitelight.plugin.engine.findings.window_notes import window_notes
from sitelight.plugin.engine.tables import empty_table, told_table
from worlds.plain_worlds import key_date, study_days, town_days

PLACES, WEEKS, KEY_WEEK = 40, 14, 12


def shut_down(left_devices: int):
    """Return the tables of a study of one country where so many devices are left in the key days."""
    rng = np.random.default_rng(shifted(41))
    days = town_days(rng, PLACES, WEEKS, 20.0)
    inside = (days[2] >= 7 * KEY_WEEK) & (days[2] < 7 * KEY_WEEK + 7)
    kept = ~inside | (days[1] < left_devices)
    evidence = study_days([column[kept] for column in days], PLACES, WEEKS, [key_date(KEY_WEEK)], rng)
    found = find_findings(evidence)
    return with_regions(evidence, {
        "findings": found.table, "explanations": empty_table("explanations"), "heat": empty_table("heat"),
    }, told_regions(evidence))  # fmt: skip


@pytest.fixture(scope="module")
def emptied():
    """Return the tables of studies where 0, 3 and 8 devices are left, each there on some days."""
    return {left: shut_down(left) for left in (0, 3, 8)}


def test_which_small_count_is_left_in_a_country_is_told_by_nothing(emptied):
    rows = []
    for tables in emptied.values():
        told = told_table("findings", tables["findings"]).iloc[0]
        assert told.spot_kind == "country" and pd.isna(told.observed) and pd.isna(told.ratio) and pd.isna(told.devices)
        assert told.sentence.startswith("Aland: fewer than 5 devices present per day")
        assert "a fall of more than 9" in told.sentence
        rows.append(told.drop(["geometry", "finding_id"]))
        heat = told_table("heat", tables["heat"])
        assert heat[heat.spot_kind == "country"].observed.isna().all()
    for row in rows[1:]:
        pd.testing.assert_series_equal(rows[0], row, check_names=False)


@pytest.mark.parametrize("more", [1, 3, 4, 60])
def test_who_is_in_a_country_outside_its_only_district_told_is_not_counted_out(more):
    """The country is told with its district, as if a district of it had moved too and held all but a few devices."""
    evidence, _spot = study_tree(make_tree_world(shifted(710), "collapse of a country"))
    (country,) = told_regions(evidence)
    part = replace(country, change=replace(country.change, level=1, region=0), squares=4, regions=np.array([0]))
    part = replace(part, devices=country.devices - more)
    empty = {name: empty_table(name) for name in ("findings", "explanations", "heat")}
    findings = with_regions(evidence, empty, [country, part])["findings"]
    assert findings.spot_kind.tolist() == ["country", "district"]
    outside = findings.devices[0] - findings.devices[1]
    assert outside == (0 if more < 5 else more) and findings.devices[1] == part.devices


def test_a_country_beside_one_that_collapses_does_not_seem_to_rise():
    evidence, _spot = study_tree(make_tree_world(shifted(710), "collapse of a country"))
    (told,) = told_regions(evidence)
    assert told.name == "Aland" and told.is_fall and told.squares == 0
    assert told.observed == pytest.approx(0.45 * told.expected, rel=0.12)
    assert (evidence.scores.spot_q <= 0.05).sum() <= 1


def test_a_quarter_over_several_squares_is_told_once_and_where_it_is():
    world = make_tree_world(shifted(720), "a quarter twice as busy")
    evidence, spot = study_tree(world)
    (told,) = told_regions(evidence)
    assert told.squares and not told.is_fall and told.observed > 1.25 * told.expected
    quarter = world.quarter
    middle = world.lat[quarter].mean(), world.lon[quarter].mean()
    assert distance_km(told.lat, told.lon, *middle) < 12.0
    inside = np.isin(spot, evidence.plain.counts.spot[told.spots])
    assert quarter[inside].mean() > 0.5
    held = evidence.scores.spot_q[0, spot] <= 0.05
    assert held[inside].mean() < 0.25 and held[~quarter].sum() <= 2


def test_single_places_are_found_in_a_country_that_collapses():
    found = planted = 0
    for seed in range(3):
        world = make_tree_world(shifted(730 + seed), "collapse, and single places")
        evidence, spot = study_tree(world)
        held = evidence.scores.spot_q[0, spot] <= 0.05
        found, planted = found + (held & world.planted).sum(), planted + world.planted.sum()
    calm_found = 0
    for seed in range(3):
        world = make_tree_world(shifted(730 + seed), "single places")
        evidence, spot = study_tree(world)
        assert told_regions(evidence) == []
        calm_found += ((evidence.scores.spot_q[0, spot] <= 0.05) & world.planted).sum()
    assert calm_found >= 0.5 * planted and found >= 0.6 * calm_found


def test_a_district_that_moved_and_is_not_told_is_counted_in_a_note():
    """Nobody asked about rises: the quarter is no finding, but its places are compared with what is left there."""
    evidence, _spot = study_tree(make_tree_world(shifted(720), "a quarter twice as busy"))
    moved = sum(1 for one in told_regions(evidence) if one.squares)
    before = untold_district_notes(evidence, told_regions(evidence))
    library = evidence.library
    axes = [tuple(entry.id for entry in axis) for axis in (library.who, library.when, library.what)]
    falls = Selection(*axes, change=("falls_away",))
    silent = replace(evidence, library=replace(library, selections=(falls,)))
    assert moved == 1 and told_regions(silent) == []
    (note,) = untold_district_notes(silent, [])
    assert note.split(" district")[0] == str(moved + (int(before[0].split(" ")[0]) if before else 0))
    assert note in window_notes(silent, 7, 30, [])
