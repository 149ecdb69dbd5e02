"""The people of the synthetic scenario: roles, homes, workplaces, and how well their devices are observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns
from .geography import (
    CITIES,
    pick_sites,
    scattered,
    site_weights,
    sites_with_city,
    unnamed_places,
)
from .settings import ScenarioSettings

FRIENDS, MEETINGS = 5, 4
RATE_MEDIAN, RATE_SIGMA, RATE_LIMITS = 15.0, 0.95, (2.0, 200.0)


@dataclass(frozen=True)
class Role:
    """How a kind of person spends ordinary days; chances are per day, hours are local.

    `night_every` is the cycle of night duties in days (0: none); `lives_in` the share living at the workplace.
    """

    name: str
    workplace: tuple[str, ...] = ()
    weekday: float = 0.9
    saturday: float = 0.3
    sunday: float = 0.08
    start_h: float = 8.0
    end_h: float = 17.0
    lives_in: float = 0.0
    night_every: int = 0
    meeting: float = 0.05
    meeting_places: tuple[str, ...] = ()


ROLES = (
    Role("resident", meeting_places=("market", "telecom")),
    Role("trader", ("market",), 0.92, 0.9, 0.3, 7.5, 17.3, meeting_places=("transport hub", "port")),
    Role("civil servant", ("government",), 0.92, 0.05, 0.02, meeting=0.12, meeting_places=("government",)),
    Role("soldier", ("military", "air base"), 0.9, 0.55, 0.4, 7.0, 17.0, 0.45, 6, 0.06,
         ("military", "police", "airport")),
    Role("palace guard", ("palace",), 0.5, 0.5, 0.5, 7.0, 16.0, 0.0, 3, 0.02, ("military",)),
    Role("police", ("police",), 0.85, 0.5, 0.4, 7.5, 16.5, 0.05, 5, 0.25,
         ("government", "market", "transport hub")),
    Role("diplomat", ("embassy",), 0.92, 0.05, 0.02, 8.5, 17.0, 0.1, 0, 0.25, ("government", "hotel", "embassy")),
    Role("hotel staff", ("hotel",), 0.8, 0.7, 0.7, 7.0, 16.5, 0.0, 4, 0.02, ("market",)),
    Role("worker", ("energy or mining", "telecom", "port", "airport", "transport hub"), 0.9, 0.4, 0.2, 7.0, 16.5,
         0.0, 6),
    Role("trucker", (), 0.3, 0.2, 0.1, meeting_places=("transport hub",)),
    Role("traveller", (), 0.85, 0.2, 0.05, 8.5, 17.5, meeting=0.15, meeting_places=("government", "hotel")),
    Role("contractor", (), 0.6, 0.1, 0.05),
    Role("embassy staff", ("embassy",), 0.95, 0.02, 0.02, 8.0, 16.5, meeting=0.03, meeting_places=("government",)),
)
ROLE_INDEX = {role.name: index for index, role in enumerate(ROLES)}

_SHARES = {
    "capital": {"resident": 42, "trader": 10, "civil servant": 9, "soldier": 8, "palace guard": 2, "police": 4,
                "diplomat": 3, "hotel staff": 3, "worker": 6, "trucker": 6, "traveller": 7},
    "town": {"resident": 46, "trader": 12, "civil servant": 5, "soldier": 14, "police": 4, "hotel staff": 3,
             "worker": 5, "trucker": 8, "traveller": 3},
    "abroad": {"resident": 38, "trader": 3, "civil servant": 4, "hotel staff": 2, "worker": 3, "traveller": 40,
               "contractor": 10},
    "garrison": {"resident": 42, "trader": 3, "civil servant": 2, "soldier": 40, "police": 3, "worker": 3,
                 "traveller": 7},
}
_KIND = dict.fromkeys(("Niamey", "Bamako", "Libreville", "Lome", "Ouagadougou", "Cotonou"), "capital")
_KIND.update(dict.fromkeys(("Moscow", "Paris", "Istanbul", "Beijing"), "abroad"))
_KIND.update(dict.fromkeys(("Rostov-on-Don", "Ussuriysk", "Khabarovsk", "Simferopol"), "garrison"))


@dataclass(frozen=True)
class People(Columns):
    """A block of devices with the lives behind them, one entry each (places in WGS84 degrees).

    `friend_lat` etc. are (devices, FRIENDS) and (devices, MEETINGS): the few places each one keeps going to.
    `rate` is fixes per observed day, `idle` the share of days without any, `first_s`..`last_s` the span in which the
    panel has the device (UTC epoch seconds), `in_air` whether fixes are recorded on flights.
    """

    device_id: np.ndarray
    role: np.ndarray
    city: np.ndarray
    home_lat: np.ndarray
    home_lon: np.ndarray
    work_site: np.ndarray
    work_lat: np.ndarray
    work_lon: np.ndarray
    friend_lat: np.ndarray
    friend_lon: np.ndarray
    meeting_lat: np.ndarray
    meeting_lon: np.ndarray
    rate: np.ndarray
    idle: np.ndarray
    first_s: np.ndarray
    last_s: np.ndarray
    in_air: np.ndarray


def roster(settings: ScenarioSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return role and city (indices) of every background device, in the order of the blocks.

    Shares are exact up to rounding for any number of devices; people of a kind come in fours, so that small
    travel parties can form inside a block.
    """
    role, city, share = [], [], []
    for index, town in enumerate(CITIES):
        shares = _SHARES[_KIND.get(town.name, "town")]
        for name, part in shares.items():
            role.append(ROLE_INDEX[name])
            city.append(index)
            share.append(town.share * part / sum(shares.values()))
    edges = np.cumsum(share) / np.sum(share)
    n = settings.devices
    kind = np.searchsorted(edges, (np.arange(n) + 0.5) / n)
    fours = settings.stream(0).permutation((n + 3) // 4)
    order = (fours[:, None] * 4 + np.arange(4)[None]).ravel()
    kind = kind[order[order < n]]
    return np.array(role)[kind], np.array(city)[kind]


def make_people(
    rng: np.random.Generator,
    settings: ScenarioSettings,
    role: np.ndarray,
    city: np.ndarray,
    work_site: Optional[np.ndarray] = None,
) -> People:
    """Draw homes, workplaces, habits and observation of people with the given roles and cities.

    `work_site` (rows of the site table) fixes the workplaces; otherwise they are drawn by role.
    """
    n = len(role)
    if work_site is None:
        work_site = _workplaces(rng, role, city)
    work_lat, work_lon = _at_site_or_unnamed(rng, work_site, city, 0.6)
    home_lat, home_lon = unnamed_places(rng, city)
    lives_in = rng.random(n) < np.array([r.lives_in for r in ROLES])[role]
    bunk_lat, bunk_lon = _at_site_or_unnamed(rng, work_site, city, 0.7)
    friend_lat, friend_lon = _friends(rng, city)
    meeting_lat, meeting_lon = _meetings(rng, role, city)
    first, last = _panel_span(rng, settings, n)
    rate = np.exp(np.log(RATE_MEDIAN) + RATE_SIGMA * rng.standard_normal(n))
    raw = rng.bytes(16 * n).hex()
    return People(
        device_id=np.array([raw[32 * i : 32 * i + 32] for i in range(n)], dtype=object),
        role=role, city=city,
        home_lat=np.where(lives_in, bunk_lat, home_lat), home_lon=np.where(lives_in, bunk_lon, home_lon),
        work_site=work_site, work_lat=work_lat, work_lon=work_lon,
        friend_lat=friend_lat, friend_lon=friend_lon, meeting_lat=meeting_lat, meeting_lon=meeting_lon,
        rate=np.clip(rate, *RATE_LIMITS), idle=rng.beta(2.0, 9.0, n), first_s=first, last_s=last,
        in_air=rng.random(n) < 0.06,
    )


def _workplaces(rng: np.random.Generator, role: np.ndarray, city: np.ndarray) -> np.ndarray:
    """Return a site of the role's workplace categories in the city for each person, -1 for an unnamed office."""
    work = np.full(len(role), -1)
    for index in np.unique(role):
        mine = role == index
        if ROLES[index].workplace:
            work[mine] = pick_sites(rng, site_weights(ROLES[index].workplace), city[mine])
    return work


def _at_site_or_unnamed(
    rng: np.random.Generator, site: np.ndarray, city: np.ndarray, inside: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return a place within `inside` x radius of each site, or an unnamed place in the city where site is -1."""
    sites = sites_with_city()
    lat, lon = unnamed_places(rng, city, 0.6)
    at_lat, at_lon = scattered(
        rng, sites["lat"].to_numpy()[site], sites["lon"].to_numpy()[site], inside * sites["radius_m"].to_numpy()[site]
    )
    return np.where(site >= 0, at_lat, lat), np.where(site >= 0, at_lon, lon)


def _friends(rng: np.random.Generator, city: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each person two markets and friends' homes, shops and places of prayer without a name."""
    everyone = np.repeat(city, FRIENDS)
    site = np.full(len(everyone), -1)
    market = np.tile(np.arange(FRIENDS) < 2, len(city))
    site[market] = pick_sites(rng, site_weights(("market",)), everyone[market])
    lat, lon = _at_site_or_unnamed(rng, site, everyone, 0.8)
    return lat.reshape(-1, FRIENDS), lon.reshape(-1, FRIENDS)


def _meetings(rng: np.random.Generator, role: np.ndarray, city: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each person the places met at during work; half of them have no name."""
    everyone, roles = np.repeat(city, MEETINGS), np.repeat(role, MEETINGS)
    site = np.full(len(everyone), -1)
    for index in np.unique(role):
        mine = (roles == index) & (rng.random(len(roles)) < 0.6)
        if ROLES[index].meeting_places:
            site[mine] = pick_sites(rng, site_weights(ROLES[index].meeting_places), everyone[mine])
    lat, lon = _at_site_or_unnamed(rng, site, everyone, 0.6)
    return lat.reshape(-1, MEETINGS), lon.reshape(-1, MEETINGS)


def _panel_span(rng: np.random.Generator, settings: ScenarioSettings, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when the panel has each device: a tenth leaves in 190 days and a fifth joins, evenly in time."""
    leave, join = 0.10 * settings.days / 190, 0.20 * settings.days / 190
    kind = rng.random(n) * max(1.0, 1.5 * (leave + join))
    moment = settings.start_s + rng.random(n) * (settings.end_s - settings.start_s)
    first = np.where(kind < join, moment, settings.start_s)
    last = np.where((kind >= join) & (kind < join + leave), moment, settings.end_s)
    return first, last
