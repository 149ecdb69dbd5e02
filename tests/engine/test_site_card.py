from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely.geometry
import shapely.wkb
from pyproj import Geod
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import wkb
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.site_card import area_card, shown_card, site_card
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import HOTEL, KEY_DATE, SITES, TEAM, town
from worlds.engine_worlds import square_world

WGS84 = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def results():
    study = Study(
        (KEY_DATE,), load_library(), SITES, square_world(), purpose="a made-up test town", rekey=b"key",
        screening=ScreeningSettings(keep_device_ids=True),
    )
    return run(study, town(4242))


def fixes_at_hotel() -> dict[str, set[int]]:
    """Return, straight from the observations, the local days on which each device was within 100 m of the hotel."""
    source = town(4242)
    found: dict[str, set[int]] = {}
    ids = source.device_ids()
    for chunk in source.chunks():
        _, _, metres = WGS84.inv(chunk.lon, chunk.lat, np.full(len(chunk), HOTEL[1]), np.full(len(chunk), HOTEL[0]))
        day = (chunk.time_ms + np.rint(chunk.lon / 15 * 3_600_000).astype(np.int64)) // 86_400_000
        for row in np.flatnonzero(metres < 100):
            found.setdefault(str(ids[chunk.device[row]]), set()).add(int(day[row]))
    return found


def test_the_card_of_the_hotel(results):
    # 50 m beside its centre is still the hotel.
    card = site_card(results, HOTEL[0] + 50 / 111_195, HOTEL[1])
    assert (card.spot_id, card.spot_name, card.spot_kind) == ("Grand Hotel", "Grand Hotel", "site")
    assert (card.category, card.country) == ("hotel", "AA")
    assert (card.lat, card.lon) == HOTEL


def test_devices_per_window_agree_with_the_observations(results):
    card, windows = site_card(results, *HOTEL), results.evidence.windows
    seen = fixes_at_hotel()
    for row in range(len(windows)):
        first = int(windows.start_day[row])
        expected = sum(any(first <= day < first + 7 for day in days) for days in seen.values())
        assert card.windows.devices[row] == expected
    assert card.windows.is_key.sum() == 1


def test_the_expectation_of_the_key_window_is_the_mean_of_those_before(results):
    card = site_card(results, *HOTEL).windows
    key = int(np.flatnonzero(card.is_key)[0])
    assert card.expected[key] == pytest.approx(card.devices[:key].mean())
    assert card.expected.drop(key).isna().all()
    assert (card.start[key], card.end[key], card.label[key]) == ("2023-07-24", "2023-07-30", "24 Jul")


def test_origins_count_the_team_as_from_celand(results):
    origins = site_card(results, *HOTEL).origins.set_index("name").devices
    assert origins["Celand"] == TEAM
    window = results.evidence.windows
    key = int(window.key_window[0])
    assert origins.sum() == site_card(results, *HOTEL).windows.devices[key]


def test_who_counts_everyone_first(results):
    who = site_card(results, *HOTEL).who
    assert who.devices.is_monotonic_decreasing
    assert who.devices[0] == site_card(results, *HOTEL).origins.devices.sum()
    assert who.set_index("label").devices["Farther abroad"] == TEAM


def test_hours_are_shares_of_the_day(results):
    office = site_card(results, 5.0, 4.98).hours
    assert office.shape == (24,)
    assert office.sum() == pytest.approx(1.0)
    # People are seen in the offices between 10:00 and 15:20 only.
    assert office[10:16].sum() == pytest.approx(1.0, abs=0.02)


def test_findings_and_itineraries_of_the_place(results):
    card = site_card(results, *HOTEL)
    assert len(card.findings) > 0
    assert (card.findings.spot_id == "Grand Hotel").all()
    stops = results.tables["stops"]
    through = set(stops.itinerary_id[stops.spot_id == "Grand Hotel"])
    assert set(card.itineraries.itinerary_id) == through
    assert len(through) > 0


def test_a_home_is_a_cell_with_its_own_card(results):
    stays = results.evidence.history.visits.stays
    spots = results.evidence.history.visits.spots
    cell = int(np.flatnonzero(spots.kind == "cell")[0])
    card = site_card(results, float(spots.lat[cell]), float(spots.lon[cell]))
    assert card.spot_kind == "cell"
    assert card.spot_id == spots.spot_id[cell]
    assert card.windows.devices.max() >= 1
    # Few devices: who they are and where they come from is not shown.
    if len(np.unique(stays.device[results.evidence.history.visits.spot == cell])) < 3:
        assert len(card.who) == len(card.origins) == 0


def test_a_card_is_shown_without_counts_below_five(results):
    card = site_card(results, *HOTEL)
    shown = shown_card(card, "Other countries")
    few = card.windows.devices < 5
    assert few.any() and not few.all()
    assert shown.windows.devices.isna().tolist() == few.tolist()
    earlier = ~few & (card.windows.is_key == 0)
    assert shown.windows.devices[earlier].tolist() == card.windows.devices[earlier].tolist()
    assert (shown.who.devices >= 5).all() and len(shown.who)
    assert shown.hours.sum() == pytest.approx(1.0)
    home = site_card(results, *position_of_a_home(results))
    assert (home.windows.devices < 5).all()
    assert (shown_card(home, "Other countries").hours == 0).all()


def position_of_a_home(results) -> tuple[float, float]:
    spots = results.evidence.history.visits.spots
    few = np.flatnonzero((spots.kind == "cell") & (results.evidence.presence.devices.max(axis=1) == 1))
    return float(spots.lat[few[0]]), float(spots.lon[few[0]])


