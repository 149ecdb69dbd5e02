"""The truth of a synthetic scenario: what was planted, where, when and with which devices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .geography import sites_with_city
from .plans import PlannedVisit, iso
from .planted_groups import EMBASSY, PlantedGroup
from .planted_itineraries import PlantedItinerary
from .plants import Cast, cast
from .settings import ScenarioSettings


def scenario_truth(settings: ScenarioSettings) -> dict[str, Any]:
    """Return what was planted, ready for JSON; both lists are empty in a null world.

    `groups`: id, title, kind, spot_name, site_id (None: unnamed spot), lat, lon, radius_m, key_date, started, ended,
    device_ids, drawn_from (ids of the sites where the members are missing meanwhile), also_seen_at (name, site_id,
    lat, lon of the other places of the plan: airports, barracks, a house), expected_change.
    `itineraries`: case, device_id, based_at, also_frequents, key_date, stops, and one entry per leg in `modes` and
    `borders` ("RU>TG"). Times are ISO 8601 UTC. Plants that begin before the scenario's fifth day are left out.
    """
    who = cast(settings)
    return {
        "synthetic": True,
        "note": "Synthetic data made by the Sitelight scenario maker. No record belongs to a real device.",
        "settings": {"devices": settings.devices, "days": settings.days, "seed": settings.seed, "null": settings.null},
        "started": iso(settings.start_s),
        "ended": iso(settings.end_s),
        "groups": [_group(who, number, group) for number, group in enumerate(who.groups)],
        "itineraries": [
            _itinerary(settings, trip, str(who.people.device_id[device]))
            for trip, device in zip(who.itineraries, who.travellers)
        ],
    }


def _site_id(row: int) -> Any:
    return str(sites_with_city()["site_id"].iloc[row]) if row >= 0 else None


def _group(who: Cast, number: int, group: PlantedGroup) -> dict[str, Any]:
    devices = who.staff if group.id == EMBASSY else who.members[number]
    work = sorted(set(who.people.work_site[devices].tolist()) - {-1, group.spot.site})
    return {
        "id": group.id, "title": group.title, "kind": group.kind, "spot_name": group.spot.name,
        "site_id": _site_id(group.spot.site), "lat": group.spot.lat, "lon": group.spot.lon,
        "radius_m": group.spot.radius_m, "key_date": group.key_date, "started": group.started, "ended": group.ended,
        "device_ids": [str(name) for name in who.people.device_id[devices]],
        "drawn_from": [_site_id(row) for row in work], "also_seen_at": _other_places(group, len(devices)),
        "expected_change": group.expected_change,
    }


def _other_places(group: PlantedGroup, members: int) -> list[dict[str, Any]]:
    """Return the places besides the group's spot that its members' plans lead to."""
    rng = np.random.default_rng(0)  # plans differ between members only in times and in days left out
    spots = {one.spot.name: one.spot for number in range(members) for one in group.visits_of(rng, number)}
    return [
        {"name": spot.name, "site_id": _site_id(spot.site), "lat": spot.lat, "lon": spot.lon}
        for name, spot in sorted(spots.items())
        if name != group.spot.name
    ]


def _stop(settings: ScenarioSettings, one: PlannedVisit) -> dict[str, Any]:
    country = str(sites_with_city()["country"].iloc[one.spot.site]) if one.spot.site >= 0 else one.spot.country
    return {
        "site_id": _site_id(one.spot.site), "name": one.spot.name, "country": country, "lat": one.spot.lat,
        "lon": one.spot.lon, "arrived": iso(one.arrive_s), "departed": iso(min(one.depart_s, settings.end_s)),
    }


def _itinerary(settings: ScenarioSettings, trip: PlantedItinerary, device_id: str) -> dict[str, Any]:
    return {
        "case": trip.case, "device_id": device_id, "based_at": trip.based_at,
        "also_frequents": list(trip.also_frequents),
        "stops": [_stop(settings, one) for one in trip.visits], "modes": [one.mode for one in trip.visits[1:]],
        "borders": trip.borders, "key_date": trip.key_date,
    }
