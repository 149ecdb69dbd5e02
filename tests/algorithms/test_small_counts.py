"""Attack: no count of fewer than five devices can be read or computed from what the algorithms write."""

from __future__ import annotations

import pandas as pd
import pytest
from processing_runs import registered_provider, rows_of, run
from qgis.core import NULL, QgsVectorLayer
from worlds import small_world
from worlds.counts_attacker import IN_TEXT, breaches

PURPOSE = "an attack on small counts"


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module", params=[3, 4, 12])
def world(request, tmp_path_factory) -> dict[str, str]:
    """Return the inputs of a town to whose hotel so many guests come."""
    folder = tmp_path_factory.mktemp("counts")
    observations = small_world.write_observations(folder / "pings.csv", 70_211 + request.param, 14, request.param)
    return {
        "OBSERVATIONS_FILE": str(observations), "SITES": str(small_world.write_sites(folder / "sites.geojson"))
    }


def written(name: str, folder, world: dict[str, str], outputs: dict[str, str], **more) -> tuple[dict, str]:
    """Run an algorithm into files; return its tables by the names the attacker knows, and what it said."""
    paths = {output: str(folder / f"{name}_{output}.gpkg") for output in outputs}
    _results, log = run(name, {**world, **paths, **more})
    tables = {}
    for output, table in outputs.items():
        layer = QgsVectorLayer(paths[output], table, "ogr")
        rows = pd.DataFrame(rows_of(layer), columns=[field.name() for field in layer.fields()])
        tables[table] = rows.mask(rows.applymap(lambda value: value == NULL))
    return tables, log


def small_counts_in(log: str) -> list[str]:
    lines = [line for line in log.splitlines() if any(pattern.search(line) for pattern in IN_TEXT)]
    return [line for line in lines if not line.endswith(": 0 devices")]  # an area that nobody was in


def test_spots_and_matches(world, tmp_path):
    tables, log = written("scorespots", tmp_path, world, {"FINDINGS": "findings", "HEAT": "heat"},
                          KEY_DATES=small_world.KEY_DATE)  # fmt: skip
    assert len(tables["findings"]) and len(tables["heat"])
    assert breaches(tables) == []
    assert small_counts_in(log) == []


def test_reach_back(world, tmp_path):
    tables, log = written("reachback", tmp_path, world, {"ORIGINS": "origins", "FLOWS": "flows"}, SITE="Hotel Palm",
                          START=small_world.KEY_DATE, END=small_world.KEY_DATE)  # fmt: skip
    assert breaches(tables) == []
    assert small_counts_in(log) == []


@pytest.mark.parametrize("kind", [0, 1])
def test_networks(world, tmp_path, kind):
    tables, log = written("linknetwork", tmp_path, world, {"OUTPUT": "network_places", "LINKS": "network_links"},
                          LINK_KIND=kind, MIN_DEVICES=1, WITH_CELLS=True, MIN_VISITORS=1)  # fmt: skip
    places, links = tables["network_places"], tables["network_links"]
    assert (places["devices"] == "<5").any() and (links["devices"] == "<5").any()
    assert breaches(tables) == []
    assert small_counts_in(log) == []
    few = links["devices"] == "<5"
    # Small ones stand behind the others, by their places: where their number falls is not seen.
    assert not few[: (~few).sum()].any()
    hidden = set(places["spot_id"][places["devices"] == "<5"])
    ends = links["from_id"].isin(hidden) | links["to_id"].isin(hidden)
    assert kind == 1 or links["expected"][ends].isna().all()


def test_meetings(world, tmp_path):
    tables, log = written("findmeetinglocations", tmp_path, world, {"OUTPUT": "meeting_locations"}, PURPOSE=PURPOSE)
    assert len(tables["meeting_locations"])
    assert breaches(tables) == []
    assert small_counts_in(log) == []


def test_areas_are_told_without_small_counts(world, tmp_path):
    _tables, log = written("compareareas", tmp_path, world, {"OUTPUT": "compared_areas"}, PURPOSE=PURPOSE)
    assert small_counts_in(log) == []


def test_itineraries_by_one_route(world, tmp_path):
    outputs = {"ITINERARIES": "itineraries", "STOPS": "stops", "LEGS": "legs"}
    tables, log = written("tracebackitineraries", tmp_path, world, outputs, PURPOSE=PURPOSE, SITE="Hotel Palm",
                          START=small_world.KEY_DATE, END=small_world.KEY_DATE)  # fmt: skip
    assert breaches(tables) == []
    assert small_counts_in(log) == []
