"""Signatures as JSON and their matches in a GeoPackage: nothing lost, nothing about devices, every fault named."""

from __future__ import annotations

import copy
import json
import sqlite3
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qgis.core import QgsVectorLayer
from shapely.geometry import box
from sitelight.plugin.data.audit_log import check_study, verify_audit
from sitelight.plugin.data.geopackage import read_results, write_results
from sitelight.plugin.data.signature_files import (
    list_signatures,
    read_signature,
    signature_path,
    write_matches,
    write_signature,
)
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.signatures import (
    Counted,
    FacetWeight,
    MarkedPlace,
    Signature,
    Skill,
    from_content,
    to_content,
)
from sitelight.plugin.engine.tables import SCHEMAS, as_table, empty_table

SIGNATURE = Signature(
    name="Équipe “étrangère”",
    weights=(
        FacetWeight("who", "abroad", "Farther abroad", 2.5, -1.2, 0.8, 0.05, 30, 12),
        FacetWeight("what", "overnight", "Overnight", 0.7, -0.3, 0.5, 0.25, 19, 60),
    ),
    examples=Counted(4, 5, 38),
    background=Counted(120, 180, 1500),
    skill=Skill(0.97, 0.8, 0.09, 0.81, 0.002),
    library="0a1b2c",
    marked=(MarkedPlace("niamey-12", "Hôtel “Fleuve”", date(2023, 7, 20), date(2023, 7, 26)),),
)


def test_json_gives_back_what_went_in(tmp_path):
    path = signature_path(tmp_path / "new folder é", SIGNATURE.name)
    write_signature(SIGNATURE, path)
    assert read_signature(path) == SIGNATURE
    assert list_signatures(path.parent) == [path] and list_signatures(tmp_path / "none") == []
    assert [child.name for child in path.parent.iterdir()] == [path.name]


numbers = st.floats(-30, 30)


