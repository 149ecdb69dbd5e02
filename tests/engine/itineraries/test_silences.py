"""Silences: what may hide a stop, which places could be reached, and probabilities that come true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely.wkb
from seeds import shifted
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.earth import distance_km, square_middles
from sitelight.plugin.engine.itineraries import find_hidden_stops, find_silences
from sitelight.plugin.engine.itineraries.hidden_stops import HiddenStops
from sitelight.plugin.engine.itineraries.known_places import KnownPlaces
from sitelight.plugin.engine.itineraries.reach import Habits
from sitelight.plugin.engine.itineraries.silence_table import MOST_SILENCES, Ends, silence_table
from sitelight.plugin.engine.itineraries.silences import Sightings, Silences
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.study import Study, read_history
from worlds.engine_worlds import DAY_MS, HOUR_MS, MONDAY, ListSource, make_history, make_sites, make_stays
from worlds.itinerary_worlds import sites_of_scenario
from worlds.silence_worlds import silence_world, true_halts

SEED = 40_817
SITES = make_sites(("Camp", "military", 5.0, 5.0, 300.0), ("Market", "market", 5.0, 5.2, 300.0),
                   ("Depot", "military", 5.0, 9.0, 300.0))  # fmt: skip
HOME = (5.1, 5.1)


@pytest.fixture(scope="module")
def outages():
    """Return a world with outages that know nothing of what devices do: its history, pseudonyms and truth."""
    made = silence_world(shifted(SEED), 300, "outages")
    settings = ScreeningSettings(keep_device_ids=True)
    study = Study(key_dates=(), sites=sites_of_scenario(), world=load_world(), screening=settings)
    history, _, _, pseudonyms = read_history(study, made.source)
    silences = find_silences(history.visits, np.arange(len(history.visits)))
    hidden = find_hidden_stops(history, silences)
    return history, silences, hidden, true_halts(made, history, silences, pseudonyms)


def first_places(silences, hidden) -> tuple[np.ndarray, np.ndarray]:
    """Return of each silence the likeliest place (its spot, -1 none) and its probability."""
    order = np.lexsort((hidden.probability, hidden.silence))
    place, chance = np.full(len(silences), -1), np.zeros(len(silences))
    place[hidden.silence[order]] = hidden.places.spot[hidden.place[order]]
    chance[hidden.silence[order]] = hidden.probability[order]
    return place, chance


def test_probabilities_come_true_and_the_true_place_is_named_first(outages):
    _, silences, hidden, truth = outages
    place, chance = first_places(silences, hidden)
    came = (place == truth) & (truth >= 0)
    tenth = np.minimum((10 * chance).astype(int), 9)
    apart = np.bincount(tenth, weights=chance, minlength=10) - np.bincount(tenth, weights=came, minlength=10)
    # A world of 300 devices has 30 to learn from; the bench holds larger ones to 0.05.
    assert len(silences) > 5000
    assert np.abs(apart).sum() / len(silences) <= 0.08
    assert came[truth >= 0].mean() >= 0.45
    assert came[chance >= 0.5].mean() >= 0.5


def test_names_given_to_the_wrong_silences_do_not_come_true(outages):
    # What the test above measures must fail where places are told of the silences of others.
    _, silences, hidden, truth = outages
    place, _ = first_places(silences, hidden)
    mixed = place[np.random.default_rng(shifted(5)).permutation(len(place))]
    assert (mixed == truth)[truth >= 0].mean() < 0.2


def test_where_nothing_is_hidden_little_is_likely(outages):
    _, silences, hidden, truth = outages
    _, chance = first_places(silences, hidden)
    assert (chance[truth < 0] >= 0.5).mean() < 0.08
    assert (chance[truth >= 0] >= 0.5).mean() > 3 * (chance[truth < 0] >= 0.5).mean()


def test_probabilities_are_of_one_outcome_each(outages):
    _, silences, hidden, _ = outages
    total = np.bincount(hidden.silence, weights=hidden.probability, minlength=len(silences))
    assert (hidden.probability >= 0).all() and total.max() <= 1.0
    pair = hidden.silence * len(hidden.places.spot) + hidden.place
    assert len(np.unique(pair)) == len(pair)


def test_no_place_is_told_that_there_was_no_time_for(outages):
    history, silences, hidden, _ = outages
    visits, at = history.visits, hidden.silence
    hours = silences.hours[at]
    km = sum(
        distance_km(visits.stays.lat[end], visits.stays.lon[end], hidden.places.lat[hidden.place],
                    hidden.places.lon[hidden.place])
        for end in (silences.before[at], silences.after[at])
    )  # fmt: skip
    assert (km - 15.0 <= 900.0 * hours).all()  # squares of 5 km may be 4 km off at either end
    assert (km[hours < 8] - 15.0 <= 900.0 * 6.0).all()
    for end in (silences.before[at], silences.after[at]):
        assert (visits.spot[end] != hidden.places.spot[hidden.place]).all()


def test_every_place_is_a_site_or_an_airport(outages):
    history, _, hidden, _ = outages
    spots = history.visits.spots
    inside = hidden.places.spot[hidden.places.spot < len(spots)]
    assert (spots.kind[inside] == "site").all()
    assert hidden.places.spot.max() < len(spots) + len(history.world.airports.name)


class Turned(ListSource):
    """A source whose devices are numbered the other way round."""

    def chunks(self):
        """Yield the observations."""
        for one in super().chunks():
            yield replace(one, device=len(self._ids) - 1 - one.device)

    def device_ids(self) -> np.ndarray:
        """Return the ids by number."""
        return self._ids[::-1]


def test_the_order_of_devices_in_a_file_does_not_matter():
    source = silence_world(shifted(SEED), 120, "outages").source
    turned = Turned(source.device_ids()[source._device], *source._columns)
    found = []
    for one in (source, turned):
        settings = ScreeningSettings(keep_device_ids=True)
        study = Study(key_dates=(), sites=sites_of_scenario(), world=load_world(), screening=settings)
        history, _, _, pseudonyms = read_history(study, one)
        hidden = find_hidden_stops(history, find_silences(history.visits, np.arange(len(history.visits))))
        device = pseudonyms[history.visits.stays.device].astype(str)
        row = hidden.silences.before[hidden.silence]
        start_ms, spot = hidden.silences.start_ms[hidden.silence], hidden.places.spot[hidden.place]
        by = np.lexsort((spot, start_ms, device[row]))
        found.append((device[0], (device[row][by], start_ms[by], spot[by]), hidden.probability[by]))
    (first, where, chance), (last, same, other) = found
    assert first != last
    assert len(chance) > 1000
    for one, two in zip(where, same):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(chance, other, atol=1e-6)


def test_a_home_moved_inside_its_square_changes_nothing_that_speaks_for_a_place(outages):
    history, silences, hidden, _ = outages
    visits = history.visits
    cell = visits.spots.kind[visits.spot] != "site"
    lat, lon = square_middles(visits.stays.lat, visits.stays.lon)
    # A tenth of the way to the middle: the same square, other metres.
    stays = replace(
        visits.stays, lat=np.where(cell, 0.9 * visits.stays.lat + 0.1 * lat, visits.stays.lat),
        lon=np.where(cell, 0.9 * visits.stays.lon + 0.1 * lon, visits.stays.lon),
    )  # fmt: skip
    assert (np.abs(stays.lat - visits.stays.lat) > 1e-4).any()
    sightings = Sightings(stays)
    here, there = (
        Habits(replace(history, visits=replace(visits, stays=one)), hidden.places, sightings)
        for one in (visits.stays, stays)
    )
    for name in ("silence", "place", "features"):
        np.testing.assert_array_equal(*(getattr(one.reached(silences), name) for one in (here, there)))
    np.testing.assert_array_equal(here.none_features(silences), there.none_features(silences))


def test_a_gap_hides_a_stop_from_six_hours_on_and_at_one_place_from_a_day_on():
    rows = [
        (0, 0.0, 8.0, 5.0, 5.0), (0, 13.9, 14.5, *HOME), (0, 20.6, 21.0, 5.0, 5.2),  # 5.9 h, then 6.1 h
        (0, 44.9, 45.0, 5.0, 5.2), (0, 69.1, 70.0, 5.0, 5.2),  # at one place: 23.9 h, then 24.1 h
        (1, 0.0, 1.0, *HOME), (1, 9.0, 10.0, 5.0, 5.0),
    ]  # fmt: skip
    history = make_history(rows, SITES)
    found = find_silences(history.visits, np.arange(len(rows)))
    hours = (found.start_ms - MONDAY * DAY_MS) / HOUR_MS
    assert hours.tolist() == [14.5, 45.0, 1.0]
    assert found.hours.round(1).tolist() == [6.1, 24.1, 8.0]
    # Rows that do not follow each other are no silence: visits between them are known.
    assert len(find_silences(history.visits, np.array([0, 2]))) == 0


def test_a_few_devices_teach_nothing():
    rows = [(d, 30.0 * n + d, 30.0 * n + d + 2, *(HOME if n % 2 else (5.0, 5.0))) for d in range(4) for n in range(20)]
    history = make_history(sorted(rows), SITES)
    silences = find_silences(history.visits, np.arange(len(rows)))
    assert len(silences) > 50
    assert len(find_hidden_stops(history, silences).probability) == 0
    none = find_silences(history.visits, np.arange(0))
    assert len(find_hidden_stops(history, none).probability) == 0


def test_how_well_a_device_is_seen_follows_its_gaps():
    # Every hour a fix of a minute: no halt of two hours goes unseen. Every 12 h: 2 of 12 hours.
    often = [(0, float(n), n + 1 / 60, *HOME) for n in range(24 * 20)]
    seldom = [(1, 12.0 * n, 12.0 * n + 1 / 60, *HOME) for n in range(40)]
    once = [(2, 0.0, 0.1, *HOME)]
    seen = Sightings(make_stays(*often, *seldom, *once, lasting=False)).well_seen
    assert seen[0] == pytest.approx(20 / 21, abs=0.01)  # a day around all is not known
    assert seen[1] == pytest.approx((19.5 / 20.5) * 2 / 12, abs=0.02)
    assert seen[2] < 0.1


def told(chances: list[tuple[int, int, float]], silences: int = 1):
    """Return the table of hand-made silences of one device, from the camp to the depot."""
    history = make_history([(0, 0.0, 1.0, 5.0, 5.0), (0, 32.0, 33.0, 5.0, 9.0)], SITES)
    start_ms = MONDAY * DAY_MS + HOUR_MS * (1 + 100 * np.arange(silences))
    length_ms = HOUR_MS * (31 + np.arange(silences))
    row = np.zeros(silences, dtype=np.int64)
    spans = Silences(row, row + 1, start_ms, start_ms + length_ms, np.ones(silences))
    known = KnownPlaces(np.array([0, 1, 2]), SITES.lat, SITES.lon, np.array([0, 2]))
    at, place, chance = (np.array(one) for one in zip(*chances))
    names = np.array(["at Camp", "at Depot"], dtype=object)

    def ends_of(rows: np.ndarray) -> Ends:
        return Ends(names[rows], SITES.lat[[0, 2]][rows], SITES.lon[[0, 2]][rows])

    return silence_table(history, HiddenStops(spans, known, at, place, chance), np.array([7]), ends_of)


def test_a_silence_is_told_in_a_sentence_and_as_a_line_by_way_of_the_place():
    table = told([(0, 1, 0.41), (0, 2, 0.15), (0, 0, 0.04)])
    assert table["sentence"].tolist() == 2 * [
        "Silent for 31 h, last seen at Camp, next at Depot: could have been at Market (0.41) or Depot (0.15); "
        "at no known place (0.40)"
    ]
    first = table.iloc[0]
    assert (first["itinerary_id"], first["seq"], first["place_rank"]) == (7, 1, 1)
    assert (first["spot_name"], first["category"], first["probability"], first["nowhere"]) == (
        "Market", "market", 0.41, 0.4,
    )
    assert first["silent_from"] == "2023-05-01T01:00:00Z" and first["silent_hours"] == 31.0
    line = np.array(shapely.wkb.loads(first["geometry"]).coords)
    np.testing.assert_allclose(line, [(5.0, 5.0), (5.2, 5.0), (9.0, 5.0)])


def test_an_unlikely_place_is_not_told_and_of_many_silences_the_longest():
    assert len(told([(0, 1, 0.19), (0, 2, 0.19)])) == 0
    many = told([(number, 1, 0.6) for number in range(30)], silences=30)
    assert len(many) == MOST_SILENCES
    assert many["silent_hours"].tolist() == [float(hours) for hours in range(51, 61)]
    assert many["seq"].tolist() == list(range(1, 11))
    assert many["sentence"].iloc[-1].startswith("Silent for 60 h")
