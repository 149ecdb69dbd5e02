"""A file that is open elsewhere, which Windows replaces by no other: told before a run, and no run's work is lost."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
import windows_files
from data.test_outputs import COLUMNS, make_layer
from osgeo import ogr
from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer
from sitelight.plugin.data.drafts import draft_folder
from sitelight.plugin.data.layer_files import require_layer_output
from sitelight.plugin.data.outputs import is_study, put_in_place, put_or_keep, replacing, require_output
from sitelight.plugin.data.scenario_files import write_scenario
from sitelight.plugin.data.signature_files import signature_path
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.scenario import ScenarioSettings
from sitelight.plugin.engine.tables import SCHEMAS
from sitelight.plugin.layers.result_layers import is_open_in_project

DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}


@pytest.fixture(autouse=True)
def _as_on_windows(monkeypatch):
    windows_files.install(monkeypatch.setattr)


def make_study(path: Path, *, wal: bool = False) -> sqlite3.Connection:
    """Return an open connection to something that is known as an earlier study."""
    made = sqlite3.connect(path)
    if wal:
        made.execute("PRAGMA journal_mode = WAL")
    for name in ("run", "audit"):
        made.execute(f"CREATE TABLE {name} ({', '.join(SCHEMAS[name].columns)})")
    made.commit()
    return made


def test_an_output_that_is_open_is_refused_before_the_run(tmp_path):
    path = tmp_path / "study.gpkg"
    with contextlib.closing(make_study(path)):
        with pytest.raises(InputError, match=r"study.gpkg cannot be replaced \(.*being used.*\): close it in QGIS"):
            require_output(path, [], is_study)
        assert require_output(path, [], is_study, is_replaced=False) == path
    assert require_output(path, [], is_study) == path
    layer = make_layer(tmp_path / "stays.shp", "ESRI Shapefile", COLUMNS)
    dataset = ogr.Open(str(layer))
    with pytest.raises(InputError, match="stays.shp cannot be replaced"):
        require_layer_output(str(layer), [], COLUMNS)
    del dataset
    with open(layer.with_suffix(".dbf"), "rb"), pytest.raises(InputError, match="cannot be replaced"):
        require_layer_output(str(layer), [], COLUMNS)
    require_layer_output(str(layer), [], COLUMNS)


def test_a_layer_is_added_to_a_file_that_is_open(tmp_path):
    path = make_layer(tmp_path / "all.gpkg", "GPKG", COLUMNS)
    layer = QgsVectorLayer(f"{path}|layername=stays", "stays", "ogr")
    assert layer.isValid()
    require_layer_output(f"ogr:dbname='{path}' table=\"more\" (geom)", [], COLUMNS)
    with pytest.raises(InputError, match="all.gpkg cannot be replaced"):
        require_layer_output(str(path), [], COLUMNS)


def test_what_is_opened_during_a_run_costs_no_work(tmp_path):
    path, told = tmp_path / "study.gpkg", []
    make_study(path).close()
    before = path.read_bytes()
    with contextlib.ExitStack() as stack, pytest.raises(InputError) as caught, replacing(
        path, is_study, told.append
    ) as draft:
        draft.write_bytes(b"new results")
        stack.enter_context(open(path, "rb"))
    kept = tmp_path / "study.new.gpkg"
    assert told == [kept] and kept.read_bytes() == b"new results" and path.read_bytes() == before
    assert str(kept) in str(caught.value) and "being used" in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == ["study.gpkg", "study.new.gpkg"]


def test_files_of_one_layer_stay_together(tmp_path):
    folder = tmp_path / "draft"
    folder.mkdir()
    drafts = [folder / name for name in ("stays.shp", "stays.dbf", "stays.shp.xml")]
    places = [tmp_path / one.name for one in drafts]
    for one in (*drafts, *places, tmp_path / "stays.new.dbf"):
        one.write_text(one.parent.name)
    with open(places[1]), pytest.raises(InputError, match=r"stays.new1.shp"):
        put_or_keep(drafts, places)
    assert [one.read_text() for one in places] == [tmp_path.name] * 3
    assert {one.name for one in tmp_path.iterdir() if "new1" in one.name} == {
        "stays.new1.shp", "stays.new1.dbf", "stays.new1.shp.xml",
    }  # fmt: skip


def test_the_log_of_an_earlier_study_stays_if_that_stays(tmp_path):
    path = tmp_path / "study.gpkg"
    with contextlib.closing(make_study(path, wal=True)):
        log = Path(f"{path}-wal")
        assert log.stat().st_size > 0
        (tmp_path / "draft.gpkg").write_bytes(b"new")
        with pytest.raises(InputError, match="being used"):
            put_in_place(tmp_path / "draft.gpkg", path)
        assert log.stat().st_size > 0
    with contextlib.closing(sqlite3.connect(path)) as again:
        assert again.execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_a_locked_note_hides_no_error(tmp_path, monkeypatch):
    from sitelight.plugin.data import drafts

    monkeypatch.setattr(drafts, "profile_folder", lambda profile=None: tmp_path / "profile")
    (tmp_path / "out").mkdir()
    with contextlib.ExitStack() as stack, pytest.raises(ZeroDivisionError), draft_folder(tmp_path / "out"):
        (note,) = (tmp_path / "profile" / "drafts").iterdir()
        stack.enter_context(open(note))
        raise ZeroDivisionError


def test_a_scenario_that_is_open_is_not_half_replaced(tmp_path):
    settings = ScenarioSettings(devices=12, days=40)
    made = write_scenario(settings, str(tmp_path / "scenario"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "scenario").iterdir()}
    with open(made["sites"], "rb"), pytest.raises(InputError, match="sites.gpkg cannot be replaced"):
        write_scenario(ScenarioSettings(devices=13, days=40), str(tmp_path / "scenario"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "scenario").iterdir()} == before


def test_layers_without_a_file_do_not_keep_a_run_from_starting(qgis_new_project, tmp_path):
    sources = (
        "crs=EPSG:3857&type=xyz&url=https://tile.example.org/{z}/{x}/{y}.png?key=<a|b>*",
        "contextualWMSLegend=0&url=http://example.org/wms?map=a:b",
    )
    layers = [QgsRasterLayer(source, "tiles", "wms") for source in sources]
    layers += [QgsVectorLayer('Point?crs=EPSG:4326&field=a"b:string', "drawn", "memory")]
    path = make_layer(tmp_path / "study.gpkg", "GPKG", COLUMNS)
    layers += [QgsVectorLayer(f"{path}|layername=stays", "stays", "ogr")]
    QgsProject.instance().addMapLayers(layers, False)
    assert len(QgsProject.instance().mapLayers()) == 4
    assert is_open_in_project(str(path))
    assert is_open_in_project(f"{tmp_path}/./study.gpkg")
    assert not is_open_in_project(str(tmp_path / "other.gpkg"))


@pytest.mark.parametrize("name", ["CON", "aux", "Nul", "com1", "LPT9", 'a<b>:"c|d?*', "..", "x. ", "Ωmega"])
def test_signatures_have_names_that_windows_takes(tmp_path, name):
    path = signature_path(tmp_path, name)
    assert path.parent == tmp_path
    stem = path.name.partition(".")[0]
    assert stem and stem.upper() not in DEVICES
    path.write_text("{}")
    assert list(tmp_path.iterdir()) == [path]
