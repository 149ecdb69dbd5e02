"""GeoParquet: its geometry gives the positions, in any CRS, with both libraries."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from pyproj import CRS, Transformer
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.base import InputError

PLACES = [(2.1, 13.5), (2.2, 13.6), (2.3, 13.7)]


def write(folder: Path, crs: object, kind: str = "Point") -> Path:
    arrow = pytest.importorskip("pyarrow", reason="nothing here writes Parquet")
    parquet = pytest.importorskip("pyarrow.parquet")
    epsg = crs if isinstance(crs, int) else 4326
    moved = [Transformer.from_crs(4326, epsg, always_xy=True).transform(*place) for place in PLACES]
    blobs = [struct.pack("<BIdd", 1, 1, *place) for place in moved]
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": [kind]}
    if crs != "left out":
        column["crs"] = None if crs is None else CRS.from_epsg(epsg).to_json_dict()
    told = {"version": "1.0.0", "primary_column": "shape", "columns": {"shape": column}}
    table = arrow.table({
        "device_id": ["a", "a", "b"], "timestamp": [1_710_057_600 + k for k in range(3)],
        "shape": arrow.array(blobs, arrow.binary()), "x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0],
    })  # fmt: skip
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(told)}), folder / "pings.parquet")
    return folder / "pings.parquet"


@pytest.fixture(params=["duckdb", "pyarrow"])
def library(request, monkeypatch) -> str:
    pytest.importorskip(request.param)
    if request.param == "pyarrow":
        monkeypatch.setattr("sitelight.plugin.data.parquet_files.usable_duckdb", lambda: None)
    return request.param


@pytest.mark.parametrize("crs", [4326, 32631, 3857, "left out"])
def test_points_are_read_in_any_crs(tmp_path, library, crs):
    source = open_observations_file(write(tmp_path, crs))
    (chunk,) = source.chunks()
    assert chunk.lon.tolist() == pytest.approx([place[0] for place in PLACES], abs=1e-7)
    assert chunk.lat.tolist() == pytest.approx([place[1] for place in PLACES], abs=1e-7)
    assert source.device_ids()[chunk.device].tolist() == ["a", "a", "b"]
    assert source.describe()["read by"] == library


@pytest.mark.parametrize(("crs", "kind", "word"), [(None, "Point", "has no CRS"), (4326, "Polygon", "holds no points")])
def test_what_has_no_crs_or_no_points_is_refused(tmp_path, library, crs, kind, word):
    with pytest.raises(InputError, match=word):
        open_observations_file(write(tmp_path, crs, kind))
