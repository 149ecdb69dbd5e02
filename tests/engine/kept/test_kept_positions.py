"""Attack: nothing that a study keeps tells where a device was more finely than a square of 5 km, unless at a site."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.wkb
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.kept import KEPT_TABLES
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES
from worlds.engine_worlds import square_world
from worlds.small_groups import Groups, small_groups

STEP = 0.05  # degrees of latitude: rows of squares lie around whole multiples of it
CLOSE = 1e-6


@pytest.fixture(scope="module", params=[True, False], ids=["sites", "no sites"])
def tables(request) -> dict[str, pd.DataFrame]:
    sites = SITES if request.param else SITES.take(np.empty(0, np.int64))
    study = Study((KEY_DATE,), load_library(), sites, square_world(), purpose="an attack on positions", rekey=b"key")
    return run(study, small_groups(Groups(70_404, 14, 12))).as_written().tables


def positions(tables: dict[str, pd.DataFrame]) -> np.ndarray:
    """Return lon, lat of everything that has a shape: middles of places, linked places, and the ends of lines."""
    places = tables["places"]
    found = [places[["lon", "lat"]].to_numpy(dtype=float)]
    for name in ("linked_places", "links", "look_back_flows"):
        for blob in tables[name]["geometry"].dropna():
            parts = getattr(shapely.wkb.loads(bytes(blob)), "geoms", [shapely.wkb.loads(bytes(blob))])
            found.append(np.array([parts[0].coords[0], parts[-1].coords[-1]]))
    return np.concatenate(found)


def test_every_position_is_a_site_a_country_or_the_middle_of_a_square(tables):
    lon, lat = positions(tables).T
    assert len(lon) > 10
    rows = np.abs(lat / STEP - np.rint(lat / STEP)) < CLOSE
    at_site = (np.hypot(lat[:, None] - SITES.lat, lon[:, None] - SITES.lon) < CLOSE).any(axis=1)
    at_country = np.isin(np.round(lat, 6), [round(shape.centroid.y, 6) for shape in square_world().country_shape])
    assert (rows | at_site | at_country).all()
    middles = {tuple(middle) for middle in np.round(np.stack((lat, lon), axis=1)[rows & ~at_site & ~at_country], 6)}
    lats, lons = np.array(sorted(middles)).T
    apart = [np.diff(np.sort(lons[np.abs(lats - one) < CLOSE])).min(initial=1.0) for one in lats]
    assert min(apart) > 0.9 * STEP


def test_unnamed_places_are_squares_with_the_outlines_of_squares(tables):
    cells = tables["places"].query("spot_kind == 'cell'")
    assert len(cells) and cells["spot_id"].str.startswith("square:").all()
    for blob in cells["geometry"]:
        _west, south, _east, north = shapely.wkb.loads(bytes(blob)).bounds
        assert north - south == pytest.approx(STEP) and south / STEP % 1.0 == pytest.approx(0.5)


def test_ids_name_no_cell_and_no_device(tables):
    known = set(SITES.name)
    named = {name: ["spot_id"] for name in ("presence", "visitors", "profiles", "look_backs", "linked_places")}
    for name, columns in {**named, "links": ["from_id", "to_id"]}.items():
        assert name in KEPT_TABLES and len(tables[name])
        for column in columns:
            ids = tables[name][column]
            assert (ids.isin(known) | ids.str.startswith("square:")).all()
        assert "device" not in tables[name]


def test_without_a_row_or_with_few_nothing_is_told(tables):
    presence = tables["presence"]
    assert not (presence["devices"] < 5).any()
    assert presence["fixes"].isna().equals(presence["devices"].isna())
    assert (presence.loc[presence["devices"].isna(), "is_key"] == 1).all()
