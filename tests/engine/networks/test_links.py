"""The link network of places: counted by hand and by loops, chance against simulation, planted links, bad input."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from seeds import at_most, shifted
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.networks.links import (
    COMMON,
    FLOWS,
    NetworkSettings,
    link_places,
    path_between,
    shown_links,
)
from sitelight.plugin.engine.stats import attendance, expected_common
from sitelight.plugin.engine.tables import shown_counts
from sitelight.plugin.engine.visits import Visits, attribute_visits
from worlds.engine_worlds import DAY_MS, HOUR_MS, MONDAY, make_sites, make_stays, square_world

NAMES = "ABCDEF"
SITES = make_sites(*((name, "port" if name < "C" else "market", 5.0, 3.0 + 0.1 * n, 200.0)
                     for n, name in enumerate(NAMES)))  # fmt: skip


def visits_of(*rows: tuple[int, float, float, str], sites=SITES) -> Visits:
    """Return visits of (device, start hour, end hour, name of a site; "-" is a cell)."""
    where = {name: (5.0, 3.0 + 0.1 * n) for n, name in enumerate(NAMES)} | {"-": (6.0, 3.0)}
    stays = make_stays(*((device, start, end, *where[name]) for device, start, end, name in rows))
    return attribute_visits(stays, sites, Grid(5, 5, 1000.0), square_world())


VISITS = visits_of(
    (0, 0, 1, "A"), (0, 2, 3, "B"), (0, 40, 41, "C"), (0, 42, 43, "A"), (0, 44, 45, "B"),
    (1, 0, 1, "A"), (1, 1.5, 1.8, "-"), (1, 2, 3, "B"),
    (2, 0, 1, "B"), (2, 5, 6, "A"),
    (3, 0, 1, "C"), (3, 2, 3, "-"),
)  # fmt: skip


def links_of(network) -> dict[str, int]:
    names = network.places["spot_name"].to_numpy()
    return {names[a] + names[b]: devices for a, b, devices in network.links[["a", "b", "devices"]].to_numpy()}


def test_common_devices_counted_by_hand():
    network = link_places(VISITS, NetworkSettings(min_devices=1))
    assert links_of(network) == {"AB": 3, "AC": 1, "BC": 1}
    assert network.links["devices"].tolist() == [3, 1, 1]
    places = network.places.set_index("spot_name")
    assert places["visitors"].to_dict() == {"A": 3, "B": 3, "C": 2}
    assert places["degree"].to_dict() == {"A": 2, "B": 2, "C": 2}
    assert links_of(link_places(VISITS)) == {"AB": 3}


def test_flows_counted_by_hand():
    network = link_places(VISITS, NetworkSettings(FLOWS, min_devices=1))
    assert links_of(network) == {"AB": 2, "BA": 1, "CA": 1}
    links = network.links.set_index(network.places["spot_name"].to_numpy()[network.links["a"]])
    assert links.loc["A", "trips"] == 3
    assert links.loc["A", "median_hours"] == 1.0
    assert links.loc["B", "median_hours"] == 4.0
    assert links_of(link_places(VISITS, NetworkSettings(FLOWS, min_devices=1, max_hours=48.0)))["BC"] == 1
    assert links_of(link_places(VISITS, NetworkSettings(FLOWS, min_devices=1, max_hours=1.0))) == {"AB": 2, "CA": 1}
    places = network.places.set_index("spot_name")
    assert places["in_degree"].to_dict() == {"A": 2, "B": 1, "C": 0}


def test_cells_are_places_when_enough_came():
    few = NetworkSettings(min_devices=1, with_cells=True)
    assert set(link_places(VISITS, few).places["spot_kind"]) == {"site"}
    network = link_places(VISITS, NetworkSettings(min_devices=1, with_cells=True, min_visitors=2))
    assert network.places["spot_kind"].tolist() == ["site"] * 3 + ["cell"]
    assert network.places["visitors"].tolist()[-1] == 2


def test_a_window_and_categories_limit_what_counts():
    start = MONDAY * DAY_MS
    network = link_places(VISITS, NetworkSettings(min_devices=1), (start + 40 * HOUR_MS, start + 46 * HOUR_MS))
    assert network.places["visitors"].tolist() == [1, 1, 1]
    network = link_places(VISITS, NetworkSettings(min_devices=1, categories=("port",)))
    assert links_of(network) == {"AB": 3}


def test_the_busiest_places_are_kept_and_the_rest_is_counted():
    network = link_places(VISITS, NetworkSettings(min_devices=1, max_places=2))
    assert network.places["spot_name"].tolist() == ["A", "B"]
    assert "3 places were visited" in network.notes[0]


START = MONDAY * DAY_MS
BAD = [
    ({}, (START - 9 * DAY_MS, START - 8 * DAY_MS), "no visits in this window"),
    ({"categories": ("embassy",)}, None, "No site has the category “embassy”. The sites have: market, port"),
    ({}, (START + 40 * HOUR_MS, START + 41 * HOUR_MS), "Fewer than two places"),
    ({"kind": "friends"}, None, "unknown"),
    ({"categories": ("port",)}, (START + 40 * HOUR_MS, START + 41 * HOUR_MS), "Nobody was seen at any of these"),
]


@pytest.mark.parametrize("change, window, words", BAD)
def test_what_makes_no_network_gets_a_sentence(change, window, words):
    with pytest.raises(StudyError, match=words):
        link_places(VISITS, NetworkSettings(**change), window)


def test_without_sites_a_network_needs_cells():
    nowhere = visits_of((0, 0, 1, "-"), (1, 0, 1, "-"), sites=SITES.take(np.empty(0, int)))
    with pytest.raises(StudyError, match="Give SITES, or count cells"):
        link_places(nowhere)


def test_paths_are_named_by_their_places():
    rows = [(device, 10 * place, 10 * place + 1, NAMES[place]) for device in range(4) for place in (device, device + 1)]
    network = link_places(visits_of(*rows), NetworkSettings(min_devices=1))
    assert [NAMES[place] for place in path_between(network, "A", "E")] == list("ABCDE")
    with pytest.raises(StudyError, match="no place “Paris”"):
        path_between(network, "A", "Paris")


def test_what_is_shown_hides_small_counts_and_what_would_tell_them():
    rows = [(device, hour, hour + 1, name) for device in range(7) for hour, name in ((0, "A"), (2, "B"))]
    rows += [(device, 5, 6, "C") for device in range(3)]
    network = link_places(visits_of(*sorted(rows)), NetworkSettings(min_devices=1))
    shown = shown_links(network.links)
    assert shown["devices"].tolist() == ["7", "<5", "<5"]
    assert shown[["lift", "p_value", "q_value"]].isna().any(axis=1).tolist() == [False, True, True]
    flows = shown_links(link_places(visits_of(*sorted(rows)), NetworkSettings(FLOWS, min_devices=1)).links)
    assert flows[["devices", "trips"]].to_numpy().tolist() == [["7", "7"], ["<5", "<5"]]
    assert shown_counts(network.places["visitors"]).tolist() == ["7", "7", "<5"]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_both_kinds_agree_with_plain_loops(seed):
    rng = np.random.default_rng(seed)
    rows = []
    for device in range(int(rng.integers(2, 15))):
        hours = np.cumsum(rng.uniform(0.1, 20.0, int(rng.integers(1, 12))))
        rows += [(device, hour, hour + 0.05, str(rng.choice(list(NAMES + "-")))) for hour in hours]
    visits = visits_of(*rows)
    seen, moves = {}, {}
    for device in {row[0] for row in rows}:
        mine = [row for row in rows if row[0] == device and row[3] != "-"]
        for a, b in combinations(sorted({row[3] for row in mine}), 2):
            seen.setdefault(a + b, set()).add(device)
        for before, after in zip(mine, mine[1:]):
            if before[3] != after[3] and after[1] - before[2] <= 24.0:
                moves.setdefault(before[3] + after[3], []).append(device)
    if len({row[3] for row in rows} - {"-"}) < 2:
        return
    assert links_of(link_places(visits, NetworkSettings(min_devices=1))) == {key: len(who) for key, who in seen.items()}
    flows = link_places(visits, NetworkSettings(FLOWS, min_devices=1))
    assert links_of(flows) == {key: len(set(who)) for key, who in moves.items()}
    assert flows.links["trips"].sum() == sum(len(who) for who in moves.values())


def test_attendance_keeps_both_degrees():
    rng = np.random.default_rng(shifted(8))
    device, place = np.unique(rng.integers(0, (300, 20), (1500, 2)), axis=0).T
    degrees = np.unique(device, return_counts=True)[1]
    share, degree, members = attendance(degrees, np.bincount(place, minlength=20))
    assert degree.tolist() == np.unique(degrees).tolist()
    np.testing.assert_allclose(share.sum(axis=1), degree, rtol=1e-5)
    np.testing.assert_allclose((share * members[:, None]).sum(axis=0), np.bincount(place, minlength=20), rtol=1e-4)
    assert (share >= 0).all() and (share <= 1).all()


def test_attendance_of_a_small_world_solved_by_hand():
    """Two devices with one place each, one with two; three places with 2, 1 and 1 devices: one unknown is enough.

    By symmetry there are factors x1, x2 of devices and y1, y2 of places, of which one may be chosen freely.
    """
    share, _degree, members = attendance(np.array([1, 1, 2]), np.array([2, 1, 1]))

    def gap(x2: float) -> float:
        x1 = 1.0
        y1 = brentq(lambda y: 2 * x1 * y / (1 + x1 * y) + x2 * y / (1 + x2 * y) - 2, 1e-9, 1e9)
        y2 = brentq(lambda y: 2 * x1 * y / (1 + x1 * y) + x2 * y / (1 + x2 * y) - 1, 1e-9, 1e9)
        return x1 * y1 / (1 + x1 * y1) + 2 * x1 * y2 / (1 + x1 * y2) - 1

    x2 = brentq(gap, 1e-3, 1e3)
    y1 = brentq(lambda y: 2 * y / (1 + y) + x2 * y / (1 + x2 * y) - 2, 1e-9, 1e9)
    assert members.tolist() == [2, 1]
    assert share[0, 0] == pytest.approx(y1 / (1 + y1), abs=1e-4)
    assert share[1, 0] == pytest.approx(x2 * y1 / (1 + x2 * y1), abs=1e-4)


def shuffled(rng: np.random.Generator, device: np.ndarray, place: np.ndarray, swaps: int) -> np.ndarray:
    """Return the places after random swaps that keep all degrees (Gotelli 2000); pairs stay distinct."""
    place = place.copy()
    pairs = set(zip(device.tolist(), place.tolist()))
    for one, two in rng.integers(0, len(device), (swaps, 2)):
        a, b = (int(device[one]), int(place[two])), (int(device[two]), int(place[one]))
        if a not in pairs and b not in pairs:
            pairs -= {(int(device[one]), int(place[one])), (int(device[two]), int(place[two]))}
            pairs |= {a, b}
            place[one], place[two] = place[two], place[one]
    return place


def test_what_chance_gives_is_what_swapping_gives():
    """An independent null that keeps every degree exactly; busy devices and busy places make it far from n m / N."""
    rng = np.random.default_rng(shifted(31))
    weight = rng.pareto(1.5, 12) + 0.3
    device, place = [], []
    for who in range(250):
        count = min(12, 1 + int(rng.geometric(0.35)))
        place += rng.choice(12, count, replace=False, p=weight / weight.sum()).tolist()
        device += [who] * count
    device, place = np.array(device), np.array(place)
    expected = expected_common(device, place, 12, np.zeros(250, int))
    draws, now, upper = [], place, np.triu_indices(12, 1)
    for _ in range(60):
        now = shuffled(rng, device, now, 3000)
        at = np.zeros((250, 12))
        at[device, now] = 1
        draws.append((at.T @ at)[upper])
    simulated, error = np.mean(draws, axis=0), np.std(draws, axis=0) / np.sqrt(len(draws))
    many = simulated >= 5
    assert many.sum() > 20
    # Degrees that hold on average are not quite those that hold exactly; and what is simulated has an error.
    assert (np.abs(expected[upper] - simulated)[many] <= (0.05 * simulated + 5.0 * error)[many]).all()
    assert expected[upper].sum() == pytest.approx(simulated.sum(), rel=0.03)


def test_populations_do_not_mix_by_chance():
    """Two populations with places of their own: together they would seem to link what each only has for itself."""
    device = np.repeat(np.arange(40), 2)
    place = np.concatenate([[0, 1] * 20, [2, 3] * 20])
    apart = expected_common(device, place, 4, np.repeat([0, 1], 20))
    mixed = expected_common(device, place, 4, np.zeros(40, int))
    assert apart[0, 1] == pytest.approx(20, rel=0.01)
    assert apart[0, 2] == 0.0
    assert mixed[0, 2] > 5 > 0 < mixed[0, 1] < 10


def random_visits(rng: np.random.Generator, planted: int) -> Visits:
    """Return visits of 600 devices at six sites; `planted` more devices go to A and F only."""
    rows = []
    for device in range(600):
        count = min(6, int(rng.geometric(0.5)))
        names = rng.choice(list(NAMES), count, replace=False, p=[0.1, 0.3, 0.2, 0.2, 0.1, 0.1])
        rows += [(device, 10 * hour, 10 * hour + 1, str(name)) for hour, name in enumerate(names)]
    rows += [(600 + device, hour, hour + 1, name) for device in range(planted) for hour, name in ((0, "A"), (5, "F"))]
    return visits_of(*rows)


def test_chance_alone_is_rarely_found_and_a_planted_link_is():
    found = []
    for seed in range(40):
        visits = random_visits(np.random.default_rng(shifted(500 + seed)), 0)
        links = link_places(visits, NetworkSettings(COMMON, 1)).links
        found += (links["p_value"] < 0.05).tolist()
    assert at_most(sum(found), len(found), 0.05)
    network = link_places(random_visits(np.random.default_rng(shifted(999)), 90))
    names = network.places["spot_name"].to_numpy()
    strongest = network.links.sort_values("p_value").iloc[0]
    assert {names[int(strongest["a"])], names[int(strongest["b"])]} == {"A", "F"}
    assert strongest["lift"] > 1.2 and strongest["q_value"] < 0.01
