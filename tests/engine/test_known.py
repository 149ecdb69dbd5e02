"""What a run leaves of its observations gives another run the same tables as reading them anew would."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from seeds import shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.places import SENSITIVE_CATEGORIES, Sites
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.stays import StaySettings
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES, town
from worlds.engine_worlds import square_world

WORLD = square_world()
LIBRARY = load_library()
STUDY = Study((KEY_DATE,), LIBRARY, SITES, WORLD, purpose="a made-up test town", rekey=b"key")
OTHER_DATE = KEY_DATE - timedelta(days=21)
FEWER_SITES = SITES.take(np.arange(len(SITES) - 1))
CLINIC = Sites.joined([SITES, replace(SITES.take(np.arange(1)), **{
    "site_id": np.array(["Clinic"], dtype=object), "name": np.array(["Clinic"], dtype=object),
    "category": np.array([SENSITIVE_CATEGORIES[0]], dtype=object),
})])  # fmt: skip


class Counted:
    """A source that counts how often it is read."""

    def __init__(self, source) -> None:
        self.source, self.read = source, 0
        self.name, self.row_count = source.name, source.row_count

    def chunks(self):
        self.read += 1
        return self.source.chunks()

    def __getattr__(self, name):
        return getattr(self.source, name)


@pytest.fixture(scope="module")
def first():
    return run(STUDY, town(shifted(1411)))


def assert_same_tables(one, other) -> None:
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name], check_exact=True, obj=name)
    assert one.notes == other.notes


@pytest.mark.parametrize("changed", [
    {}, {"key_dates": (OTHER_DATE,)}, {"key_dates": (KEY_DATE, OTHER_DATE), "days_before": 0, "days_after": 2},
    {"lookback_days": 10, "time_zone_hours": 3.0}, {"who": ("anyone",)}, {"sites": FEWER_SITES},
    {"sites": Sites.empty()}, {"cell_size_m": 700.0}, {"stays": StaySettings(min_minutes=20.0)}, {"purpose": ""},
])  # fmt: skip
def test_what_is_asked_again_is_answered_as_by_reading_anew(first, changed):
    study = replace(STUDY, **changed)
    source = Counted(town(shifted(1411)))
    again = run(study, source, known=first.known)
    assert source.read == 0
    assert_same_tables(again, run(study, town(shifted(1411))))
    twice = run(STUDY, source, known=again.known)
    assert source.read == 0
    assert_same_tables(twice, first)


@pytest.mark.parametrize("changed", [
    {"screening": ScreeningSettings(max_accuracy_m=20.0)}, {"screening": ScreeningSettings(keep_device_ids=True)},
    {"sites": CLINIC}, {"rekey": b"other"}, {"world": square_world()},
])  # fmt: skip
def test_observations_are_read_anew_where_they_would_be_screened_otherwise(first, changed):
    study = replace(STUDY, **changed)
    source = Counted(town(shifted(1411)))
    again = run(study, source, known=first.known)
    assert source.read == 1
    assert_same_tables(again, run(study, town(shifted(1411))))


def test_devices_have_other_names_in_every_run():
    study = replace(STUDY, rekey=b"")
    one = run(study, town(shifted(1412)))
    source = Counted(town(shifted(1412)))
    other = run(study, source, known=one.known)
    assert source.read == 0
    names = [set(results.evidence.pseudonyms) for results in (one, other)]
    assert len(names[0]) == len(names[1]) > 0
    assert not names[0] & names[1]
