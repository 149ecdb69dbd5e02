"""Synthetic worlds for queries of itineraries: thinned feeds, the published cases, and drawn routes of four stops."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
from demo.compare import EARTH, local_day
from seeds import shifted
from sitelight.plugin.engine.itineraries import LinkedTo
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations, scenario_sites, scenario_truth
from sitelight.plugin.engine.scenario.geography import CITIES, CITY_INDEX, distance_km, sites_with_city
from sitelight.plugin.engine.scenario.ordinary_days import ordinary_stays
from sitelight.plugin.engine.scenario.people import ROLE_INDEX, make_people
from sitelight.plugin.engine.scenario.plans import HOUR_S, PlannedVisit, Spot, moments_of_use, plan_stays
from sitelight.plugin.engine.scenario.plants import ORDINARY_AGAIN_S, RATE_LIMITS, RATE_MEDIAN, RATE_SIGMA
from sitelight.plugin.engine.scenario.settings import DAY_S
from sitelight.plugin.engine.scenario.timetable import absences, without_overlap
from sitelight.plugin.engine.scenario.world import observed
from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow
from worlds.engine_worlds import ListSource

KEPT = 0.3
DAYS = 130
ORIGINS = ("Ussuriysk", "Khabarovsk", "Rostov-on-Don", "Simferopol")
HUBS = ("Istanbul airport", "Al Jufra air base", "Lome airport (Tokoin)", "Ouagadougou airport",
        "Cotonou airport (Cadjehoun)")  # fmt: skip
TARGETS = ("Niamey", "Agadez", "Bamako", "Mopti", "Gao", "Libreville")
WATCHED = ("military", "air base", "airport", "government", "embassy", "police", "port", "border crossing")
CITY_M = 25_000.0
NEAR_M = 1500.0


@dataclass(frozen=True)
class PlantedStop:
    """A stop: its centre (degrees), how near counts (m), the local day of arrival, and the time there (UTC epoch s).

    `n_fixes` are left of it in the thinned feed.
    """

    name: str
    lat: float
    lon: float
    near_m: float
    day: date
    arrive_s: float
    depart_s: float
    n_fixes: int = 0


@dataclass(frozen=True)
class Case:
    """A planted device with its stops in order, and the query that should lead to it."""

    name: str
    device: str
    stops: tuple[PlantedStop, ...]
    place: ChosenPlace
    window: GivenWindow
    narrow: LinkedTo

    @property
    def wide(self) -> LinkedTo:
        """The same query for every watched category."""
        return LinkedTo(WATCHED, self.narrow.countries)


@dataclass(frozen=True)
class QueryWorld:
    """Observations of which `KEPT` are left, the sites, and the planted cases."""

    source: ListSource
    sites: Sites
    cases: list[Case]


def query_world(seed: int, devices: int, drawn: int, kept: float = KEPT) -> QueryWorld:
    """Return a thinned world with the four published itineraries and `drawn` routes of four stops each."""
    settings = ScenarioSettings(devices=devices, days=DAYS, seed=shifted(seed))
    rng = np.random.default_rng([shifted(seed), 4])
    cases, extra = _draw_routes(rng, settings, drawn)
    frame = pd.concat([*make_observations(settings), extra], ignore_index=True)
    frame = frame[rng.random(len(frame)) < kept]
    cases = [_with_fixes(case, frame) for case in (*_published(scenario_truth(settings)), *cases)]
    return QueryWorld(_source(frame), sites_of_scenario(), cases)


def null_world(seed: int, devices: int, kept: float = KEPT) -> QueryWorld:
    """Return a thinned world with nothing planted."""
    settings = ScenarioSettings(devices=devices, days=DAYS, seed=shifted(seed), null=True)
    frame = pd.concat([*make_observations(settings)], ignore_index=True)
    frame = frame[np.random.default_rng([shifted(seed), 5]).random(len(frame)) < kept]
    return QueryWorld(_source(frame), sites_of_scenario(), [])


def _source(frame: pd.DataFrame) -> ListSource:
    return ListSource(
        frame["device_id"].to_numpy(), frame["timestamp"].to_numpy() * 1000, frame["latitude"].to_numpy(),
        frame["longitude"].to_numpy(), frame["horizontal_accuracy"].to_numpy(),
    )  # fmt: skip


def sites_of_scenario() -> Sites:
    """Return the scenario's sites."""
    table = scenario_sites()
    text = {name: table[name].to_numpy(dtype=object) for name in ("site_id", "name", "category", "country")}
    return Sites(
        **text, given_category=text["category"], lat=table["lat"].to_numpy(), lon=table["lon"].to_numpy(),
        radius_m=table["radius_m"].to_numpy(dtype=float), polygon=np.full(len(table), None, dtype=object),
    )  # fmt: skip


