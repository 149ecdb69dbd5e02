"""The table of changes, and what it takes to add one: an entry of the library and a row of the table."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sitelight.plugin.data.library import BEHAVIORS, load_library
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.scoring import changes
from sitelight.plugin.engine.scoring.changes import KINDS, above, below, by_exposure, find_asked
from sitelight.plugin.engine.scoring.measured import Change, Kind, Measured
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES, TEAM, town
from worlds.engine_worlds import DAY_MS, MONDAY, ListSource, square_world

KEY_WEEK_MS = (MONDAY + 7 * 12) * DAY_MS, (MONDAY + 7 * 13) * DAY_MS


def busy_spots(measured: Measured, window: int) -> np.ndarray:
    return measured.is_busy


def more_than_twice_the_most(measured: Measured, window: int) -> np.ndarray:
    devices = measured.counts.devices
    most = devices[:, measured.windows.baseline[window]].max(axis=1)
    return np.flatnonzero((devices[:, window] >= measured.min_devices) & (devices[:, window] > 2 * most))


def nobody_for_once(measured: Measured, window: int) -> np.ndarray:
    devices = measured.counts.devices
    least = devices[:, measured.windows.baseline[window]].min(axis=1)
    return np.flatnonzero((devices[:, window] == 0) & (least > 0))


DOUBLES = Kind((Change("doubles", "upper"),), 0.3, busy_spots, more_than_twice_the_most, by_exposure, above)
EMPTIES = Kind((Change("empties", "lower"),), 0.3, busy_spots, nobody_for_once, by_exposure, below, in_partial=False)


def deserted_town() -> tuple[ListSource, str]:
    """Return the town with its team in the hotel, where nobody is in its largest office in the key date's week.

    And the name of that office.
    """
    source = town(1291)
    parts = list(source.chunks())
    device, time_ms, lat, lon = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("device", "time_ms", "lat", "lon")
    )
    offices = [row for row, name in enumerate(SITES.name) if name.startswith("Office")]
    inside = [np.hypot(lat - SITES.lat[row], lon - SITES.lon[row]) < 0.003 for row in offices]
    largest = max(range(len(offices)), key=lambda one: len(np.unique(device[inside[one]])))
    is_there = inside[largest]
    kept = ~(is_there & (time_ms >= KEY_WEEK_MS[0]) & (time_ms < KEY_WEEK_MS[1]))
    kept_town = ListSource(source.device_ids()[device[kept]], time_ms[kept], lat[kept], lon[kept])
    return kept_town, SITES.name[offices[largest]]


def library_folder(folder: Path, change: Change) -> Path:
    """Copy the library that comes with the plugin, with an entry for `change` at the end of its change.json."""
    shutil.copytree(BEHAVIORS, folder)
    path, named = folder / "change.json", change.id
    entry = {
        "id": named, "title": named.capitalize(), "sentence": named, "definition": "For a test.", "tail": change.tail
    }
    path.write_text(json.dumps([*json.loads(path.read_text("utf-8")), entry]), "utf-8")
    return folder


def test_library_and_table_name_the_same_changes_in_the_same_order():
    told = [(entry.id, entry.tail) for entry in load_library().change]
    assert told == [(change.id, change.tail) for kind in KINDS for change in kind.changes]


def test_a_pattern_is_asked_for_the_changes_selected():
    library = load_library().select(change=("shifts", "surges"))
    kinds, asked = find_asked(library)
    assert kinds == KINDS
    assert asked.shape == (len(library.who) * len(library.when) * len(library.what), 4)
    assert (asked == [False, True, False, True]).all()


@pytest.mark.parametrize("wrong", [{"id": "doubles"}, {"tail": "upper"}])
def test_a_change_that_nothing_tests_is_refused_by_name(wrong):
    library = load_library()
    broken = replace(library, change=(*library.change[:3], replace(library.change[3], **wrong)))
    with pytest.raises(StudyError, match=f'"{broken.change[3].id}" with the tail "{broken.change[3].tail}"'):
        find_asked(broken)


@pytest.mark.parametrize("kind", [DOUBLES, EMPTIES], ids=lambda kind: kind.changes[0].id)
def test_a_fifth_change_takes_an_entry_and_a_row(kind, tmp_path, monkeypatch):
    """A study to its end, with a finding of the new change that holds, explained, and followed if it is no fall."""
    (change,) = kind.changes
    library = load_library(library_folder(tmp_path / "library", change))
    monkeypatch.setattr(changes, "KINDS", (*KINDS, kind))
    source, deserted = deserted_town()
    study = Study((KEY_DATE,), library, SITES, square_world(), purpose="a made-up test town", rekey=b"key")
    results = run(study, source)
    scores, findings = results.evidence.scores, results.tables["findings"]
    of_behaviors = [one.id for one in scores.changes if not one.is_plain]
    assert of_behaviors == ["appears", "surges", "falls_away", "shifts", change.id]
    found = findings[findings.change == change.id.capitalize()]
    assert found.behavior_id.str.endswith(f".{change.id}").all()
    if change.is_fall:
        # Whether a week without anybody stands out depends on how many came before: that differs from draw to draw.
        found = found[found.spot_name == deserted]
    first = found.iloc[0]
    assert change.is_fall or (first.q_value <= 0.05 and first.spot_name == "Grand Hotel")
    test = int(np.flatnonzero((scores.change == 4) & (scores.told.p_value == first.p_value))[0])
    behind = results.evidence.devices_of_test(test)
    assert len(behind) > 5 if change.is_fall else len(behind) == first.observed >= TEAM
    assert first.sentence.startswith("Fewer than 5 devices" if change.is_fall else f"{first.observed} devices")
    for name in ("explanations", "origins", "itineraries"):
        followed = set(found.finding_id) & set(results.tables[name].finding_id)
        assert bool(followed) == (name == "explanations" or not change.is_fall), name
