"""Columns that are never read: by names in any spelling, by values, and what is no such column."""

from __future__ import annotations

import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import Roles, detect_roles, readable, require_pseudonyms, settle_roles
from sitelight.plugin.engine.screening.never_read import kind_by_name, kind_by_values

NEVER = [
    "ip", "IP", "ip_address", "IPAddress", "ipAddressV4", "ipAddressV6", "ip_v4", "IPv4", "ipv6", "IP-V6",
    "client_ip", "clientIP", "ClientIp", "userip", "ip.1", "device.ip", "payload.device.ip", "ip_hash",
    "hashedIP", "remote_addr", "x-forwarded-for", "adresse_ip", "dirección_ip", "IP-адрес", "user-agent",
    "userAgent", "USER_AGENT", "ua", "UA", "device.ua", "http_user_agent", "browser", "msisdn", "MSISDN", "imsi",
    "IMSI_hash", "iccid", "carrier", "carrier_name", "deviceCarrier", "mobile_operator", "operator_name", "ipisp",
    "isp", "MCC", "mcc_mnc", "wifi_ssid", "wifiSSID", "SSID", "bssid", "mac", "mac_address", "MACAddress",
    "macAddr", "bluetooth_mac", "phone", "phone_number", "phoneNumber", "PhoneNo", "home_phone", "contact:phone",
    "téléphone", "Telefonnummer", "email", "e-mail", "E_Mail", "emailAddress", "hashed_email", "courriel",
    "first_name", "LastName", "fullName", "surname", "user_name", "username", "prénom", "Nachname", "apellido",
]  # fmt: skip
FINE = [
    "device_id", "deviceid", "caid", "ad_id", "maid", "idfa", "aaid", "uid", "user", "user_id", "userid",
    "phone_id", "phone_type", "quad_id", "mobile_ad_id", "imei", "mmsi", "MMSI", "callsign", "registration",
    "vehicle", "ship", "ship_id", "trip", "trip_id", "tip", "zip", "zipcode", "clip", "description", "equipment",
    "agent", "agent_id", "name", "name_ua", "timestamp", "utc_timestamp", "time", "lat", "lon", "latitude",
    "longitude", "accuracy", "horizontal_accuracy", "precision", "speed", "operator", "location_method",
    "provider", "machine", "macro", "receipt", "simulation", "track_id", "country", "city",
    "individual-local-identifier", "eobs_horizontal_accuracy_estimate", "payload.device.ifa", "hostel",
    "timezone", "sample",
]  # fmt: skip


def test_names_that_are_never_read_in_any_spelling():
    assert [name for name in NEVER if not kind_by_name(name)] == []
    assert readable([*NEVER, "device_id"]) == ["device_id"]


def test_names_that_only_look_alike_are_read():
    assert {name: kind_by_name(name) for name in FINE if kind_by_name(name)} == {}


@given(
    st.sampled_from(["ip address", "user agent", "phone number", "mac address", "first name", "wifi ssid"]),
    st.sampled_from(["", "_", "-", ".", " ", ":"]),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_case_and_separators_do_not_matter(words, separator, spell):
    assert kind_by_name(spell(words).replace(" ", separator))


@pytest.mark.parametrize("role", ["device", "time", "lat", "lon", "accuracy"])
@pytest.mark.parametrize("name", ["ip_address", "User-Agent", "carrier", "msisdn", "eMail", "ssid"])
def test_asking_for_one_is_refused_in_one_sentence_that_says_what_to_do(role, name):
    names = ["device_id", "ts", "lat", "lon", name]
    asked = Roles(**{role: name, **({"lat": name, "lon": "lon"} if role in ("lat", "lon") else {})})
    with pytest.raises(InputError, match=f'"{name}" is never read.*choose another column.*\\.$') as told:
        settle_roles(asked, detect_roles(names, pd.DataFrame(columns=names)))
    assert "\n" not in str(told.value)


REFUSED = {
    "IP addresses": [
        "10.0.0.1",
        "192.168.1.1:8080",
        "8.8.8.0/24",
        "::1",
        "2001:db8::1",
        "fe80::1%eth0",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "[2001:db8::1]:443",
        "::ffff:1.2.3.4",
    ],
    "e-mail addresses": ["somebody@example.org", "mailto:a.b+c@example.co.uk"],
    "phone numbers or SIM cards": [
        "+33612345678",
        "+1 (555) 123-4567",
        "(555) 123-4567",
        "555-123-4567",
        "06 12 34 56 78",
        "0033 6 12 34 56 78",
        "tel:+22790123456",
    ],
    "network hardware or networks": ["aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff"],
    "user agents": ["Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36", "Dalvik/2.1.0 (Linux; U; Android 9)"],
    "records of several values": ['{"ip": "1.2.3.4"}', "{'device': 'x'}"],
}


@pytest.mark.parametrize("kind, value", [(kind, value) for kind, values in REFUSED.items() for value in values])
def test_values_that_tell_a_connection_or_a_person_are_refused(kind, value):
    assert kind_by_values([value]) == kind
    assert kind_by_values([value.encode()]) == kind
    with pytest.raises(InputError, match='"user" is not read, because it holds .*hashes') as told:
        require_pseudonyms("user", [*["d-1"] * 50, value])
    assert value not in str(told.value)


def test_hashes_and_other_pseudonyms_are_fine():
    ids = [
        "d-1",
        "a1b2c3d4e5f6",
        uuid.UUID(int=7).hex,
        str(uuid.UUID(int=8)),
        "{" + str(uuid.UUID(int=9)) + "}",
        "1.0",
        "447911123456",
        "0012345678",
        "123456789012345",
        "bus 12",
        "V 12-3",
        "urn:mrn:imo:1",
        "12:34",
        "1.2.3",
        "A.B",
        "user@host",
        "x+y",
        "2021-03-04",
        "f" * 64,
        "Müller's van",
        12.5,
        -3,
        7,
        None,
        np.nan,
        b"\xff\xfe",
    ]
    assert [one for one in ids if kind_by_values([one])] == []


@given(
    st.lists(
        st.one_of(st.uuids().map(str), st.integers(0, 2**63).map(str), st.from_regex(r"[0-9a-f]{16,64}\Z")),
        min_size=1,
        max_size=50,
    )
)
def test_no_uuid_number_or_hash_is_ever_refused(ids):
    assert kind_by_values(ids) == ""


def test_a_share_of_such_values_is_enough_and_a_stray_one_among_thousands_is_not():
    mixed = [f"d-{n}" for n in range(1000)]
    assert kind_by_values([*mixed[:90], *["10.0.0.1"] * 10])
    assert kind_by_values([*mixed, "10.0.0.1"]) == ""


def test_a_device_column_of_such_values_is_not_detected():
    sample = pd.DataFrame(
        {
            "user": ["a@example.org"] * 5,
            "track_id": list("abcde"),
            "ts": range(1_690_000_000, 1_690_000_005),
            "lat": [1.5] * 5,
            "lon": [2.5] * 5,
        }
    )
    assert detect_roles(list(sample.columns), sample).roles.device == "track_id"
