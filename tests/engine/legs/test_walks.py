"""Walks, rides and short drives, at samplings from every five seconds to a burst now and then; two real animals."""

from __future__ import annotations

import numpy as np
import pytest
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.legs import MODES, detect_legs
from sitelight.plugin.engine.stays import detect_stays
from worlds.countries_world import world_of_qgis
from worlds.fisher_tracks import read_fishers, with_fishers
from worlds.walk_worlds import BURSTS, walk_world

SEED = shifted(60821)  # not those that the rules were looked at with
DENSE = ("5 s", "1 min", "5 min")


def counts(kind: str, sampling: str) -> tuple[dict[str, int], int]:
    """Return how many legs are said to be of each mode, and how many there are."""
    fixes = walk_world(SEED, kind, sampling, 40 if sampling == "5 s" else 100)
    found = detect_legs(detect_stays(fixes, keep_short=True), world_of_qgis())
    told = dict(zip(MODES, np.bincount(found.mode, minlength=len(MODES)).tolist()))
    print(kind, sampling, told)
    return told, len(found)


@pytest.mark.parametrize(("sampling", "share"), [*((one, 0.97) for one in DENSE), ("15 min", 0.95), (BURSTS, 0.9)])
def test_walks_are_on_foot_at_any_sampling(sampling, share):
    told, legs = counts("foot", sampling)
    assert legs > 200
    assert at_least(told["foot"], legs, share)
    assert at_most(told["road"], legs, 0.02)


@pytest.mark.parametrize(("kind", "sampling", "share"), [
    ("car", "5 s", 0.01), ("car", "1 min", 0.01), ("car", "5 min", 0.06), ("car", "15 min", 0.15),
    ("car", BURSTS, 0.12),
    ("bicycle", "5 s", 0.02), ("bicycle", "1 min", 0.02),
])  # fmt: skip
def test_what_drives_is_not_on_foot(kind, sampling, share):
    """What is seen every quarter of an hour may have walked a kilometre as well as driven it."""
    told, legs = counts(kind, sampling)
    assert legs > 200
    assert at_most(told["foot"], legs, share)
    assert told["air"] == told["water"] == 0


@with_fishers
@pytest.mark.parametrize("every_s", [0, 600, 3600])
def test_animals_go_on_foot(every_s):
    fixes = read_fishers()
    if every_s:
        span = fixes.time_ms // (1000 * every_s)
        keep = np.append(True, (span[1:] != span[:-1]) | (fixes.device[1:] != fixes.device[:-1]))
        fixes = type(fixes)(**{
            name: column[keep] if name != "pseudonyms" else column for name, column in vars(fixes).items()
        })
    found = detect_legs(detect_stays(fixes, keep_short=True), world_of_qgis())
    told = dict(zip(MODES, np.bincount(found.mode, minlength=len(MODES)).tolist()))
    print(every_s, told)
    assert len(found) > 50
    assert told["foot"] >= 0.9 * len(found)
