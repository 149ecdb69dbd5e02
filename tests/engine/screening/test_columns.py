"""Column roles: vendor headers from public documents, traps, and what must never be offered."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening.columns import ROLES, Roles, detect_roles, require_roles, settle_roles
from sitelight_package import SHARED

VENDORS = SHARED / "vendor-schemas"
# The page behind this entry hides columns and names no accuracy; "precision" is a name for it elsewhere.
UNLABELLED = {("Intuizi (bid stream)", "accuracy")}


def vendor_entries() -> list:
    if not VENDORS.is_dir():
        return []
    entries = json.loads((VENDORS / "schemas.json").read_text(encoding="utf-8"))
    return [entry for entry in entries if not entry["header"][0].startswith("<")]


def sample_of(entry: dict) -> pd.DataFrame:
    if entry["sample_file"]:
        return pd.read_csv(VENDORS / entry["sample_file"], sep=entry["separator"], dtype=str, encoding="utf-8-sig")
    rows = [row.split(entry["separator"])[: len(entry["header"])] for row in entry["sample_rows"]]
    return pd.DataFrame(rows, columns=entry["header"])


@pytest.mark.skipif(not VENDORS.is_dir(), reason="the shared vendor schemas are not on this machine")
def test_every_public_header_is_read_as_its_document_says():
    wrong = []
    for entry in vendor_entries():
        sample = sample_of(entry)
        roles = detect_roles(list(sample.columns), sample).roles
        wrong += [
            (entry["vendor"], role, entry["roles"].get(role), getattr(roles, role))
            for role in ROLES
            if getattr(roles, role) != entry["roles"].get(role) and (entry["vendor"], role) not in UNLABELLED
        ]
    assert len(vendor_entries()) >= 20
    assert wrong == []


def test_network_identity_is_never_offered():
    names = ["ip_address", "ipAddressV4", "ipisp", "deviceCarrier", "user_agent", "userAgent", "device_id", "ts"]
    detection = detect_roles(names, pd.DataFrame(columns=names))
    offered = {name for found in detection.candidates.values() for name in found}
    assert offered == {"device_id", "ts"}


def test_values_veto_a_name():
    sample = pd.DataFrame({"id": ["a", "b"], "time": ["09:15", "10:20"], "when": ["2021-03-20", "2021-03-21"],
                           "y": ["4743838.9", "4743774.1"], "x": ["589541.0", "589680.0"],
                           "lat": ["42.8", "42.9"], "lon": ["-73.9", "-73.8"]})
    roles = detect_roles(list(sample.columns), sample).roles
    assert roles == Roles("id", "when", "lat", "lon", None, clock="time")


def test_an_id_column_with_a_foreign_name_is_found_by_its_values():
    sample = pd.DataFrame({"kennung": ["cfcd208495d565ef66e7dff9f98764da"] * 3, "n": [1, 2, 3]})
    detection = detect_roles(["kennung", "n"], sample)
    assert detection.roles.device == "kennung"
    assert "values" in detection.reasons["device"]


def test_numbers_alone_are_no_coordinates():
    sample = pd.DataFrame({"device_id": ["a"], "ts": [1_688_169_600], "p": [13.5], "q": [2.1]})
    detection = detect_roles(list(sample.columns), sample)
    assert detection.roles.lat is None and detection.roles.lon is None
    with pytest.raises(InputError, match="the latitude.*device_id, ts, p, q"):
        require_roles(detection)


def test_points_stand_in_for_coordinates():
    detection = detect_roles(["device_id", "ts", "lat", "lon"], pd.DataFrame(), has_geometry=True)
    assert require_roles(detection) == Roles("device_id", "ts", None, None, None)
    assert settle_roles(Roles(lat="lat", lon="lon"), detection).lat == "lat"


def test_the_analyst_overrules_detection():
    names = ["device_id", "other", "ts", "lat", "lon", "accuracy"]
    detection = detect_roles(names, pd.DataFrame(columns=names))
    assert settle_roles(Roles(device="other"), detection) == Roles("other", "ts", "lat", "lon", "accuracy")
    assert settle_roles(Roles(accuracy=""), detection).accuracy is None
    with pytest.raises(InputError, match='no column "foo".*the time'):
        settle_roles(Roles(time="foo"), detection)
    with pytest.raises(InputError, match="both a latitude and a longitude"):
        settle_roles(Roles(lat="lat"), detection)


def test_second_coordinate_pair_keeps_partners_together():
    names = ["ad_id", "time", "GeofenceLng", "EventLat", "EventLng", "GeofenceLat"]
    roles = detect_roles(names, pd.DataFrame(columns=names)).roles
    assert (roles.lat, roles.lon) == ("EventLat", "EventLng")


@pytest.mark.parametrize("names", [
    ("Identifiant appareil", "Horodatage", "Latitude", "Longitude", "Précision (m)"),
    ("Id del dispositivo", "Fecha y hora", "Latitud", "Longitud", "Precisión en m"),
    ("Gerät Nr", "Zeitstempel", "Breite", "Länge", "Genauigkeit m"),
])  # fmt: skip
def test_names_of_several_words_in_other_languages_tell_device_and_accuracy(names):
    rows = [["a-17", "2024-03-10 08:00:00", 13.5, 2.1, 12.0], ["b-02", "2024-03-10 08:05:00", 13.6, 2.2, 8.0]]
    found = detect_roles(names, pd.DataFrame(rows, columns=list(names))).roles
    assert (found.device, found.accuracy) == (names[0], names[4])


def test_a_dilution_of_precision_and_a_type_of_device_are_neither():
    names = ("device_type", "modèle appareil", "dilution of precision", "when", "lat", "lon")
    rows = pd.DataFrame([["phone", "x", 1.2, "2024-03-10 08:00:00", 13.5, 2.1]], columns=list(names))
    found = detect_roles(names, rows).roles
    assert found.device is None and found.accuracy is None
