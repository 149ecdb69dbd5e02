"""Names of time zones: the same on every system, also the older ones that some tz databases leave out."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.engine.screening import time_zones
from sitelight.plugin.engine.screening.time_zones import is_zone, to_utc
from sitelight.plugin.engine.screening.zone_links import OLDER_NAMES

NOON = np.array(["2023-01-15T12:00", "2023-07-15T12:00"], dtype="datetime64[ms]").astype(np.int64)
HOUR_MS = 3_600_000


@pytest.fixture(params=[False, True], ids=["as it is", "without older names"])
def database(request, monkeypatch):
    """The tz database of this system, and the same without its older names."""
    if request.param:
        known = time_zones.pd.Timestamp

        class Bare(known):
            def tz_localize(self, name, *rest):
                if name.casefold() in OLDER_NAMES:
                    raise KeyError(name)
                return known.tz_localize(self, name, *rest)

        monkeypatch.setattr(time_zones.pd, "Timestamp", Bare)
    time_zones._in_database.cache_clear()
    yield
    time_zones._in_database.cache_clear()


@pytest.mark.parametrize(
    ("name", "winter_h", "summer_h"),
    [
        ("CET", 1, 2), ("cet", 1, 2), ("EET", 2, 3), ("WET", 0, 1), ("US/Eastern", -5, -4), ("US/Arizona", -7, -7),
        ("PST8PDT", -8, -7), ("Asia/Calcutta", 5.5, 5.5), ("Europe/Kiev", 2, 3), ("Australia/NSW", 11, 10),
        ("GB", 0, 1), ("Europe/Paris", 1, 2), ("UTC-07:00", -7, -7),
    ],
)  # fmt: skip
def test_older_names_count_as_their_zones(database, name, winter_h, summer_h):
    """Offsets are those of the almanac: January and July 2023."""
    assert is_zone(name)
    assert to_utc(NOON, name).tolist() == [
        int(NOON[0] - winter_h * HOUR_MS),
        int(NOON[1] - summer_h * HOUR_MS),
    ]


def test_every_older_name_is_known_whatever_the_database_has(database):
    for older, zone in OLDER_NAMES.items():
        assert is_zone(older) and is_zone(zone), older


@pytest.mark.parametrize("name", ["Mars/Olympus", "US/Nowhere", "../../etc", ""])
def test_what_is_no_zone_is_none(database, name):
    assert not is_zone(name)
