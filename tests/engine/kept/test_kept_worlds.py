"""Worlds in which what a study keeps of a place has to agree with what it tells of it elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from seeds import shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.earth import DAY_MS, EPOCH
from sitelight.plugin.engine.kept_card import kept_card
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.study import Study, run
from sitelight.plugin.engine.tables import MOST_HIDDEN
from worlds.engine_town import HOTEL, KEY_DATE, RESIDENTS, SITES, town
from worlds.engine_worlds import ListSource, make_sites, square_world

BORDER, EAST = 5.225, 5.2
ARENA = (5.2, 5.2)


def fixes_of(seed: int):
    """Return ids, and device, time, lat, lon of a town's fixes, and the number of the device of each."""
    source = town(shifted(seed))
    parts = list(source.chunks())
    device, time_ms, lat, lon = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("device", "time_ms", "lat", "lon")
    )
    ids = source.device_ids()
    number = np.array([int(one.rpartition("-")[2]) for one in ids])[device]
    return ids, device, time_ms, lat, lon, number


def study_of(ids, device, time_ms, lat, lon, sites: Sites):
    study = Study((KEY_DATE,), load_library(), sites, square_world(), purpose="a made-up test town", rekey=b"key")
    return run(study, ListSource(ids[device], time_ms, lat, lon)).as_written()


@pytest.mark.parametrize("tent_north", [0.0008, 0.0014])
def test_a_cell_beside_a_site_across_a_border_of_squares_has_one_square(tent_north):
    """The office is south of a border of squares, the tents of the guests north of it in the same cell of the grid."""
    ids, device, time_ms, lat, lon, number = fixes_of(1_511)
    office = np.hypot(lat - 5.01, lon - 4.98) < 0.002
    lat[office] += BORDER - 0.001 - 5.01
    lon[office] += EAST - 4.98
    guests = (number >= RESIDENTS) & (np.hypot(lat - HOTEL[0], lon - HOTEL[1]) < 0.003)
    lat[guests] += BORDER + tent_north - HOTEL[0]
    lon[guests] += EAST - HOTEL[1]
    moved = SITES.name == "Office 1"
    sites = replace(
        SITES, lat=np.where(moved, BORDER - 0.001, SITES.lat), lon=np.where(moved, EAST, SITES.lon)
    )  # fmt: skip
    tables = study_of(ids, device, time_ms, lat, lon, sites).tables
    findings = tables["findings"]
    squares = findings.loc[(findings["spot_kind"] == "cell") & (findings["observed"] >= 5), "spot_id"]
    assert len(squares)
    assert set(squares) <= set(tables["places"]["spot_id"])


def test_who_was_there_at_other_times_is_not_told_by_the_network_of_all_visits():
    """Twenty devices were at the arena in the key window, and two others five weeks before."""
    ids, device, time_ms, lat, lon, number = fixes_of(1_512)
    key_ms = (KEY_DATE - EPOCH).days * DAY_MS

    def put(who: range, day_ms: int) -> None:
        mine = np.isin(number, list(who)) & (time_ms >= day_ms) & (time_ms < day_ms + DAY_MS)
        lat[mine], lon[mine] = ARENA[0] + lat[mine] % 1e-4, ARENA[1] + lon[mine] % 1e-4

    put(range(20), key_ms)
    put(range(20, 22), key_ms - 35 * DAY_MS)
    sites = Sites.joined([SITES, make_sites(("Arena", "market", *ARENA, 150.0))])
    results = study_of(ids, device, time_ms, lat, lon, sites)
    tables = results.tables
    there = tables["presence"].query("spot_id == 'Arena' and is_key == 1")["devices"].astype(int).tolist()
    networks = tables["linked_places"].query("spot_id == 'Arena'")
    assert there and networks["is_all"].any()
    told = networks["devices"].astype(int).tolist()
    apart = {abs(one - other) for one in told for other in there}
    assert not apart & set(range(1, MOST_HIDDEN + 1)), (told, there)
    assert kept_card(results, *ARENA).spot_id == "Arena"
