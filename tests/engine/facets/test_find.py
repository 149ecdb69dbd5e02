from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.facets.find import find_facets
from sitelight.plugin.engine.facets.what import TOGETHER_MINUTES, what_atoms
from worlds.engine_worlds import MONDAY, make_history, make_sites

CATEGORIES = ("place", "military", "airport", "hotel", "market", "government", "place", "place")
SITES = make_sites(*(
    (f"s{number}", category, 1.0 + 0.02 * number, 1.0 + 2.5 * (number % 3), 200.0)
    for number, category in enumerate(CATEGORIES)
))  # fmt: skip


def random_history(seed: int):
    """Return the history of groups that go about together between places in one and the next country."""
    rng = np.random.default_rng(shifted(seed))
    rows, device = [], 0
    for size in rng.integers(1, 9, 8):
        moves = int(rng.integers(5, 40))
        gap_h = rng.choice([3.0, 9.0, 20.0], moves)
        place, begin = rng.integers(0, len(CATEGORIES), moves), np.cumsum(gap_h)
        for _ in range(size):
            late_h = rng.uniform(0.0, 0.8)
            for spot, start in zip(place, begin):
                lat, lon = float(SITES.lat[spot]), float(SITES.lon[spot])
                if rng.random() < 0.9:
                    rows.append((device, start + late_h, start + late_h + rng.uniform(0.3, 2.0), lat, lon))
            device += 1
    return make_history(sorted(rows), SITES, linked=("military", "government"))


def company_by_hand(history, visit: int) -> int:
    """Return the most devices that arrive with `visit` in the hour or half-shifted hour of its arrival."""
    visits, legs = history.visits, history.legs

    def route(other: int) -> tuple[int, int]:
        return int(visits.spot[other]), int(visits.spot[legs.from_stay[history.incoming[other]]])

    most = 1
    arrivals = [other for other in range(len(visits)) if history.incoming[other] >= 0]
    if visit not in arrivals:
        return most
    for shift in (0, TOGETHER_MINUTES // 2):
        slot = [(int(history.start_ms[one]) // 60_000 + shift) // TOGETHER_MINUTES for one in range(len(visits))]
        same = [one for one in arrivals if slot[one] == slot[visit] and route(one) == route(visit)]
        most = max(most, len({int(visits.stays.device[one]) for one in same}))
    return most


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000))
def test_company_agrees_with_counting_by_hand(seed):
    history = random_history(seed)
    rows = np.random.default_rng(seed).choice(len(history.visits), 30)
    atoms = what_atoms(history, rows)
    size = np.array([company_by_hand(history, int(row)) for row in rows])
    np.testing.assert_array_equal(atoms["company"], (size >= 2) & (size <= 5))
    np.testing.assert_array_equal(atoms["group"], size >= 6)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.integers(1, 50))
def test_blocks_do_not_change_the_facets(seed, block):
    history, library = random_history(seed), load_library()
    rows = np.flatnonzero(np.random.default_rng(seed).random(len(history.visits)) < 0.7)
    whole = find_facets(history, rows, library, MONDAY + 5)
    assert len(np.unique(whole.who)) > 3 and len(np.unique(whole.what)) > 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sitelight.plugin.engine.facets.find.BLOCK_ROWS", block)
        parts = find_facets(history, rows, library, MONDAY + 5)
    for name in ("rows", "who", "when", "what"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
