"""Only needed columns are read: what is never read is not even asked of the libraries that read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from osgeo import ogr, osr
from sitelight.plugin.data import ogr_files, text_files
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.observation_layers import snapshot_layer
from sitelight.plugin.data.parquet_files import usable_duckdb
from sitelight.plugin.data.site_layers import read_sites_layer
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import Roles

ROWS = 3_000
PRIVATE = ("ip_address", "carrier", "User-Agent")


def table() -> pd.DataFrame:
    count = np.arange(ROWS)
    return pd.DataFrame(
        {
            "device_id": [f"d{n % 7}" for n in count],
            "timestamp": 1_690_000_000 + count * 60,
            "latitude": 5 + count * 1e-5,
            "longitude": 3 + count * 1e-5,
            "remark": ["x"] * ROWS,
            **{name: [f"{n % 200}.1.2.3" for n in count] for name in PRIVATE},
        }
    )


def geopackage(path: Path, rows: pd.DataFrame) -> Path:
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    layer = dataset.CreateLayer("pings", reference, ogr.wkbPoint)
    kinds = {"i": ogr.OFTInteger64, "f": ogr.OFTReal}
    for name in rows:
        layer.CreateField(ogr.FieldDefn(name, kinds.get(rows[name].dtype.kind, ogr.OFTString)))
    layer.StartTransaction()
    for row in rows.to_numpy().tolist():
        feature = ogr.Feature(layer.GetLayerDefn())
        for place, value in enumerate(row):
            feature.SetField(place, value)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({row[3]} {row[2]})"))
        layer.CreateFeature(feature)
    layer.CommitTransaction()
    return path


def codes_read(source) -> int:
    return sum(int((chunk.device >= 0).sum()) for chunk in source.chunks())


def test_ogr_is_asked_for_no_private_field(tmp_path, monkeypatch):
    asked: list[str] = []
    get, batches = ogr.Feature.GetField, ogr_files.arrow_batches
    monkeypatch.setattr(ogr.Feature, "GetField", lambda self, name: asked.append(name) or get(self, name))

    def recorded(stream, name, *more):
        for batch in batches(stream, name, *more):
            asked.extend(batch)
            yield batch

    monkeypatch.setattr(ogr_files, "arrow_batches", recorded)
    path = geopackage(tmp_path / "pings.gpkg", table())
    source = open_observations_file(path)
    assert codes_read(source) == ROWS
    assert "device_id" in asked and not set(PRIVATE) & set(asked)
    assert set(source.detection.columns) >= set(PRIVATE)  # they are known, so that asking for one is answered
    with ogr_files.quiet_ogr():
        dataset = ogr_files.open_dataset(path)
        layer = dataset.GetLayer(0)
        ogr_files.OgrReader(path)._ignore_others(layer, ["device_id"], False)
        assert get(layer.GetNextFeature(), "ip_address") is None  # OGR leaves it in the file


def test_pandas_is_asked_for_no_private_column(tmp_path, monkeypatch):
    load_world()  # reads tables of ours once
    asked: list[list[str]] = []
    read = pd.read_csv

    def recorded(*args, **how):
        if how.get("nrows") != 0:  # the header alone
            asked.append(list(how["usecols"]))
        return read(*args, **how)

    monkeypatch.setattr(text_files.pd, "read_csv", recorded)
    path = tmp_path / "pings.csv"
    table().to_csv(path, index=False)
    assert codes_read(open_observations_file(path)) == ROWS
    assert len(asked) >= 2 and not [names for names in asked if set(PRIVATE) & set(names)]
    assert sorted(asked[-1]) == ["device_id", "latitude", "longitude", "timestamp"]
    asked.clear()
    read_sites_file(path, {"name": "device_id"})
    assert not [names for names in asked if set(PRIVATE) & set(names)]
    assert "remark" not in asked[-1]


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
def test_parquet_whose_private_columns_cannot_be_read_is_read(library, tmp_path, monkeypatch):
    """The pages of the private columns are destroyed: whoever asks for one of them fails."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="the test writes Parquet with it")
    if library == "duckdb" and usable_duckdb() is None:
        pytest.skip("duckdb is not installed")
    if library == "pyarrow":
        monkeypatch.setattr("sitelight.plugin.data.parquet_files.usable_duckdb", lambda: None)
    path = tmp_path / "pings.parquet"
    table().to_parquet(path, compression="zstd")
    content, about = bytearray(path.read_bytes()), parquet.ParquetFile(path).metadata.row_group(0)
    for number in range(about.num_columns):
        column = about.column(number)
        if column.path_in_schema in PRIVATE:
            start = column.dictionary_page_offset or column.data_page_offset
            content[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(content)
    reader = open_observations_file(path).reader
    with pytest.raises(InputError):
        list(reader.frames(["ip_address"], False))
    source = open_observations_file(path)
    assert codes_read(source) == ROWS
    assert not set(PRIVATE) & set(reader.sample.columns)


def test_a_layer_of_the_project_hands_out_no_private_field(tmp_path, qgis_new_project):
    from qgis.core import QgsVectorLayer

    layer = QgsVectorLayer(str(geopackage(tmp_path / "pings.gpkg", table().head(50))), "pings", "ogr")
    for number in (layer, layer.materialize(_everything())):
        source = snapshot_layer(number)
        assert codes_read(source) == 50
        assert not set(PRIVATE) & set(source.reader.sample.columns)
        with pytest.raises(InputError, match='"ip_address" is never read'):
            snapshot_layer(number, Roles(device="ip_address"))
        assert set(read_sites_layer(number, {"name": "remark"}).attributes.columns) == {"remark"}
        with pytest.raises(InputError, match='"carrier" is never read'):
            read_sites_layer(number, {"name": "carrier"})


def _everything():
    from qgis.core import QgsFeatureRequest

    return QgsFeatureRequest()


def test_private_values_that_begin_late_are_met(tmp_path):
    """The sample sees some rows of a long file; what comes later is looked at while it is read."""
    rows = pd.concat([table()] * 100, ignore_index=True)
    rows["device_id"] = [f"d{n % 7}" for n in range(len(rows))]
    rows.loc[205_000:206_500, "device_id"] = [f"10.0.{n % 200}.{n % 250}" for n in range(1501)]
    path = tmp_path / "long.csv"
    rows.drop(columns=list(PRIVATE)).to_csv(path, index=False)
    source = open_observations_file(path)
    with pytest.raises(InputError, match='"device_id" is not read, because it holds IP addresses'):
        list(source.chunks())


@pytest.mark.parametrize("suffix, driver", [(".shp", "ESRI Shapefile"), (".fgb", "FlatGeobuf"), (".gpkg", "GPKG")])
def test_a_filter_by_a_field_that_is_not_read_still_filters(suffix, driver, tmp_path, qgis_new_project):
    from osgeo import gdal
    from qgis.core import QgsVectorLayer

    path = tmp_path / f"pings{suffix}"
    rows = table().head(60).rename(columns={"User-Agent": "agent_x"})
    rows["remark"] = ["north", "south", "south"] * 20
    gdal.VectorTranslate(str(path), str(geopackage(tmp_path / "all.gpkg", rows)), format=driver)
    layer = QgsVectorLayer(str(path), "pings", "ogr")
    assert layer.setSubsetString("\"remark\" = 'south'")
    assert codes_read(snapshot_layer(layer)) == 40
