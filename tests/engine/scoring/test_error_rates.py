"""Error rates on small worlds of visits with known truth, by seeds that nothing was tuned on.

`make bench scoring` measures the same on large worlds; the bounds here leave room for chance.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from bench.scoring_engine import study_world
from bench.scoring_plants import PLANT_KINDS
from bench.scoring_worlds import FIRST_DAY, WORLD_KINDS, make_world
from seeds import at_least, at_most, by_chance, shifted
from sitelight.plugin.engine.counting import make_windows
from sitelight.plugin.engine.scoring.exposure import settle

SPOTS, PLANTED_SHARE = 900, 0.03
PLANTED = (("overdispersed", 8811), ("growing panel", 8812), ("vendor drops out", 8813))
NULL = (("overdispersed", 8821), ("growing panel", 8822), ("all of these", 8823), ("events anywhere", 8824))
SMALL_SPOTS, SMALL_SEEDS = 100, tuple(range(88_301, 88_331))


def found_spots(studied) -> np.ndarray:
    """Return where any test has q <= 0.05, bool (key dates, spots of the engine)."""
    scores = studied.scores
    found = np.zeros(scores.spot_q.shape, bool)
    sure = scores.q_value <= 0.05
    found[np.searchsorted(scores.key_windows, scores.window[sure]), scores.spot[sure]] = True
    return found


@pytest.fixture(scope="module")
def planted():
    worlds = []
    for kind, seed in PLANTED:
        world = make_world(shifted(seed), WORLD_KINDS[kind], SPOTS, PLANTED_SHARE)
        studied = study_world(world)
        found, true = found_spots(studied), np.zeros(studied.scores.spot_q.shape, bool)
        spot = studied.own[world.plants.spot]
        true[world.plants.date, spot] = True
        hit = found[world.plants.date, spot]
        worlds.append((world.plants, hit, int(found.sum()), int((found & ~true).sum()), studied))
    return worlds


@pytest.mark.slow
def test_false_findings_among_planted_ones_stay_few(planted):
    findings, false = (sum(world[column] for world in planted) for column in (2, 3))
    assert findings >= 15
    assert at_most(false, findings, 0.07)


@pytest.mark.slow
@pytest.mark.parametrize(("jump", "power"), [("x3", 0.2), ("x5", 0.6), ("x10", 0.8)])
def test_jumps_are_found(planted, jump, power):
    mine = [hit[plants.kind == PLANT_KINDS.index(jump)] for plants, hit, *_ in planted]
    hits, number = sum(int(hit.sum()) for hit in mine), sum(len(hit) for hit in mine)
    assert number >= 20
    assert at_least(hits, number, power)


@pytest.mark.slow
def test_every_finding_lies_at_a_selected_spot_and_small_q_needs_small_p(planted):
    for *_, studied in planted:
        scores = studied.scores
        at = np.searchsorted(scores.key_windows, scores.window)
        assert (scores.q_value >= scores.spot_q[at, scores.spot]).all()
        assert (scores.q_value >= scores.p_value * (1 - 1e-12)).all()


@pytest.mark.slow
def test_worlds_with_nothing_planted_seldom_have_findings_and_p_values_hold_their_level():
    found, p_values = 0, []
    for kind, seed in NULL:
        studied = study_world(make_world(shifted(seed), WORLD_KINDS[kind], SPOTS, 0.0))
        found += int(found_spots(studied).sum())
        p_values.append(studied.scores.spot_p[:, studied.presence.busy_spots(3)].ravel())
    assert by_chance(found, 0.07, len(NULL))
    p = np.concatenate(p_values)
    for level in (0.05, 0.01, 0.001):
        # Spots share devices and weeks: counts vary about twice as much, as those of a quarter of the spots would.
        assert at_most(int((p <= level).sum()) // 4, len(p) // 4, level), level


@pytest.mark.slow
def test_small_studies_with_nothing_planted_seldom_have_findings():
    kind = WORLD_KINDS["small study"]
    worlds = (make_world(shifted(seed), kind, SMALL_SPOTS, 0.0) for seed in SMALL_SEEDS)
    any_found = sum(found_spots(study_world(world)).any() for world in worlds)
    assert at_most(any_found, len(SMALL_SEEDS), 0.07)


def test_a_crowd_at_one_spot_is_no_growth_of_a_small_panel():
    windows = make_windows((date(2023, 7, 26),), 2, 4, FIRST_DAY, FIRST_DAY + 150, 30)
    crowd = int(windows.key_window[0])
    devices = np.full((10, len(windows)), 6)
    devices[0, crowd] = 66  # besides the nine other spots' 54, so that twice as many are active as ever
    exposure = np.ones((10, len(windows)))
    exposure[:, crowd] = 2.0
    assert settled(exposure, devices, windows) == pytest.approx(np.ones(exposure.shape))
    devices[:, crowd] = 12
    assert settled(exposure, devices, windows) == pytest.approx(exposure)  # all of them grew
    many = 20 * devices
    many[0, crowd] = 1320
    assert (settled(exposure, many, windows) == exposure).all()  # a panel that no crowd makes up is left alone
    assert (settled(exposure[:7], devices[:7], windows) == exposure[:7]).all()  # as are too few spots for a median


def settled(exposure, devices, windows):
    return settle(exposure, devices.astype(np.int32), windows)