def test_the_expectation_shown_is_the_same_whichever_small_counts_it_is_the_mean_of(results):
    """Of a mean and all its counts but one the last could be computed: small ones go in as two."""
    card = site_card(results, *HOTEL)
    key = int(np.flatnonzero(card.windows.is_key)[0])
    before = card.windows.devices[:key]
    shown = shown_card(card, "Other countries").windows
    assert shown.expected[key] == pytest.approx(before.where(before >= 5, 2).mean())


@pytest.mark.parametrize(
    ("devices", "told"),
    [
        ([17, 9, 6], [17, 9, 6]),
        ([17, 9, 3], [17, 12]),  # three would be what is missing of all
        ([17, 9, 3, 1, 1], [17, 9, 5]),
        ([9, 4, 4], [9, 8]),
        ([4, 1], [5]),
        ([6, 2], [8]),
    ],
)
def test_homes_add_up_to_all_devices_without_small_ones(results, devices, told):
    names = [f"country {number}" for number in range(len(devices))]
    origins = pd.DataFrame({"name": names, "devices": devices})
    shown = shown_card(replace(site_card(results, *HOTEL), origins=origins), "Other countries").origins
    assert shown.devices.tolist() == told
    assert (shown.name.iloc[-1] == "Other countries") == (devices != told)


@pytest.mark.parametrize("homes", [[6, 6, 5], [9, 5], [5, 5, 6], [6, 5, 5], [12], [5, 5]])
@pytest.mark.parametrize("fewer", [1, 2, 3, 4])
def test_homes_beside_a_finding_of_a_few_fewer_do_not_tell_how_many(results, homes, fewer):
    """A finding of the same devices but a few: what homes add up to is told as the same number."""
    card = site_card(results, *HOTEL)
    key = card.windows.is_key == 1
    card = replace(
        card, windows=card.windows.assign(devices=card.windows.devices.mask(key, sum(homes) - fewer)),
        findings=card.findings.iloc[:1].assign(observed=sum(homes) - fewer),
        origins=pd.DataFrame({"name": [f"country {number}" for number in range(len(homes))], "devices": homes}),
    )  # fmt: skip
    told = shown_card(card, "Other countries").origins
    assert told.devices.sum() == sum(homes) - fewer
    assert (told.devices >= 5).all() and len(told) >= max(1, len(homes) - 1)


def test_a_place_nobody_visited_is_told(results):
    with pytest.raises(StudyError, match="No device was seen"):
        site_card(results, 8.0, 8.0)


def test_a_site_nobody_visited_is_told_by_name(results):
    assert (results.evidence.presence.devices[int(np.flatnonzero(SITES.name == "Old Mill")[0])] == 0).all()
    with pytest.raises(StudyError, match="No device was seen at Old Mill"):
        site_card(results, 5.4, 5.4)


def test_without_evidence_the_study_must_run_again(results):
    with pytest.raises(StudyError, match="Run the study again"):
        site_card(replace(results, evidence=None), *HOTEL)


def around(lat: float, lon: float, half_deg: float):
    return shapely.geometry.box(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)


def test_an_area_around_the_hotel_counts_who_was_inside(results):
    """The square of 200 m around the hotel holds just those fixes that the circle of 100 m does."""
    card = area_card(results, around(*HOTEL, 0.0009), "Drawn area")
    assert (card.spot_name, card.spot_kind, card.spot_id) == ("Drawn area", "area", "")
    assert abs(card.lat - HOTEL[0]) < 0.001 and abs(card.lon - HOTEL[1]) < 0.001
    hotel = site_card(results, *HOTEL)
    assert card.windows.devices.tolist() == hotel.windows.devices.tolist()
    assert card.origins.equals(hotel.origins)
    assert card.findings.finding_id.tolist() == hotel.findings.finding_id.tolist()
    assert set(card.itineraries.itinerary_id) == set(hotel.itineraries.itinerary_id)


def test_an_area_over_the_whole_town_counts_each_device_once(results):
    card = area_card(results, around(5.0, 5.0, 3.0), "Town")
    stays, presence = results.evidence.history.visits.stays, results.evidence.presence
    inside = (np.abs(stays.lat - 5.0) < 3.0) & (np.abs(stays.lon - 5.0) < 3.0)
    for window in range(len(card.windows)):
        there = inside & (presence.first <= window) & (window < presence.last)
        assert card.windows.devices[window] == len(set(stays.device[there].tolist()))


def test_an_area_that_nobody_visited_is_told(results):
    with pytest.raises(StudyError, match="Nobody was ever seen at the drawn area"):
        area_card(results, around(8.0, 8.0, 0.01), "Drawn area")


def test_points_and_polygons_are_read_by_others():
    point = shapely.wkb.loads(bytes(wkb.points(np.array([13.5]), np.array([2.1]))[0]))
    assert (point.x, point.y) == (2.1, 13.5)
    circles = wkb.circles(np.array([13.5, -60.0]), np.array([2.1, 100.0]), np.array([500.0, 2000.0]))
    for blob, radius_m, (lat, lon) in zip(wkb.polygons(circles), (500.0, 2000.0), ((13.5, 2.1), (-60.0, 100.0))):
        polygon = shapely.wkb.loads(bytes(blob))
        assert polygon.is_valid
        assert polygon.exterior.is_closed
        x, y = np.array(polygon.exterior.coords).T
        _, _, metres = WGS84.inv(np.full(37, lon), np.full(37, lat), x, y)
        np.testing.assert_allclose(metres, radius_m, rtol=0.01)
    assert len(wkb.points(np.empty(0), np.empty(0))) == 0