def is_in_order(stops: pd.DataFrame, lat: np.ndarray, lon: np.ndarray, planted: tuple[PlantedStop, ...]) -> bool:
    """Return whether an itinerary's stops (in order, at `lat`, `lon`) have all planted ones in their order.

    Each within its distance, and reached while the device was there: the first fix left may come long after it came.
    """
    days = [local_day(ms, x) for ms, x in zip(stops["arrived_ms"], lon)]
    after = -1
    for stop in planted:
        away_m = np.asarray(EARTH.inv(lon, lat, np.full(len(lat), stop.lon), np.full(len(lat), stop.lat))[2])
        left = local_day(int(stop.depart_s * 1000), stop.lon)
        fits = (away_m <= stop.near_m) & np.array([stop.day <= day <= left for day in days])
        fits &= np.arange(len(lat)) > after
        if not fits.any():
            return False
        after = int(np.argmax(fits))
    return True


def _with_fixes(case: Case, frame: pd.DataFrame) -> Case:
    """Return the case with the fixes counted that are left of each stop."""
    time_s = frame.loc[frame["device_id"] == case.device, "timestamp"].to_numpy()
    counted = (
        replace(stop, n_fixes=int(((time_s >= stop.arrive_s) & (time_s <= stop.depart_s)).sum()))
        for stop in case.stops
    )
    return replace(case, stops=tuple(counted))


def _published(truth: dict) -> list[Case]:
    """Return the four cases with the queries that an analyst of each would ask."""
    around = {name: _around_city(name) for name in ("Niamey", "Mopti", "Bamako", "Libreville")}
    asked = {
        "Niger": (around["Niamey"], ("2023-07-26", "2023-08-05"), LinkedTo(("military",), ("RU",))),
        "Mali, first": (around["Mopti"], ("2023-08-03", "2023-08-16"), LinkedTo(("airport",), ("RU",))),
        "Mali, second": (around["Bamako"], ("2023-08-01", "2023-08-07"), LinkedTo(("military", "air base"), ("UA",))),
        "Gabon": (around["Libreville"], ("2023-07-24", "2023-07-26"), LinkedTo(("embassy",), ("GA",))),
    }
    cases = []
    for trip in truth["itineraries"]:
        place, (start, end), linked = asked[trip["case"]]
        if trip["case"] == "Gabon":
            place = ChosenPlace(spot="Presidential palace, Libreville")
        base = (trip["based_at"], *trip["also_frequents"])
        stops = tuple(
            _stop(stop["name"], stop["lat"], stop["lon"], NEAR_M, _epoch_s(stop["arrived"]),
                  _epoch_s(stop["departed"]))
            for stop in trip["stops"]
            if stop["site_id"] is not None and stop["name"] not in base
        )
        window = GivenWindow(date.fromisoformat(start), date.fromisoformat(end))
        cases.append(Case(trip["case"], trip["device_id"], stops, place, window, linked))
    return cases


def _draw_routes(
    rng: np.random.Generator, settings: ScenarioSettings, count: int
) -> tuple[list[Case], pd.DataFrame]:
    """Return the cases and the feed of `count` soldiers, each on a way of four stops at sites far apart.

    The second half are seen as little as anybody; the others as well as the scenario's own planted devices. A site of
    the forces in the city of its base; an airport or air base on the way; the airport of a city of the Sahel
    or Gabon; a site of the forces there. They set out from the airport of their city, which is not counted.
    """
    if count == 0:
        return [], pd.DataFrame()
    origin = [CITY_INDEX[ORIGINS[number]] for number in rng.integers(0, len(ORIGINS), count)]
    base, plans = [], []
    for city in origin:
        home, visits = _draw_route(rng, city)
        base.append(home)
        plans.append(visits)
    role = np.full(count, ROLE_INDEX["soldier"])
    rate = np.clip(RATE_MEDIAN * np.exp(RATE_SIGMA * rng.standard_normal(count)), *RATE_LIMITS)
    people = make_people(rng, settings, role, np.array(origin), np.array(base))
    is_well_seen = np.arange(count) < count // 2
    people = replace(
        people,
        rate=np.where(is_well_seen, rate, people.rate), idle=np.where(is_well_seen, 0.0, people.idle),
        in_air=people.in_air & ~is_well_seen,
        first_s=np.full(count, float(settings.start_s)), last_s=np.full(count, float(settings.end_s)),
    )  # fmt: skip
    planned = pd.concat([plan_stays(rng, device, visits, 0.4) for device, visits in enumerate(plans)])
    planned = planned.sort_values(["device", "arrive"], ignore_index=True)
    pause = planned["arrive"] - planned["depart"].shift()
    run = ((planned["device"] != planned["device"].shift()) | (pause > 10 * ORDINARY_AGAIN_S)).cumsum()
    ordinary = without_overlap(ordinary_stays(people, settings, rng), absences(planned, run.to_numpy(), people))
    used = moments_of_use(rng, planned[is_well_seen[planned["device"]]], every_s=HOUR_S, most=8)
    feed = observed(people, pd.concat([ordinary, planned], ignore_index=True), settings, rng, *used)
    return [_case(people.device_id[n], is_well_seen[n], plan) for n, plan in enumerate(plans)], feed


