"""Air against surface on synthetic worlds: with fixes in the air, without, with silence, and where nothing flies."""

from __future__ import annotations

import numpy as np
import pytest
from countries_world import world_of_qgis
from leg_worlds import Map, make_journeys, score

SEED = 4711  # other than those that the weights were looked at with
JOURNEYS = 240


@pytest.fixture(scope="module")
def ground() -> Map:
    world_of_qgis()  # skips where QGIS has no map
    return Map()


@pytest.mark.parametrize("silence_h", [0.0, 8.0, 48.0])
@pytest.mark.parametrize("seen_in_the_air", [False, True])
def test_recall_and_precision_of_air(ground, silence_h, seen_in_the_air):
    rng = np.random.default_rng(SEED + int(silence_h))
    journeys = make_journeys(rng, ground, ["air", "road"] * (JOURNEYS // 2), silence_h, seen_in_the_air)
    found = score(journeys, ground.world)
    print(f"silence {silence_h} h, seen in the air {seen_in_the_air}: {found}")
    assert found["recall"] >= 0.97
    assert found["precision"] >= 0.97


@pytest.mark.parametrize("kind", ["road", "train", "ferry"])
def test_where_nothing_flies_nothing_is_said_to(ground, kind):
    journeys = make_journeys(np.random.default_rng(SEED + 1), ground, [kind] * 120, 0.0, False)
    found = score(journeys, ground.world)
    print(found)
    assert found[f"air among {kind}"] <= 0.03
