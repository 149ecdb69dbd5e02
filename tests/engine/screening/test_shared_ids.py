"""Device ids used by two owners: found in generated worlds, and nothing is found where nothing is planted."""

from __future__ import annotations

import numpy as np
import pytest
from seeds import at_most, shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.screening.screen import screen
from sitelight.plugin.engine.screening.settings import KEPT, KEPT_TWO_OWNERS, REASONS, TELEPORT, ScreeningSettings
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES, town
from worlds.engine_worlds import METRES_PER_DEGREE, ListSource, square_world
from worlds.owner_worlds import flyer, moved, owner, together

WORLD = square_world()
# Sharing of positions is another matter, which the few devices of these worlds cannot show.
SETTINGS = ScreeningSettings(excluded_countries=(), keep_device_ids=True)
DAYS = 40


def screened(tracks: dict[str, tuple]):
    ids = np.repeat(list(tracks), [len(track[0]) for track in tracks.values()])
    return screen(ListSource(ids, *(np.concatenate(values) for values in zip(*tracks.values()))), SETTINGS, WORLD, b"k")


def flagged(found) -> set[str]:
    return set(found.fixes.pseudonyms[found.two_owners])


def two_owners(rng, km: float, dense: bool, lat: float = 4.0, lon: float = 4.0):
    angle = rng.uniform(0, 2 * np.pi)
    north, east = np.array([np.cos(angle), np.sin(angle)]) * km * 1000 / METRES_PER_DEGREE
    return together(owner(rng, lat, lon, DAYS, dense), owner(rng, lat + north, lon + east, DAYS, dense))


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("km", [8.0, 25.0, 300.0, 4000.0])
def test_two_owners_are_flagged_their_rows_stay_and_nobody_else_is(dense, km):
    rng = np.random.default_rng([shifted(51), dense, int(km)])
    tracks = {f"one-{n}": owner(rng, 3.0 + 0.1 * n, 3.0, DAYS, dense) for n in range(6)}
    tracks |= {f"two-{n}": two_owners(rng, km, dense) for n in range(6)}
    found = screened(tracks)
    assert flagged(found) == {f"two-{n}" for n in range(6)}
    rows = sum(len(np.unique(track[0])) for name, track in tracks.items() if name.startswith("two"))
    assert found.two_owner_rows == rows
    assert found.counts[TELEPORT] == 0
    assert sum(found.counts.values()) == found.read
    note = next(note for note in found.notes() if "two owners" in note)
    assert note.startswith("Of 12 device ids, 6 seem")
    assert f"{rows:,} rows" in note


FAULTS = {
    "none": lambda rng, track, bad: track,
    "anywhere": lambda rng, track, bad: moved(track, bad, *(4.0 + rng.uniform(-6, 6, (2, len(bad))))),
    "one wrong position": lambda rng, track, bad: moved(track, bad, 4.3, 4.3),
    "around one wrong place": lambda rng, track, bad: moved(track, bad, *(4.3 + rng.normal(0, 1e-4, (2, len(bad))))),
    "twice around it": lambda rng, track, bad: moved(
        track, np.append(bad[:-1], bad[:-1] + 1), *(4.3 + rng.normal(0, 1e-4, (2, 2 * len(bad) - 2)))
    ),
    "where it was an hour of fixes ago": lambda rng, track, bad: moved(
        track, bad[bad > 80], track[1][bad[bad > 80] - 80], track[2][bad[bad > 80] - 80]
    ),
}


TWO_PLACES = {"twice around it", "where it was an hour of fixes ago"}


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("fault", list(FAULTS))
def test_no_single_owner_is_flagged_whatever_the_feed_does(dense, fault):
    """Three in a hundred rows are wrong: many more than feeds show.

    Of those who are moved to and fro between two places that they live in, one in fifty may be.
    """
    rng = np.random.default_rng([shifted(52), dense, list(FAULTS).index(fault)])
    count, tracks = 15 if dense else 60, {}
    for number in range(count):
        track = owner(rng, 4.0, 4.0, DAYS, dense)
        bad = np.flatnonzero(rng.random(len(track[0]) - 1) < 0.03)
        tracks[f"one-{number}"] = FAULTS[fault](rng, track, bad)
    found = screened(tracks)
    assert at_most(len(flagged(found)), count, 0.02 if fault in TWO_PLACES else 0.0)
    if fault == "anywhere":
        assert found.counts[TELEPORT] > 0.02 * found.read


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("every", [1, 2, 7])
@pytest.mark.parametrize("in_flight", [False, True])
def test_no_flyer_is_flagged(dense, every, in_flight):
    rng = np.random.default_rng([shifted(53), dense, every, in_flight])
    tracks = {
        f"flyer-{km}-{number}": flyer(rng, 4.0, 4.0, DAYS, dense, km, every, in_flight)
        for km in (250, 1000, 6000) for number in range(4)
    }
    found = screened(tracks)
    assert flagged(found) == set()
    assert found.counts == {KEPT: found.read, **dict.fromkeys(REASONS, 0)}


def test_a_position_that_never_varies_is_no_owner():
    """Every other fix comes from a cell tower 12 km away: wrong, but nobody lives there."""
    rng = np.random.default_rng(shifted(54))
    track = owner(rng, 4.0, 4.0, DAYS, True)
    found = screened({"phone": moved(track, np.arange(1, len(track[0]), 2), 4.1, 4.05)})
    assert flagged(found) == set()


def test_no_device_of_an_ordinary_synthetic_world_is_flagged():
    """The scenario's null world: 150 devices with faults of all kinds, some of them travellers by air."""
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations

    for seed in (917, 918):
        parts = list(make_observations(ScenarioSettings(devices=150, days=60, seed=shifted(seed), null=True)))
        ids = np.concatenate([part["device_id"].to_numpy() for part in parts])
        columns = [np.concatenate([part[name].to_numpy() for part in parts]) for name in (
            "timestamp", "latitude", "longitude", "horizontal_accuracy")]  # fmt: skip
        source = ListSource(ids, columns[0] * 1000, *columns[1:])
        found = screen(source, SETTINGS, load_world(), b"k")
        assert found.counts[TELEPORT] > 100
        assert len(found.two_owners) == 0


def test_a_study_says_so_in_its_notes_and_its_account_of_rows():
    rng = np.random.default_rng(shifted(55))
    plain = town(1291)
    shared = together(*(owner(rng, lat, 5.0, 90, False) for lat in (5.1, 6.0)))
    ids = np.append(plain.device_ids()[plain._device], np.full(len(shared[0]), "shared"))
    columns = (np.append(ours, theirs) for ours, theirs in zip(plain._columns, shared))
    study = Study(
        key_dates=(KEY_DATE,), library=load_library(), sites=SITES, world=WORLD,
        screening=ScreeningSettings(excluded_countries=()),
    )  # fmt: skip
    results = run(study, ListSource(ids, *columns))
    assert sum("Of 75 device ids, fewer than 5 seem to be used by two owners" in note for note in results.notes) == 1
    rows = results.tables["screening"].set_index("reason").rows
    assert rows[KEPT_TWO_OWNERS] == len(np.unique(shared[0]))
    assert rows.drop("read").sum() == rows["read"]
    assert KEPT_TWO_OWNERS not in set(run(study, town(1291)).tables["screening"].reason)
