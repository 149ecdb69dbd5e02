"""Outputs never destroy an input or a file of someone else, and never go where no plain file can be."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from pathlib import Path

import pytest
from osgeo import gdal, ogr
from sitelight.plugin.data.export_findings import csv_header
from sitelight.plugin.data.exports import FORMATS
from sitelight.plugin.data.file_paths import is_inside, path_behind
from sitelight.plugin.data.layer_files import require_layer_output
from sitelight.plugin.data.outputs import is_study, replacing, require_apart, require_output, require_plain
from sitelight.plugin.engine.base import InputError

COLUMNS = ("device", "started", "started_ms")


@pytest.fixture()
def pings(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("device_id,timestamp,latitude,longitude\na,1688169600,13.5,2.1\n")
    return path


def make_layer(path: Path, driver: str, columns, name: str = "stays") -> Path:
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = dataset.CreateLayer(name, None, ogr.wkbPoint)
    for column in columns:
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
    feature = ogr.Feature(layer.GetLayerDefn())
    for column in columns:
        feature.SetField(column, "7")
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POINT (2 13)"))
    layer.CreateFeature(feature)
    del feature, layer, dataset
    return path


def spellings(path: Path) -> dict[str, str]:
    """Return ways to write an existing file, each of which would overwrite it."""
    folder = path.parent
    (folder / "sub").mkdir()
    (folder / "link.csv").symlink_to(path)
    (folder / "chain.csv").symlink_to(folder / "link.csv")
    (folder / "linked").symlink_to(folder)
    os.link(path, folder / "hard.csv")
    return {
        "itself": str(path),
        "relative": os.path.relpath(path),
        "dots": f"{folder}/sub/../in.csv",
        "doubled": f"{folder}//./in.csv",
        "link": str(folder / "link.csv"),
        "chain": str(folder / "chain.csv"),
        "folder link": str(folder / "linked" / "in.csv"),
        "hard link": str(folder / "hard.csv"),
        "layer": f"{path}|layername=in",
        "address": f"file://{path}?delimiter=;",
        "driver": f"CSV:{path}",
        "database": f"ogr:dbname='{path}' table=\"in\" (geom)",
    }


def test_no_spelling_of_an_input_is_an_output(pings):
    ways = spellings(pings)
    for given in ways.values():
        for asked in ways.values():
            with pytest.raises(InputError, match="is read in this run"):
                require_output(asked, [given], lambda path: True)
    for archive in (f"/vsigzip/{pings}", f"/vsizip/{pings}/a.csv", f"/vsizip/{{{pings}}}/a.csv", f"/vsitar/{pings}"):
        with pytest.raises(InputError, match="is read in this run"):
            require_output(str(pings), [archive], lambda path: True)
        with pytest.raises(InputError, match="files only"):
            require_output(archive, [], lambda path: True)


def test_nothing_is_written_into_a_folder_that_is_read(pings, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "back").symlink_to(pings.parent)
    for asked in (tmp_path / "new.gpkg", tmp_path / "elsewhere" / "new.gpkg", tmp_path / "elsewhere/back/new.gpkg"):
        with pytest.raises(InputError, match="which is read"):
            require_output(asked, [str(tmp_path)], lambda path: True)
    outside = tmp_path.parent / f"{tmp_path.name} other"
    assert not is_inside(outside / "new.gpkg", tmp_path)
    assert require_output(outside / "new.gpkg", [str(tmp_path)], lambda path: True) == outside / "new.gpkg"


@pytest.mark.parametrize("ending", [".dbf", ".shx", ".prj", ".SHP"])
def test_no_part_of_a_shapefile_is_an_output(tmp_path, ending):
    shape = make_layer(tmp_path / "in.shp", "ESRI Shapefile", COLUMNS)
    (tmp_path / "in.prj").write_text("")
    path = tmp_path / f"in{ending}"
    with pytest.raises(InputError, match="is read in this run"):
        require_output(path, [str(shape)], lambda path: True)
    with pytest.raises(InputError, match="is read in this run"):
        require_output(shape, [str(tmp_path / f"in{ending.lower()}")], lambda path: True)


def test_a_name_that_is_free_may_be_used(pings, tmp_path):
    for name in ("out.gpkg", "in.gpkg", "in.csv.gpkg", "ín.csv"):
        assert require_output(tmp_path / name, [str(pings)], is_study) == tmp_path / name
    for text in ("memory:stays", "TEMPORARY_OUTPUT", ""):
        assert require_plain(text) is None


def test_what_is_no_plain_file_is_no_output(tmp_path):
    os.mkfifo(tmp_path / "pipe.gpkg")
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(tmp_path)  # the name of a socket has a hundred characters at most
        try:
            made.bind("socket.gpkg")
        finally:
            os.chdir(here)
    (tmp_path / "folder.gpkg").mkdir()
    for number, target in enumerate(("pipe.gpkg", "socket.gpkg", "folder.gpkg", "/dev/null", "/dev/zero")):
        (tmp_path / f"link{number}.gpkg").symlink_to(target)
    (tmp_path / "loop.gpkg").symlink_to("loop.gpkg")
    asked = [*tmp_path.iterdir(), Path("/dev/null"), Path("/dev/full"), tmp_path / ("x" * 300), tmp_path / "a\0b"]
    for path in asked:
        with pytest.raises(InputError, match="choose (a|another) file name"):
            require_plain(path)
        with pytest.raises(InputError), replacing(path, lambda path: True) as draft:
            draft.write_text("lost")
    databases = ("postgres://dbname='x' table=\"y\"", "spatialite:dbname='a.sqlite' table=\"b\"")
    for text in (*databases, "/vsizip/a.zip/b.csv"):
        with pytest.raises(InputError, match="files only"):
            require_plain(text)


def test_only_earlier_studies_are_replaced_by_studies(tmp_path):
    def study(name: str, *tables: str) -> Path:
        path = tmp_path / name
        columns = {"findings": "sentence", "audit": "detail"}
        with sqlite3.connect(path) as made:
            for table in tables:
                made.execute(f"CREATE TABLE {table} ({columns.get(table, 'value')} TEXT)")
        made.close()
        return path

    assert is_study(study("own.gpkg", "run", "audit", "findings", "layer_styles", "gpkg_contents", "rtree_heat_geom"))
    others = [
        study("none.gpkg", "points"), study("run.gpkg", "run"), study("with.gpkg", "run", "audit", "my_notes"),
        study("project.gpkg", "run", "audit", "qgis_projects"), study("notes.gpkg", "run", "audit", "findings"),
    ]  # fmt: skip
    with sqlite3.connect(others[-1]) as edited:
        edited.execute("ALTER TABLE findings ADD COLUMN my_notes TEXT")
    edited.close()
    (tmp_path / "text.gpkg").write_text("run audit")
    (tmp_path / "cut.gpkg").write_bytes((tmp_path / "own.gpkg").read_bytes()[:700])
    for path in (*others, tmp_path / "text.gpkg", tmp_path / "cut.gpkg"):
        before = path.read_bytes()
        with pytest.raises(InputError, match="remove the file first"):
            require_output(path, [], is_study)
        with pytest.raises(InputError), replacing(path, is_study) as draft:
            draft.write_text("new")
        assert path.read_bytes() == before
    (tmp_path / "empty.gpkg").write_bytes(b"")
    assert require_output(tmp_path / "empty.gpkg", [], is_study)


@pytest.mark.parametrize(("driver", "ending"), [("GPKG", "gpkg"), ("GeoJSON", "geojson"), ("CSV", "csv"),
                                                ("ESRI Shapefile", "shp"), ("FlatGeobuf", "fgb")])
def test_only_earlier_layers_are_replaced_by_layers(tmp_path, driver, ending):
    own = make_layer(tmp_path / f"own.{ending}", driver, (*COLUMNS, "more"))
    assert require_layer_output(str(own), [], COLUMNS) == own
    other = make_layer(tmp_path / f"other.{ending}", driver, ("device", "time", "lat"))
    with pytest.raises(InputError, match="remove the file first"):
        require_layer_output(str(other), [], COLUMNS)


def test_a_geopackage_with_other_layers_is_added_to_and_not_replaced(tmp_path):
    path = make_layer(tmp_path / "all.gpkg", "GPKG", COLUMNS)
    dataset = ogr.Open(str(path), 1)
    dataset.CreateLayer("mine", None, ogr.wkbPoint)
    del dataset
    with pytest.raises(InputError, match="remove the file first"):
        require_layer_output(str(path), [], COLUMNS)
    for name, is_fine in (("stays", True), ("new", True), ("mine", False), ("MINE", False)):
        address = f"ogr:dbname='{path}' table=\"{name}\" (geom)"
        if is_fine:
            require_layer_output(address, [], COLUMNS)
        else:
            with pytest.raises(InputError, match="remove the file first"):
                require_layer_output(address, [], COLUMNS)


def test_a_name_without_suffix_and_files_beside_are_seen(tmp_path):
    make_layer(tmp_path / "mine.gpkg", "GPKG", ("a", "b"))
    with pytest.raises(InputError, match="mine.gpkg"):
        require_layer_output(str(tmp_path / "mine"), [], COLUMNS)
    make_layer(tmp_path / "mine.json.geojson", "GeoJSON", ("a", "b"))
    with pytest.raises(InputError, match="mine.json.geojson"):
        require_layer_output(str(tmp_path / "mine.json"), [], COLUMNS)
    for output, beside in (("table.shp", "table.dbf"), ("table.gml", "table.xsd"), ("table.tab", "table.dat")):
        (tmp_path / beside).write_bytes(b"a table of the analyst")
        with pytest.raises(InputError, match=beside):
            require_layer_output(str(tmp_path / output), [], COLUMNS)


def test_a_map_in_the_file_of_a_layer_is_not_lost(tmp_path):
    path = make_layer(tmp_path / "own.gpkg", "GPKG", COLUMNS)
    drawn = gdal.GetDriverByName("MEM").Create("", 16, 16, 1)
    drawn.SetGeoTransform((2.0, 0.1, 0.0, 13.0, 0.0, -0.1))
    drawn.SetProjection("EPSG:4326")
    options = ["APPEND_SUBDATASET=YES", "RASTER_TABLE=map"]
    assert gdal.GetDriverByName("GPKG").CreateCopy(str(path), drawn, options=options) is not None
    with pytest.raises(InputError, match="remove the file first"):
        require_layer_output(str(path), [], COLUMNS)


def test_an_export_with_columns_of_the_analyst_stays(tmp_path):
    path = tmp_path / "findings.csv"
    path.write_text(csv_header("findings") + "\r\n", newline="")
    assert FORMATS["csv"].is_own(path)
    path.write_text(csv_header("findings") + ",my notes\r\n", newline="")
    assert not FORMATS["csv"].is_own(path)


def test_two_outputs_are_two_files(tmp_path):
    require_apart([tmp_path / "a.gpkg", None, tmp_path / "b.gpkg", None])
    with pytest.raises(InputError, match="each its own"):
        require_apart([tmp_path / "a.gpkg", tmp_path / "x" / ".." / "a.gpkg"])


def test_a_link_stays_and_the_file_behind_it_is_replaced(tmp_path):
    (tmp_path / "kept").mkdir()
    real, link = tmp_path / "kept" / "own.json", tmp_path / "link.json"
    real.write_text(json.dumps({"old": 1}))
    link.symlink_to(real)
    with replacing(link, lambda path: True) as draft:
        draft.write_text("{}")
    assert link.is_symlink() and real.read_text() == "{}" and os.listdir(tmp_path / "kept") == ["own.json"]


def test_an_error_while_writing_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "own.json"
    path.write_text("{}")
    with pytest.raises(ZeroDivisionError), replacing(path, lambda path: True) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "{}" and os.listdir(tmp_path) == ["own.json"]


def test_paths_are_found_behind_addresses(tmp_path):
    odd = tmp_path / "a|b 'c'.gpkg"
    odd.write_bytes(b"x")
    assert path_behind(str(odd)) == odd
    assert path_behind("ogr:dbname='/data/a.gpkg' table=\"t\" (geom) sql=") == Path("/data/a.gpkg")
    assert path_behind("file:///data/a%20b.csv?x=lon&y=lat") == Path("/data/a b.csv")
    assert path_behind("/data/a.gpkg|layername=t|subset=x=1") == Path("/data/a.gpkg")
    assert path_behind("Point?crs=EPSG:4326") == Path("Point?crs=EPSG:4326")