def _draw_route(rng: np.random.Generator, city: int) -> tuple[int, list[PlannedVisit]]:
    """Return the row of the base and the visits: forces' site, its airport, a hub, the target's airport, the target."""
    sites = sites_with_city()
    forces = np.flatnonzero(
        (sites["city"] == city).to_numpy() & sites["category"].isin(["military", "air base"]).to_numpy()
    )
    first, base = rng.choice(forces, 2, replace=False)
    target_city = CITY_INDEX[TARGETS[rng.integers(0, len(TARGETS))]]
    target = rng.choice(
        np.flatnonzero((sites["city"] == target_city).to_numpy() & (sites["category"] == "military").to_numpy())
    )
    hub = sites.index[sites["name"] == HUBS[rng.integers(0, len(HUBS))]][0]
    airport, landing = (
        sites.index[(sites["city"] == one) & (sites["category"] == "airport")][0] for one in (city, target_city)
    )
    spots = [Spot.of_site(int(row)) for row in (first, airport, hub, landing, target, landing, airport)]
    hours = [rng.uniform(2, 6), rng.uniform(1.5, 3), rng.uniform(3, 20), rng.uniform(1, 3), 24 * rng.uniform(5, 10)]
    hours += [2.0, 1.0]  # the way back, which is not counted
    noon = datetime(2023, 7, 5, 12, tzinfo=timezone.utc) + timedelta(days=int(rng.integers(0, 45)))
    now, visits = noon.timestamp() - CITIES[city].utc_hours * HOUR_S, []
    for number, (spot, stay_h) in enumerate(zip(spots, hours)):
        by_air = number in (2, 3, 6)
        if visits:
            km = float(distance_km(visits[-1].spot.lat, visits[-1].spot.lon, spot.lat, spot.lon))
            now += HOUR_S * (0.7 + km / 780.0 if by_air else 0.3 + 1.3 * km / (22.0 if km < 25 else 65.0))
        visits.append(PlannedVisit(spot, now, now + stay_h * HOUR_S, "air" if by_air else "road", number == 4))
        now += stay_h * HOUR_S
    return int(base), visits


def _case(device: str, is_well_seen: bool, visits: list[PlannedVisit]) -> Case:
    counted = [visits[number] for number in (0, 2, 3, 4)]
    stops = tuple(
        _stop(one.spot.name, one.spot.lat, one.spot.lon, max(NEAR_M, one.spot.radius_m), one.arrive_s, one.depart_s)
        for one in counted
    )
    country = str(sites_with_city()["country"].iloc[counted[0].spot.site])
    days = stops[-1].day - timedelta(days=1), stops[-1].day + timedelta(days=3)
    city = CITIES[int(sites_with_city()["city"].iloc[counted[-1].spot.site])].name
    linked = LinkedTo(("military", "air base"), (country,))
    name = f"drawn, {'seen well' if is_well_seen else 'seen as anybody'}, to {city}"
    return Case(name, device, stops, _around_city(city), GivenWindow(*days), linked)


def _stop(name: str, lat: float, lon: float, near_m: float, arrive_s: float, depart_s: float) -> PlantedStop:
    return PlantedStop(name, lat, lon, near_m, local_day(int(arrive_s * 1000), lon), arrive_s, depart_s)


def _epoch_s(text: str) -> float:
    return float(pd.Timestamp(text).timestamp())


def _around_city(name: str) -> ChosenPlace:
    city = CITIES[CITY_INDEX[name]]
    return ChosenPlace(lat=np.array([city.lat]), lon=np.array([city.lon]), radius_m=CITY_M)


__all__ = ["DAY_S", "KEPT", "Case", "QueryWorld", "is_in_order", "null_world", "query_world"]
