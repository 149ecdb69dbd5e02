"""The copy of the borders that the plugin brings: whole, independent of QGIS's own map, and loud when it is not."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely.wkb
from osgeo import ogr
from qgis.core import QgsApplication
from rules.source_tree import ROOT
from shapely.geometry import Point
from sitelight.plugin.data import world as module
from sitelight.plugin.data.world import BORDERS, load_world
from sitelight.plugin.engine.base import InputError

# Towns (and a reef) of every area that the help names as disputed: name in the help, latitude, longitude, code.
PLACES = (
    ("Crimea", 44.95, 34.10, "UA"), ("Abkhazia", 43.00, 41.02, "GE"), ("Transnistria", 46.84, 29.63, "MD"),
    ("Northern Cyprus", 35.24, 33.36, "CY"), ("Somaliland", 9.56, 44.06, "SO"), ("Western Sahara", 27.15, -13.20, "EH"),
    ("Western Sahara", 23.70, -15.94, "EH"), ("Kashmir", 34.08, 74.80, "IN"), ("Kashmir", 34.37, 73.47, "PK"),
    ("Kosovo", 42.66, 21.16, "XK"), ("Palestine", 31.53, 35.10, "PS"), ("Taiwan", 24.15, 120.68, "TW"),
    ("Falkland", -51.70, -57.86, "FK"), ("Paracel", 15.783, 111.20, "CN"), ("Spratly Islands", 11.05, 114.28, ""),
)  # fmt: skip
# Countries that lose or hold other parts in an edition of QGIS's map: Crimea is Russia's on 3.22, Ukraine's on 3.40.
CUT = ("RU", "UA", "GE", "MD", "CY", "SO", "EH", "MA", "IN", "PK", "KZ", "CU", "AU", "FR")
REEF_DEG = 0.02  # reefs are drawn beside their lagoons


@pytest.fixture()
def borders_with(monkeypatch, tmp_path):
    """Let the plugin read another file of borders, made of the content given."""

    def use(content: dict[str, np.ndarray]) -> None:
        np.savez_compressed(tmp_path / "borders.npz", **content)
        monkeypatch.setattr(module, "BORDERS", tmp_path / "borders.npz")
        load_world.cache_clear()

    yield use
    load_world.cache_clear()


def content() -> dict[str, np.ndarray]:
    with np.load(BORDERS, allow_pickle=False) as file:
        return dict(file)


def test_every_area_that_the_help_names_is_there_and_told():
    text = (ROOT / "resources" / "help" / "method.md").read_text(encoding="utf-8")
    sentence = re.search(r"Named as disputed are ([^.]+)\.", text).group(1)
    named = [name.strip().removeprefix("the ") for name in re.split(r",|\band\b", " ".join(sentence.split()))]
    assert {place[0] for place in PLACES} == set(named)
    world = load_world()
    for name, lat, lon, code in PLACES:
        near = [row for row, shape in enumerate(world.country_shape) if shape.distance(Point(lon, lat)) < REEF_DEG]
        assert [world.country_code[row] for row in near] == [code], name
        assert world.disputed[near[0]] and name in world.country_name[near[0]], name


@pytest.mark.parametrize("key", sorted(module.AREAS))
def test_a_missing_area_is_told(borders_with, key):
    given = content()
    assert (given["area"] == key).sum() == 1
    given["area"] = np.where(given["area"] == key, "another", given["area"])
    borders_with(given)
    with pytest.raises(InputError, match=f"lack {module.AREAS[key][0]}: install the plugin anew"):
        load_world()


@pytest.mark.parametrize("cut", [0, 4, 10_000, -1])
def test_a_damaged_file_is_told(monkeypatch, tmp_path, cut):
    path = tmp_path / "borders.npz"
    path.write_bytes(BORDERS.read_bytes()[:cut])
    with pytest.raises(InputError, match="cannot be read .*install the plugin anew"):
        module.read_borders(path)
    with pytest.raises(InputError, match="install the plugin anew"):
        module.read_borders(tmp_path / "none.npz")
    np.savez(path, code=np.array([{}], dtype=object))  # nothing that could run is unpacked
    with pytest.raises(InputError, match="cannot be read"):
        module.read_borders(path)


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_file_that_is_damaged_inside_is_told(tmp_path, at):
    path, content = tmp_path / "borders.npz", bytearray(BORDERS.read_bytes())
    begin = int(len(content) * at)
    content[begin : begin + 100] = b"x" * 100
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read .*install the plugin anew"):
        module.read_borders(path)


def test_the_copy_is_qgis_own_map_but_for_what_is_cut_out_and_added(qgis_app):
    """Areas of the countries of the QGIS at hand, whose own map may be of another edition, agree within 1 %."""
    world = load_world()
    path = f"{QgsApplication.pkgDataPath()}/resources/data/world_map.gpkg"
    dataset = ogr.Open(path)
    layer = dataset.GetLayerByName("countries")
    seen = 0
    for feature in layer:
        name, code = feature["NAME"] if layer.FindFieldIndex("NAME", 1) >= 0 else feature["name"], feature["iso_a2"]
        rows = np.flatnonzero(world.country_name == name)
        if len(rows) != 1 or code in CUT:
            continue
        theirs = shapely.wkb.loads(bytes(feature.GetGeometryRef().ExportToWkb()))
        ours = world.country_shape[rows[0]]
        assert ours.area == pytest.approx(theirs.area, rel=0.01), name
        seen += 1
    assert seen > 200


def test_neighbours_share_their_corners_still():
    world = load_world()
    rows = {code: int(np.flatnonzero(world.country_code == code)[0]) for code in ("NE", "ML", "NG", "TD", "LY", "BF")}
    ring = world.country_shape[rows["NE"]].exterior
    around = [world.country_shape[rows[code]] for code in rows if code != "NE"]
    touching = [any(shape.distance(Point(corner)) == 0.0 for shape in around) for corner in ring.coords[::5]]
    assert np.mean(touching) > 0.6  # the others are corners of Algeria and Benin
