"""Layers as people have them: PostGIS, virtual, joined, filtered, selected, edited, in any CRS: as the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from postgis_server import programs, server
from pyproj import Transformer
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QUrl
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.observation_layers import snapshot_layer
from sitelight.plugin.data.site_layers import read_sites_layer
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import Roles

ROWS = 300
T0 = 1_710_057_600  # 2024-03-10T08:00:00Z, the day on which clocks change in New York


def records(folder: Path) -> Path:
    """Write and return the file that all layers hold: ids, times, positions and accuracies in a fixed irregular way."""
    lines = ["device_id,seconds,stamp,latitude,longitude,accuracy"]
    for k in range(ROWS):
        stamp = np.datetime64(T0 + 97 * k, "s")
        lines.append(f"d{k * k % 7},{T0 + 97 * k},{stamp}Z,{13 + k % 50 / 100:.2f},{2 + k % 30 / 100:.2f},{5 + k % 9}")
    (folder / "pings.csv").write_text("\n".join(lines) + "\n")
    return folder / "pings.csv"


def read(source) -> list[tuple]:
    chunks = list(source.chunks())
    ids = source.device_ids()
    return sorted(
        (ids[device], time, round(lat, 6), round(lon, 6), accuracy)
        for chunk in chunks
        for device, time, lat, lon, accuracy in zip(
            chunk.device, chunk.time_ms.tolist(), chunk.lat.tolist(), chunk.lon.tolist(), chunk.accuracy_m.tolist()
        )
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    return records(tmp_path_factory.mktemp("pings"))


@pytest.fixture(scope="module")
def expected(table) -> list[tuple]:
    rows = read(open_observations_file(table, Roles(time="stamp")))
    assert len(rows) == ROWS and rows[0][1] // 1000 % 97 == T0 % 97
    return rows


@pytest.fixture(scope="module")
def database(table, tmp_path_factory) -> Iterator[str]:
    # Debian's package is one of those that `tests/dev/setup.sh test` installs.
    assert programs() is not None, "the package postgresql-postgis is missing: bash tests/dev/setup.sh test"
    with server() as address:
        connection = QgsProviderRegistry.instance().providerMetadata("postgres").createConnection(address, {})
        rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
        values = ",".join(f"({k},'{r[0]}',{r[1]},'{r[2]}',{r[3]},{r[4]},{r[5]})" for k, r in enumerate(rows))
        for statement in (
            "CREATE TABLE raw (gid int PRIMARY KEY, device_id text, seconds bigint, stamp timestamptz, lat float8,"
            " lon float8, accuracy int)",
            f"INSERT INTO raw VALUES {values}",
            "CREATE TABLE pings AS SELECT gid, device_id, stamp AS at, accuracy,"
            " ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geometry(Point, 4326) AS geom FROM raw",
            "ALTER TABLE pings ADD PRIMARY KEY (gid)",
            "CREATE TABLE metres AS SELECT gid, device_id, (stamp AT TIME ZONE 'UTC')::timestamp AS at, accuracy,"
            " ST_Transform(geom, 32631)::geometry(Point, 32631) AS geom"
            " FROM raw JOIN pings USING (gid, device_id, accuracy)",
            "ALTER TABLE metres ADD PRIMARY KEY (gid)",
            "CREATE TABLE plain AS SELECT gid, device_id, seconds AS unixtime, lat, lon, accuracy FROM raw",
            "ALTER TABLE plain ADD PRIMARY KEY (gid)",
            "CREATE VIEW seen AS SELECT gid, device_id, at::text AS time, accuracy, geom FROM pings",
            "ALTER DATABASE pings SET timezone = 'America/New_York'",
        ):
            connection.executeSql(statement)
        yield address


def open_table(address: str, name: str, geometry: str = "geom", sql: str = "") -> QgsVectorLayer:
    column = f" ({geometry})" if geometry else ""
    layer = QgsVectorLayer(f"{address} key='gid' table=\"public\".\"{name}\"{column} sql={sql}", name, "postgres")
    assert layer.isValid(), layer.error().message()
    return layer


@pytest.mark.parametrize("name", ["pings", "metres", "seen", "plain"])
def test_postgis_reads_as_the_file(database, expected, qgis_new_project, name):
    assert read(snapshot_layer(open_table(database, name, "" if name == "plain" else "geom"))) == expected


def test_the_filter_of_a_postgis_layer_counts(database, expected, qgis_new_project):
    layer = open_table(database, "pings", sql="\"device_id\" = 'd1'")
    assert read(snapshot_layer(layer)) == [row for row in expected if row[0] == "d1"]


def test_selected_features_of_a_postgis_layer(database, expected, qgis_new_project):
    layer = open_table(database, "pings")
    layer.selectByExpression("\"device_id\" = 'd2'")
    assert read(snapshot_layer(layer, selected_only=True)) == [row for row in expected if row[0] == "d2"]


def test_edits_of_a_postgis_layer_that_are_not_saved_count(database, expected, qgis_new_project):
    layer = open_table(database, "pings")
    layer.startEditing()
    first, second = sorted(layer.allFeatureIds())[:2]
    layer.deleteFeature(first)
    assert layer.changeAttributeValue(second, layer.fields().indexOf("device_id"), "edited")
    rows = read(snapshot_layer(layer))
    layer.rollBack()
    assert len(rows) == ROWS - 1 and [row[0] for row in rows].count("edited") == 1


def test_a_virtual_layer_over_postgis_reads_as_the_file(database, expected, qgis_new_project):
    QgsProject.instance().addMapLayer(open_table(database, "metres"))
    sql = "SELECT device_id, at, accuracy, geometry FROM metres WHERE accuracy < 9"
    query = bytes(QUrl.toPercentEncoding(sql)).decode()
    layer = QgsVectorLayer(f"?query={query}&geometry=geometry:1:32631", "virtual", "virtual")
    assert layer.isValid()
    assert read(snapshot_layer(layer)) == [row for row in expected if row[4] < 9]


def test_a_joined_field_of_postgis_is_the_device(database, expected, qgis_new_project):
    names = open_table(database, "plain", "")
    layer = open_table(database, "metres")
    QgsProject.instance().addMapLayers([names, layer])
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(names)
    join.setTargetFieldName("gid")
    join.setJoinFieldName("gid")
    join.setPrefix("j_")
    join.setUsingMemoryCache(True)
    assert layer.addJoin(join)
    source = snapshot_layer(layer, Roles(device="j_device_id", time="j_unixtime"))
    assert read(source) == expected


def test_sites_of_postgis_are_those_of_the_table(database, qgis_new_project):
    reading = read_sites_layer(open_table(database, "metres"), {"name": "gid"})
    assert len(reading.sites) == ROWS and abs(reading.sites.lat[0] - 13) < 1e-6 and abs(reading.sites.lon[0] - 2) < 1e-6


def test_a_server_that_stopped_is_told_in_one_sentence(table, qgis_new_project):
    with server() as address:
        connection = QgsProviderRegistry.instance().providerMetadata("postgres").createConnection(address, {})
        connection.executeSql("CREATE TABLE few AS SELECT 1 AS gid, 'a'::text AS device_id, now() AS at,"
                              " ST_SetSRID(ST_MakePoint(2, 13), 4326)::geometry(Point, 4326) AS geom")  # fmt: skip
        layer = open_table(address, "few")
        source = snapshot_layer(layer)
    with pytest.raises(InputError, match="few was read only in part .0 of 1 features"):
        read(source)


def uri(path: Path, crs: str = "EPSG:4326") -> str:
    return f"{path.as_uri()}?delimiter=,&xField=longitude&yField=latitude&crs={crs}"


def test_a_delimited_text_layer_reads_as_its_file(table, expected, qgis_new_project):
    layer = QgsVectorLayer(uri(table), "text", "delimitedtext")
    assert layer.isValid() and read(snapshot_layer(layer, Roles(time="stamp"))) == expected
    layer.setSubsetString("\"device_id\" = 'd4'")
    assert read(snapshot_layer(layer, Roles(time="stamp"))) == [row for row in expected if row[0] == "d4"]


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32631", "EPSG:2154", "ESRI:54009"])
def test_layers_in_any_crs_read_as_the_file(table, expected, qgis_new_project, tmp_path, crs):
    transformer = Transformer.from_crs("EPSG:4326", QgsCoordinateReferenceSystem(crs).toWkt(), always_xy=True)
    lines = table.read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    x, y = transformer.transform([float(row[4]) for row in rows], [float(row[3]) for row in rows])
    text = "".join(f"{r[0]},{r[1]},{r[2]},{north!r},{east!r},{r[5]}\n" for r, east, north in zip(rows, x, y))
    path = tmp_path / "moved.csv"
    path.write_text(lines[0].replace("latitude", "north").replace("longitude", "east") + "\n" + text)
    address = uri(path, crs).replace("longitude", "east").replace("latitude", "north")
    layer = QgsVectorLayer(address, "moved", "delimitedtext")
    assert layer.isValid() and read(snapshot_layer(layer, Roles(time="stamp"))) == expected
