"""Learning: profiles, marks, matched background, weights and skill, against hand counts and a direct calculation."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import at_most, shifted
from shapely.geometry import box
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.base import Progress, StudyError
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.facets import find_facets
from sitelight.plugin.engine.signatures.examples import NOBODY, Examples, Matched, match_examples
from sitelight.plugin.engine.signatures.learn import _weights, learn_signature
from sitelight.plugin.engine.signatures.marks import Mark, find_examples
from sitelight.plugin.engine.signatures.profiles import facets_of, find_profiles
from sitelight.plugin.engine.signatures.skill import _Bench, find_skill
from worlds.engine_worlds import MONDAY, make_history, make_panel, make_sites

LIBRARY = load_library()
SITES = make_sites(("Fort", "military", 1.0, 1.0, 100.0), ("Inn", "hotel", 1.0, 1.1, 100.0))
GRID = Grid(5, 5, 1000.0)
DAY = MONDAY + 14


def day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def titled(profiles, axis: str) -> dict[str, list[bool]]:
    entries = getattr(LIBRARY, axis)
    return {entry.id: profiles.has(axis, index).tolist() for index, entry in enumerate(entries)}


def test_a_device_shows_whatever_one_of_its_visits_shows():
    """Device 0 is at the inn one night and one noon, devices 1 and 2 only at noon; device 3 is alone at the fort."""
    rows = [(0, 23.0, 28.0, 1.0, 1.1), (0, 34.0, 36.0, 1.0, 1.1), (1, 34.0, 36.0, 1.0, 1.1), (2, 34.0, 36.0, 1.0, 1.1),
            (3, 34.0, 36.0, 1.0, 1.0)]  # fmt: skip
    history = make_history(rows, SITES)
    visits = np.arange(5)
    facets = find_facets(history, visits, LIBRARY, MONDAY)
    profiles = find_profiles(history, facets, visits, np.zeros(5, np.int64), min_devices=3)
    assert (profiles.spot.tolist(), profiles.devices.tolist()) == ([1], [3])
    when = titled(profiles, "when")
    assert when["night"] == [True, False, False] and when["working_hours"] == [True, True, True]
    assert titled(profiles, "what")["meeting_length"] == [True, True, True]
    names = [f"{axis}.{entry.id}" for axis, _index, entry in facets_of(LIBRARY)]
    counts = dict(zip(names, profiles.counts(LIBRARY)[0].tolist()))
    assert counts["when.night"] == 1 and counts["when.working_hours"] == 3 and counts["what.in_convoy"] == 0
    assert "who.anyone" not in names and "when.any_hour" not in names


def test_marks_mean_spots_by_id_name_position_and_outline():
    rows = [(0, 1.0, 2.0, 1.0, 1.1), (0, 5.0, 6.0, 1.5, 1.5), (0, 9.0, 10.0, 1.0, 1.0)]
    history = make_history(rows, SITES)
    cell = int(history.visits.spot[1])
    days = day(DAY), day(DAY + 6)
    later = day(DAY + 7), day(DAY + 13)
    marks = [
        Mark(*days, spot="Inn"), Mark(*days, lat=1.5, lon=1.5), Mark(*days, lat=7.0, lon=7.0),
        Mark(*days, polygon=box(0.9, 0.9, 1.2, 1.2), lat=1.0, lon=1.0), Mark(*later, spot="Inn"),
    ]  # fmt: skip
    found = find_examples(history, SITES, GRID, marks)
    assert found.spot.tolist() == [1, cell, -1, 0, 1, 1]
    # The inn is marked alone, inside the outline and in a later window: all of that is one place.
    assert found.place.tolist() == [0, 1, 2, 0, 0, 0]
    assert found.first_day.tolist() == [DAY] * 5 + [DAY + 7] and found.last_day[-1] == DAY + 13


@pytest.mark.parametrize("mark, text", [
    (Mark(day(9), day(8), spot="Inn"), "ends on 1970-01-09, before it starts on 1970-01-10"),
    (Mark(day(8), day(9), spot="Tavern"), "means no known place and has no position"),
])  # fmt: skip
def test_a_mark_that_means_nothing_is_refused(mark, text):
    history = make_history([(0, 1.0, 2.0, 1.0, 1.1)], SITES)
    with pytest.raises(StudyError, match=text):
        find_examples(history, SITES, GRID, [mark])


def panel(spots: int = 24, per_spot: int = 5, night_spots: tuple[int, ...] = ()):
    """Return a history in which `per_spot` devices come to each spot at noon in the third week, to some at night."""
    spot = np.repeat(np.arange(spots), per_spot)
    hour = 14 * 24 + np.where(np.isin(spot, night_spots), 2.0, 12.0) + np.arange(len(spot)) % per_spot * 0.1
    return make_panel(spot, np.arange(len(spot)), hour, spots)


def examples(*spots: int) -> Examples:
    return Examples(np.arange(len(spots)), np.array(spots), np.full(len(spots), DAY), np.full(len(spots), DAY + 6))


def test_background_is_other_places_in_the_same_windows_nearest_in_number_of_devices():
    """60 spots have 4 devices and 60 have 9: examples of 9 devices are compared with spots of 9, and never with
    each other; spots that came a week earlier are not there."""
    size = np.repeat([4, 9], 60)
    spot = np.repeat(np.arange(120), size)
    hour = 14 * 24 + 12.0 + np.arange(len(spot)) * 0.001
    early = np.repeat(np.arange(120, 130), 9), 12.0 + np.arange(90) * 0.001
    history = make_panel(
        np.concatenate((spot, early[0])), np.arange(len(spot) + 90), np.concatenate((hour, early[1])), 130
    )
    matched = match_examples(history, LIBRARY, examples(60, 61, 62), 3, Progress())
    spots = matched.spot[:, 1:]
    assert matched.spot[:, 0].tolist() == [-1, -2, -3]
    assert (spots[spots != NOBODY] >= 63).all() and (spots[spots != NOBODY] < 120).all()
    assert matched.devices.tolist() == [27, 9 * len(np.unique(spots[spots != NOBODY]))]
    assert matched.windows[0] == 3


@pytest.mark.parametrize("history, marked, text", [
    (panel(), examples(), "No example place is given"),
    (panel(), examples(0, 1), "2 of 2 example places had 3 devices or more .* 3 are needed"),
    (panel(per_spot=2), examples(0, 1, 2), "0 of 3 example places"),
    (panel(per_spot=3), examples(0, 1, 2), "9 devices, and 10 are needed"),
    (panel(spots=12), examples(0, 1, 2), "Only 9 other places"),
    (panel(), Examples(np.arange(3), np.full(3, -1), np.full(3, DAY), np.full(3, DAY)), "0 of 3 example places"),
    (panel(), Examples(np.arange(3), np.arange(3), np.full(3, DAY - 7), np.full(3, DAY - 1)), "0 of 3 example places"),
])  # fmt: skip
def test_too_few_examples_or_others_are_refused_with_the_reason(history, marked, text):
    with pytest.raises(StudyError, match=text):
        learn_signature("Test", history, LIBRARY, marked)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_signature_needs_a_name(name):
    with pytest.raises(StudyError, match="name"):
        learn_signature(name, panel(), LIBRARY, examples(0, 1, 2))


def test_what_the_examples_share_gets_the_weight():
    night = (0, 1, 2, 3)
    signature = learn_signature("  Night   watch ", panel(night_spots=night), LIBRARY, examples(*night))
    assert signature.name == "Night watch"
    assert (signature.examples.places, signature.examples.windows, signature.examples.devices) == (4, 4, 20)
    assert (signature.background.places, signature.background.devices) == (20, 100)
    by_id = {weight.id: weight for weight in signature.weights}
    assert {weight.id for weight in signature.strongest[:2]} == {"night", "working_hours"}
    assert (by_id["night"].example_devices, by_id["night"].background_devices) == (20, None)
    # By hand: 4 examples, each beside the 20 others; both sides are drawn to 4.5 / 85 by the weight of one place.
    common = 4.5 / 85
    assert by_id["night"].example_share == pytest.approx((4 + common) / 5)
    assert by_id["night"].background_share == pytest.approx(common / 81)
    assert by_id["night"].present == pytest.approx(np.log((4 + common) / 5 / (common / 81)))
    assert by_id["night"].absent == pytest.approx(np.log((1 - common) / 5 / ((81 - common) / 81)))
    # All come once for an hour: the first visit tells nothing.
    assert by_id["first_time"].present == pytest.approx(0.0, abs=0.02)
    assert signature.skill.auc == 1.0 and signature.skill.ap == 1.0 and signature.skill.has_skill
    assert signature.marked[0].spot_name == "s0" and signature.marked[0].first_day == day(DAY)


def test_examples_like_everywhere_else_have_no_skill():
    signature = learn_signature("Nothing", panel(), LIBRARY, examples(3, 9, 14, 20))
    assert not signature.skill.has_skill
    assert signature.skill.sentence.startswith("No skill: ")


def random_matched(rng: np.random.Generator, places: int, others: int, facets: int, lift: float = 0.0) -> Matched:
    """Return matched places whose shares are drawn alike; an ordinary spot may stand in several rows."""
    share = rng.beta(1.0, 3.0, (places, others + 1, facets))
    share[:, 0, 0] = np.clip(share[:, 0, 0] + lift, 0, 1)
    spot = np.stack([np.append(-1 - row, rng.choice(3 * others, others, replace=False)) for row in range(places)])
    none = np.zeros((2, facets), np.int64)
    return Matched(share, spot, none, none[:, 0], none[:, 0])


def direct_skill(matched: Matched, chosen: np.ndarray) -> tuple[float, float]:
    """Leave each place out in turn, one score at a time, straight from the definition."""
    spots = [[int(value) for value in row] for row in matched.spot]
    picked = {spots[row][column] for row, column in enumerate(chosen)}

    def score(row: int, column: int) -> float:
        own = spots[row][column]
        learned = [matched.share[q, chosen[q]] for q in range(len(spots)) if q != row]
        others = [
            matched.share[q, b] for q in range(len(spots)) for b in range(len(spots[q]))
            if spots[q][b] not in picked and spots[q][b] != own
        ]  # fmt: skip
        total = 0.0
        for facet in range(matched.share.shape[2]):
            here, there = sum(one[facet] for one in learned), sum(one[facet] for one in others)
            common = (here + there + 0.5) / (len(learned) + len(others) + 1)
            p = (here + common) / (len(learned) + 1)
            q = (there + common) / (len(others) + 1)
            value = matched.share[row, column, facet]
            total += value * np.log(p / q) + (1 - value) * np.log((1 - p) / (1 - q))
        return total

    auc, ap = [], []
    for row in range(len(spots)):
        rivals = [score(row, b) for b in range(len(spots[row])) if spots[row][b] not in picked]
        mine = score(row, int(chosen[row]))
        auc.append(np.mean([(mine > rival) + 0.5 * (mine == rival) for rival in rivals]))
        ap.append(1 / (1 + sum((rival > mine) + 0.5 * (mine == rival) for rival in rivals)))
    return float(np.mean(auc)), float(np.mean(ap))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 5), st.integers(4, 8))
def test_left_out_figures_equal_those_of_a_direct_calculation(seed, places, others):
    rng = np.random.default_rng(seed)
    matched = random_matched(rng, places, others, facets=3)
    for chosen in (np.zeros(places, np.int64), rng.integers(0, others + 1, places)):
        assert _Bench(matched).left_out(chosen) == pytest.approx(direct_skill(matched, chosen))


def test_places_that_are_missing_do_not_count():
    matched = random_matched(np.random.default_rng(shifted(5)), 3, 8, facets=3)
    spot, share = matched.spot.copy(), matched.share.copy()
    spot[1, 6:], share[1, 6:] = NOBODY, 0.7
    holed = Matched(share, spot, matched.counts, matched.devices, matched.windows)
    share = share.copy()
    share[1, 6:] = 0.1
    other = Matched(share, spot, matched.counts, matched.devices, matched.windows)
    assert find_skill(holed, Progress()) == find_skill(other, Progress())


@pytest.mark.slow
def test_random_places_have_skill_as_rarely_as_the_level_says(monkeypatch):
    """A test by permutations holds its level with any number of them: of 99, five make a p-value of 0.05."""
    monkeypatch.setattr("sitelight.plugin.engine.signatures.skill.PERMUTATIONS", 99)
    rng = np.random.default_rng(shifted(20260801))
    skills = [find_skill(random_matched(rng, 4, 25, facets=4), Progress()) for _ in range(120)]
    assert at_most(sum(skill.has_skill for skill in skills), len(skills), 0.05)
    auc = np.array([skill.auc for skill in skills])
    assert abs(auc.mean() - 0.5) < 5.0 * auc.std() / np.sqrt(len(auc))
    strong = [find_skill(random_matched(rng, 4, 25, facets=4, lift=0.9), Progress()) for _ in range(5)]
    assert all(skill.has_skill for skill in strong)


def test_weights_are_finite_whatever_was_never_seen():
    """A facet that no device or every device shows tells nothing, and nothing becomes infinite."""
    count = sum(1 for _ in facets_of(LIBRARY))
    share = np.zeros((3, 16, count))
    share[:, :, 1] = 1.0
    spot = np.tile(np.arange(-1, 15), (3, 1))
    spot[:, 0] = [-1, -2, -3]
    matched = Matched(share, spot, np.zeros((2, count), np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64))
    weights = _weights(matched, LIBRARY)
    assert np.isfinite([value for weight in weights for value in (weight.present, weight.absent)]).all()
    assert max(abs(weight.strength) for weight in weights) < 0.05
