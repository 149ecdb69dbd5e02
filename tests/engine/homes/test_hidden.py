"""What is shown of halts, and of cells in tables: sites at their centre, all else in squares of a fixed grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from seeds import shifted
from sitelight.plugin.engine.earth import great_circle, grid_around, points, polygons
from sitelight.plugin.engine.homes.hidden import halted_sites, show_halts, shown_stays
from sitelight.plugin.engine.homes.hidden_cells import hide_cells
from sitelight.plugin.engine.stays import StaySettings
from sitelight.plugin.engine.tables import empty_table
from worlds.coarse_grid import is_middle, middle_of
from worlds.engine_worlds import make_sites, make_stays

SITES = make_sites(("Inn", "hotel", 5.02, 5.031, 150.0), ("Region", "other", 7.0, 7.0, 30_000.0))
EDGE, CORNER = (5.025, 5.0), (5.025, 5.025096)
NIGHTS = 40


def nights(device: int, where, seed: int, jitter_m: float = 12.0) -> list[tuple]:
    """Return nights at a place, as far off as fixes are, and hours at the inn."""
    rng = np.random.default_rng(shifted(seed))
    rows = []
    for night in range(NIGHTS):
        north, east = rng.normal(0.0, jitter_m, 2) / 111_195.0
        rows.append((device, 24.0 * night, 24.0 * night + 7.0, where[0] + north, where[1] + east))
        rows.append((device, 24.0 * night + 9.0, 24.0 * night + 10.0, 5.02, 5.031))
    return rows


@pytest.mark.parametrize("home", [EDGE, CORNER, (5.01, 5.01)])
def test_nights_at_a_home_beside_an_edge_are_in_one_square(home):
    stays = make_stays(*nights(0, home, 1), *nights(1, home, 2))
    at_inn = stays.lon == 5.031
    at = show_halts(stays, np.where(at_inn, 0, -1), SITES)
    for device in (0, 1):
        mine = (stays.device == device) & ~at_inn
        shown = set(zip(at.lat[mine].tolist(), at.lon[mine].tolist()))
        assert len(shown) == 1 and is_middle(*shown.pop())
    assert set(zip(at.lat[at_inn], at.lon[at_inn])) == {(5.02, 5.031)} and at.at_site.tolist() == at_inn.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_a_home_beside_an_edge_is_in_the_same_square_in_every_run(seed):
    """Other settings and dates find other halts: two squares of one home would tell the edge between them."""
    home, shown = (5.025 + 8.0 / 111_195.0, 5.0), set()
    rows = nights(0, home, seed)
    rng = np.random.default_rng(shifted(4_000 + seed))
    for _run in range(12):
        mine = [row for row in rows if rng.random() < 0.7]
        mine = [(row[0], row[1] + rng.uniform(0.0, 0.5), row[2], *row[3:]) for row in mine]
        stays = make_stays(*mine)
        at_inn = stays.lon == 5.031
        at = show_halts(stays, np.where(at_inn, 0, -1), SITES)
        shown |= set(zip(at.lat[~at_inn].tolist(), at.lon[~at_inn].tolist()))
    assert len(shown) == 1 and shown.pop() == pytest.approx(middle_of(*home))


def test_a_site_as_wide_as_a_region_hides_as_nothing_does():
    stays = make_stays((0, 0.0, 7.0, 7.012, 7.013), (0, 9.0, 10.0, 5.0201, 5.031))
    at = show_halts(stays, np.array([1, 0]), SITES)
    assert (at.lat[0], at.lon[0]) == pytest.approx(middle_of(7.012, 7.013))
    assert (at.lat[1], at.lon[1], at.at_site.tolist()) == (5.02, 5.031, [False, True])


@pytest.mark.parametrize("share", [-0.4, 0.0, 0.3])
def test_times_and_positions_are_the_same_wherever_in_its_square_a_home_lies(share):
    middle = middle_of(5.11, 5.06)
    home = (middle[0] + 0.05 * share, middle[1] - 0.05 * share)
    rows = []
    for day in range(6):
        rows += [(0, 24.0 * day, 24.0 * day + 6.0, *home), (0, 24.0 * day + 9.0, 24.0 * day + 16.0, 5.02, 5.031)]
    moved = [(*row[:3], *(middle if row[3] != 5.02 else row[3:])) for row in rows]
    halts, halts_at_middle = make_stays(*rows), make_stays(*moved)
    shown, still = (
        shown_stays(one, halted_sites(one, SITES), SITES, StaySettings()) for one in (halts, halts_at_middle)
    )
    for name in ("lat", "lon", "arrived_ms", "departed_ms", "start_ms", "end_ms"):
        np.testing.assert_array_equal(getattr(shown, name), getattr(still, name), err_msg=name)


def cells_table(name: str, size_m: float = 1000.0, seed: int = 5) -> pd.DataFrame:
    """Return a table of a site and of forty cells in the order of their keys, as `heat_table` gives them."""
    rng = np.random.default_rng(shifted(seed))
    grid = grid_around(np.array([5.0]), np.array([5.0]), size_m)
    cells = np.unique(grid.cells_at(5.0 + rng.uniform(0, 0.12, 40), 5.0 + rng.uniform(0, 0.12, 40)))
    lat, lon = grid.centres(cells)
    count = len(cells) + 1
    table = empty_table(name).reindex(range(count))
    outline = np.concatenate(([b""], polygons(grid.corners(cells)) if name == "heat" else points(lat, lon)))
    names = ["Inn", *(f"{y:.3f} N, {x:.3f} E" for y, x in zip(lat, lon))]
    values = {"spot_id": ["Inn", *grid.ids(cells)], "spot_name": names, "spot_kind": ["site"] + ["cell"] * len(cells),
              "key_date": "2023-07-26", "geometry": outline, "score": rng.random(count)}  # fmt: skip
    table = table.assign(**{key: value for key, value in values.items() if key in table})
    table.loc[0, "geometry"] = (polygons(grid.corners(cells[:1])) if name == "heat" else points(lat[:1], lon[:1]))[0]
    if name == "findings":
        table = table.assign(sentence=[f"9 devices were at {one}." for one in names], finding_id=range(1, count + 1))
    return table


def test_heat_has_each_square_once_with_its_highest_score_and_in_no_order_of_cells():
    heat = cells_table("heat")
    shown = hide_cells({"heat": heat})["heat"]
    middles = [shapely.wkb.loads(blob).centroid for blob in heat["geometry"][1:]]
    around = [middle_of(point.y, point.x) for point in middles]
    expected = heat[1:].assign(square=around).groupby("square")["score"].max()
    found = {middle_of(point.y, point.x): score for point, score in
             zip((shapely.wkb.loads(blob).centroid for blob in shown["geometry"][1:]), shown["score"][1:])}  # fmt: skip
    assert found == pytest.approx(expected.to_dict()) and len(found) == len(shown) - 1 < len(heat) - 1
    assert shown.iloc[0].equals(heat.iloc[0])
    assert shown["spot_id"][1:].tolist() == sorted(shown["spot_id"][1:])
    pd.testing.assert_frame_equal(hide_cells({"heat": shown})["heat"], shown)


def test_findings_at_cells_name_the_square_and_flows_end_there():
    findings = cells_table("findings")
    ends = [shapely.wkb.loads(blob) for blob in findings["geometry"][1:3]]
    lines = [great_circle(6.5, 5.0, ends[0].y, ends[0].x), great_circle(ends[1].y, ends[1].x, 5.2, 5.9)]
    flows = pd.DataFrame({"finding_id": [2, 3], "direction": ["before", "after"], "geometry": lines})
    shown = hide_cells({"findings": findings, "flows": flows})
    table = shown["findings"]
    assert table["sentence"][0] == "9 devices were at Inn."
    for name, sentence, blob in zip(table["spot_name"][1:], table["sentence"][1:], table["geometry"][1:]):
        point = shapely.wkb.loads(blob)
        assert sentence == f"9 devices were at {name}." and is_middle(point.y, point.x)
    before, after = (shapely.wkb.loads(blob) for blob in shown["flows"]["geometry"])
    assert before.geoms[0].coords[0][::-1] == pytest.approx((6.5, 5.0))
    assert before.geoms[-1].coords[-1][::-1] == pytest.approx(middle_of(ends[0].y, ends[0].x))
    assert after.geoms[-1].coords[-1][::-1] == pytest.approx((5.2, 5.9))
    assert after.geoms[0].coords[0][::-1] == pytest.approx(middle_of(ends[1].y, ends[1].x))


def test_cells_wider_than_a_square_stay():
    heat = cells_table("heat", 20_000.0)
    pd.testing.assert_frame_equal(hide_cells({"heat": heat})["heat"], heat)