@given(st.lists(st.tuples(numbers, numbers, st.floats(0, 1), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_any_weights_survive_json(rows):
    weights = tuple(
        FacetWeight("when", f"id{number}", "Title", present, absent, share, share, count, count)
        for number, (present, absent, share, count) in enumerate(rows)
    )
    signature = Signature("x", weights, SIGNATURE.examples, SIGNATURE.background, SIGNATURE.skill, "v", ())
    assert from_content(json.loads(json.dumps(to_content(signature)))) == signature


def broken(*path, value="gone"):
    content = copy.deepcopy(to_content(SIGNATURE))
    content = json.loads(json.dumps(content))
    at = content
    for step in path[:-1]:
        at = at[step]
    if value == "gone":
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return content


@pytest.mark.parametrize("content, text", [
    ([], "the signature is missing or not an object"),
    ({}, "no Sitelight signature"),
    (broken("version", value=2), "\"version\" of the signature is 2"),
    (broken("name"), "\"name\" of the signature is missing or not text"),
    (broken("name", value=" "), "\"name\" of the signature is empty or too long"),
    (broken("weights"), "\"weights\" of the signature is missing or not a list"),
    (broken("weights", value=[]), "\"weights\" of the signature must be a list of 1 to"),
    (broken("weights", 0, value=3), "weight 1 is missing or not an object"),
    (broken("weights", 1, "present"), "\"present\" of weight 2 is missing or not a number"),
    (broken("weights", 1, "present", value=float("inf")), "\"present\" of weight 2"),
    (broken("weights", 1, "present", value=10**400), "\"present\" of weight 2 must be from -100 to 100"),
    (broken("weights", 0, "example_share", value=10**300), "\"example_share\" of weight 1 must be from 0 to 1"),
    (broken("weights", 0, "example_share", value=-0.1), "\"example_share\" of weight 1 must be from 0 to 1"),
    (broken("examples", "devices", value=10**30), "\"devices\" of examples is missing or not a whole number"),
    (broken("weights", 1, "absent", value=True), "\"absent\" of weight 2"),
    (broken("weights", 0, "axis", value="change"), "\"axis\" of weight 1 must be one of who, when, what"),
    (broken("weights", 0, "device", value="a"), "\"device\" of weight 1 is not known"),
    (broken("weights", 1, value=to_content(SIGNATURE)["weights"][0]), "\"id\" of weight 2 “abroad” is there twice"),
    (broken("examples", "devices", value=-1), "\"devices\" of examples is missing or not a whole number"),
    (broken("background", "places", value=1.5), "\"places\" of background"),
    (broken("skill"), "skill is missing"),
    (broken("skill", "auc", value="high"), "\"auc\" of skill is missing or not a number"),
    (broken("marked", 0, "first_day", value="20 July"), "\"first_day\" of marked 1 must be a date"),
])  # fmt: skip
def test_a_fault_is_named_in_one_sentence(content, text, tmp_path):
    with pytest.raises(InputError) as caught:
        from_content(content)
    assert text in str(caught.value)
    path = tmp_path / "x.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="x.json"):
        read_signature(path)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5),
       st.sampled_from(sorted(to_content(SIGNATURE))))  # fmt: skip
def test_no_value_raises_anything_else(value, name):
    content = to_content(SIGNATURE)
    content[name] = value
    try:
        from_content(content)
    except InputError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("text", ["", "{", "\ufeff[]", "null"])
def test_no_json_is_named_too(text, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="bad.json"):
        read_signature(path)


def matches(name: str, spots: int) -> pd.DataFrame:
    rows = {column: ["x"] * spots if kind == "text" else [1] * spots
            for column, kind in SCHEMAS["signatures"].columns.items()}  # fmt: skip
    days = {"key_date": "2023-07-26", "window_start": "2023-07-24", "window_end": "2023-07-30"}
    frame = pd.DataFrame({**rows, **days, "signature": name, "usual_score": [float("nan")] * spots})
    frame["geometry"] = [box(number, 0, number + 1, 1).wkb for number in range(spots)]
    return as_table("signatures", frame)


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.gpkg"
    tables = {name: empty_table(name) for name in SCHEMAS if name not in ("run", "audit")}
    write_results(Results(tables), path, {"notes": [], "audit": [{"action": "run", "detail": {}}]}, {})
    return path


def test_matches_are_kept_in_the_study_and_replaced_by_name(study):
    write_matches(study, matches("A", 3), {"signature": "A"})
    write_matches(study, matches("B", 2), {"signature": "B"})
    write_matches(study, matches("A", 4), {"signature": "A"})
    back = read_results(study).tables
    assert back["signatures"]["signature"].value_counts().to_dict() == {"A": 4, "B": 2}
    assert back["signatures"]["usual_score"].isna().all()
    rows = back["audit"].to_dict("records")
    assert verify_audit(rows) and [row["action"] for row in rows] == ["run", "signature", "signature", "signature"]
    with sqlite3.connect(study) as connection:
        (indexed,) = connection.execute("SELECT count(*) FROM rtree_signatures_geom").fetchone()
        extent = connection.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'signatures'"
        ).fetchone()
    assert indexed == 6 and extent == (0, 0, 4, 1)
    assert check_study(study).fits


def test_matches_come_into_a_file_that_qgis_has_open(study):
    layer = QgsVectorLayer(f"{study}|layername=signatures", "s", "ogr")
    assert layer.featureCount() == 0
    write_matches(study, matches("A", 3), {})
    layer.reload()
    assert sum(1 for _ in layer.getFeatures()) == 3
    del layer


def test_an_earlier_or_missing_file_is_refused(study, tmp_path):
    with pytest.raises(InputError, match="no file"):
        write_matches(tmp_path / "none.gpkg", matches("A", 1), {})
    with sqlite3.connect(study) as connection:
        connection.execute("DELETE FROM gpkg_contents WHERE table_name = 'signatures'")
        connection.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = 'signatures'")
        connection.execute("DELETE FROM gpkg_extensions WHERE table_name = 'signatures'")
        connection.execute("DROP TABLE signatures")
    connection.close()
    with pytest.raises(InputError, match="run the study again"):
        write_matches(study, matches("A", 1), {})
