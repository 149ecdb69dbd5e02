"""Synthetic commuter towns with known teams that travel together, made without regard to any detector.

Devices live in blocks, work in offices, take one of few trains at timetabled minutes, lunch where their colleagues
lunch, take children to school, shop and go out nearby; some evenings a stadium draws hundreds. On some days the
members of a team meet somewhere, go from place to place together and part; on all other days they live as everybody.
Sparse devices are seen in bursts with log-normal silences (about 100 fixes a day), dense ones once a minute; errors
follow the stated accuracy (68 % of fixes within it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .stay_worlds import DAY_S, to_degrees, to_ms

HOUR_S = 3600.0
KNOTS = 16
LINE_ANGLES = np.array([0.0, 1.1, 2.2])
STATION_M = 1500.0
STATIONS = 8


@dataclass(frozen=True)
class Town:
    """How many live there and for how long, and how many teams travel together on how many days each."""

    devices: int
    days: int
    dense: bool = False
    teams: int = 0
    team_days: tuple[int, int] = (3, 6)
    radius_m: float = 6000.0


@dataclass(frozen=True)
class Crowd:
    """`fixes`: columns device, time_ms, lat, lon, accuracy_m, by device and time; `pairs`: (n, 2) devices planted."""

    fixes: dict[str, np.ndarray]
    pairs: np.ndarray


def make_town(seed: int, town: Town) -> Crowd:
    """Return the fixes of a town and the pairs of devices of its teams (first < second)."""
    rng = np.random.default_rng(seed)
    anchors = _settle(rng, town)
    times, places = _routines(rng, town, anchors)
    pairs = _plant(rng, town, anchors, times, places)
    times = np.maximum.accumulate(times.reshape(town.devices, -1), axis=1)
    seconds, device = _seen_dense(rng, town) if town.dense else _seen_in_bursts(rng, town)
    east, north = _at(times, places.reshape(town.devices, -1, 2), device, seconds, town.days)
    accuracy = np.clip(rng.lognormal(np.log(15.0), 0.8, len(seconds)), 3.0, 1000.0)
    error = rng.normal(0.0, 1.0, (2, len(seconds))) * accuracy / 1.51
    lat, lon = to_degrees(east + error[0], north + error[1])
    fixes = {"device": device, "time_ms": to_ms(seconds), "lat": lat, "lon": lon, "accuracy_m": accuracy}
    return Crowd(fixes, pairs)


@dataclass(frozen=True)
class _Anchors:
    home: np.ndarray
    office: np.ndarray
    haunts: np.ndarray
    lunch: np.ndarray
    school: np.ndarray
    by_train: np.ndarray
    works: np.ndarray
    leaves_h: np.ndarray
    line: np.ndarray
    places: np.ndarray


def _settle(rng: np.random.Generator, town: Town) -> _Anchors:
    """Give every device a flat in a block, an office, a line to ride on, and haunts near home."""
    count = town.devices
    blocks = rng.normal(0.0, town.radius_m / 1.5, (max(4, count // 25), 2))
    block = rng.integers(0, len(blocks), count)
    home = blocks[block] + rng.normal(0.0, 25.0, (count, 2))
    offices = rng.normal(0.0, 1500.0, (max(4, count // 60), 2))
    share = rng.pareto(1.5, len(offices)) + 0.3
    office = rng.choice(len(offices), count, p=share / share.sum())
    places = np.concatenate((rng.normal(0.0, town.radius_m, (max(20, count // 8), 2)), blocks[::2] + 250.0))
    popular = (1.0 / (1.0 + rng.permutation(len(places)))) ** 0.7
    haunts = np.empty((count, 6), np.int64)
    for number, one in enumerate(blocks):
        nearness = popular * np.exp(-np.hypot(*(places - one).T) / 2000.0)
        here = np.flatnonzero(block == number)
        haunts[here] = rng.choice(len(places), (len(here), 6), p=nearness / nearness.sum())
    lunches = offices[:, None] + rng.normal(0.0, 200.0, (len(offices), 4, 2))
    schools = rng.normal(0.0, town.radius_m / 1.5, (max(2, count // 200), 2))
    nearest = np.argmin(np.hypot(*np.moveaxis(blocks[:, None] - schools, 2, 0)), axis=1)[block]
    return _Anchors(
        home=home, office=offices[office] + rng.normal(0.0, 20.0, (count, 2)), haunts=haunts,
        lunch=lunches[office], school=schools[nearest], by_train=rng.random(count) < 0.55,
        works=rng.random(count) < 0.85, leaves_h=rng.normal(7.6, 0.6, count),
        line=rng.integers(0, len(LINE_ANGLES), count), places=places,
    )  # fmt: skip


def _routines(rng: np.random.Generator, town: Town, anchors: _Anchors) -> tuple[np.ndarray, np.ndarray]:
    """Return knots of all device-days: seconds (devices, days, KNOTS) and places (devices, days, KNOTS, 2) in m."""
    shape = (town.devices, town.days)
    times = np.empty((*shape, KNOTS))
    places = np.repeat(np.repeat(anchors.home[:, None, None], town.days, 1), KNOTS, 2)
    start = np.arange(town.days) * DAY_S
    day_of_week = np.arange(town.days) % 7
    at_work = (day_of_week < 5) & anchors.works[:, None] & (rng.random(shape) < 0.9)
    leave = start + HOUR_S * (anchors.leaves_h[:, None] + rng.normal(0.0, 0.2, shape))
    times[:] = (start[:, None] + np.linspace(9.0, 20.0, KNOTS) * HOUR_S)[None]
    _commute(rng, anchors, at_work, leave, times, places)
    evening = times[:, :, 11] + rng.uniform(0.2, 1.5, shape) * HOUR_S
    goes = rng.random(shape) < 0.4
    pick = np.take_along_axis(anchors.haunts, rng.integers(0, 6, shape), axis=1)
    stay = np.clip(rng.lognormal(np.log(0.8), 0.6, shape), 0.2, 3.0) * HOUR_S
    # On free days two outings; the first replaces the way to work.
    free = ~at_work
    outing = np.take_along_axis(anchors.haunts, rng.integers(0, 6, shape), axis=1)
    out_at = start + HOUR_S * rng.uniform(9.0, 14.0, shape)
    out_for = np.clip(rng.lognormal(np.log(1.0), 0.6, shape), 0.2, 4.0) * HOUR_S
    went = free & (rng.random(shape) < 0.8)
    _stop(times, places, went, 1, anchors.places[outing], out_at, out_for, anchors.home)
    stadium = rng.normal(0.0, 3000.0, 2)
    match_days = rng.choice(town.days, max(1, town.days // 7), replace=False)
    to_match = np.isin(np.arange(town.days), match_days) & (rng.random(shape) < 0.12)
    kick_off = start + 19.0 * HOUR_S + rng.normal(0.0, 600.0, shape)
    evening = np.where(to_match, kick_off, evening)
    stay = np.where(to_match, 2.2 * HOUR_S, stay)
    spot = np.where(to_match[..., None], stadium + rng.normal(0.0, 60.0, (*shape, 2)), anchors.places[pick])
    _stop(times, places, goes | to_match, 12, spot, evening, stay, anchors.home)
    return times, places


def _commute(
    rng: np.random.Generator, anchors: _Anchors, at_work: np.ndarray, leave: np.ndarray, times: np.ndarray,
    places: np.ndarray,
) -> None:  # fmt: skip
    """Write knots 0 to 11 of working days: home, school or station, station, office, lunch, and back."""
    shape = at_work.shape
    angle = LINE_ANGLES[anchors.line]
    along = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    def station(place: np.ndarray) -> np.ndarray:
        number = np.clip(np.rint((place * along).sum(axis=1) / STATION_M), -STATIONS, STATIONS)
        return along * (number * STATION_M)[:, None]
    here, there = station(anchors.home), station(anchors.office)
    rides = anchors.by_train & (np.hypot(*(here - there).T) > 1.0)
    here = np.where(rides[:, None], here, anchors.school)
    there = np.where(rides[:, None], there, anchors.school)
    walk = _way_s(anchors.home, here)[:, None]
    train = np.where(rides[:, None], 600.0, 1.0)
    board = np.ceil((leave + walk) / train) * train + np.where(rides, 0.0, 120.0)[:, None]
    ride = np.hypot(*(here - there).T)[:, None] / 14.0
    office = board + ride + _way_s(there, anchors.office)[:, None]
    lunch = np.floor(office / DAY_S) * DAY_S + HOUR_S * rng.normal(12.3, 0.3, shape)
    lunch = np.maximum(lunch, office + HOUR_S)
    eats = rng.random(shape) < 0.6
    table = np.take_along_axis(anchors.lunch, rng.integers(0, 4, shape)[..., None], axis=1)
    end = lunch + np.where(eats, HOUR_S * rng.normal(0.9, 0.15, shape), 1.0)
    off = np.maximum(end + HOUR_S, office + HOUR_S * rng.normal(8.6, 0.5, shape))
    back = np.ceil((off + _way_s(there, anchors.office)[:, None]) / train) * train
    knots = [
        (leave, anchors.home), (board - 60.0, here), (board, here), (board + ride, there), (office, anchors.office),
        (lunch, anchors.office), (lunch + 300.0, table), (end, table), (end + 300.0, anchors.office),
        (off, anchors.office), (back, there), (back + ride, here),
    ]  # fmt: skip
    for number, (when, where) in enumerate(knots):
        where = where if where.ndim == 3 else where[:, None]
        if number in (6, 7):
            where = np.where(eats[..., None], where, anchors.office[:, None])
        times[:, :, number] = np.where(at_work, when, times[:, :, number])
        places[:, :, number] = np.where(at_work[..., None], where, places[:, :, number])


def _stop(
    times: np.ndarray, places: np.ndarray, happens: np.ndarray, knot: int, where: np.ndarray, when: np.ndarray,
    duration: np.ndarray, home: np.ndarray,
) -> None:  # fmt: skip
    """Write an outing of some device-days into four knots: leave, arrive, go, home."""
    before = places[:, :, knot - 1]
    go = np.maximum(when, times[:, :, knot - 1] + 60.0)
    arrive = go + _way_s(before, where)
    end = arrive + duration
    knots = [(go, before), (arrive, where), (end, where), (end + _way_s(where, home[:, None]), home[:, None])]
    for step, (time_s, place) in enumerate(knots):
        times[:, :, knot + step] = np.where(happens, time_s, times[:, :, knot + step])
        places[:, :, knot + step] = np.where(happens[..., None], place, places[:, :, knot + step])


def _plant(
    rng: np.random.Generator, town: Town, anchors: _Anchors, times: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """Let teams of two to four travel together on some days, each day 3 to 5 stops; return their pairs."""
    members = rng.permutation(town.devices)
    pairs = []
    for _team in range(town.teams):
        size = int(rng.choice([2, 2, 2, 3, 4]))
        team, members = np.sort(members[:size]), members[size:]
        days = rng.choice(town.days, min(town.days, int(rng.integers(town.team_days[0], town.team_days[1] + 1))), False)
        for day in days:
            _travel_together(rng, town, anchors, times[team, day], places[team, day], (times, places, team, day))
        pairs += [(a, b) for number, a in enumerate(team) for b in team[number + 1 :]]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _travel_together(rng, town, anchors, times, places, target) -> None:
    """Write one joint day: all from home to the first stop, on together, and each home from the last."""
    count = int(rng.integers(3, 6))
    anywhere = rng.random(count) < 0.5
    stops = anchors.places[rng.integers(0, len(anchors.places), count)]
    stops[anywhere] = rng.normal(0.0, town.radius_m * 1.5, (int(anywhere.sum()), 2))
    clock = target[3] * DAY_S + rng.uniform(8.5, 14.0) * HOUR_S
    home = anchors.home[target[2]]
    times[:, 0], places[:, 0] = clock - _way_s(home, stops[:1]), home
    for number, stop in enumerate(stops):
        if number:
            clock += float(_way_s(stops[number - 1], stop))
        times[:, 1 + 2 * number], places[:, 1 + 2 * number] = clock, stop
        clock += rng.uniform(0.6, 1.6) * HOUR_S
        times[:, 2 + 2 * number], places[:, 2 + 2 * number] = clock, stop
    times[:, 2 * count + 1], places[:, 2 * count + 1] = clock + _way_s(stops[-1:], home), home
    for knot in range(2 * count + 2, KNOTS):
        times[:, knot], places[:, knot] = times[:, knot - 1] + 60.0, home
    all_times, all_places, team, day = target
    all_times[team, day], all_places[team, day] = times, places


def _way_s(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return how long a way takes: on foot below 1 km, else by road."""
    way_m = 1.3 * np.hypot(*np.moveaxis(here - there, -1, 0))
    return np.where(way_m < 1300.0, way_m / 1.35, 240.0 + way_m / 9.0) + 60.0


def _seen_dense(rng: np.random.Generator, town: Town) -> tuple[np.ndarray, np.ndarray]:
    steps = rng.uniform(40.0, 80.0, (town.devices, int(town.days * DAY_S / 60.0)))
    seconds = np.cumsum(steps, axis=1)
    kept = seconds < town.days * DAY_S
    return seconds[kept], np.nonzero(kept)[0]


def _seen_in_bursts(rng: np.random.Generator, town: Town) -> tuple[np.ndarray, np.ndarray]:
    bursts = town.days * 28 + 20
    sizes = 1 + rng.poisson(4.0, (town.devices, bursts))
    steps = rng.exponential(60.0, int(sizes.sum()))
    first = np.cumsum(sizes.ravel()) - sizes.ravel()
    steps[first] = rng.lognormal(np.log(2400.0), 1.08, len(first))
    device = np.repeat(np.repeat(np.arange(town.devices), bursts), sizes.ravel())
    total = np.cumsum(steps)
    begin = first.reshape(town.devices, bursts)[:, 0]
    seconds = total - np.repeat(total[begin] - steps[begin], np.bincount(device))
    kept = seconds < town.days * DAY_S
    return seconds[kept], device[kept]


def _at(
    times: np.ndarray, places: np.ndarray, device: np.ndarray, seconds: np.ndarray, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return metres east and north of devices at seconds, on straight ways between knots."""
    turn = (days + 2) * DAY_S
    # Before its first knot and after its last one a device is where these are.
    times = np.concatenate((np.zeros((len(times), 1)), times, np.full((len(times), 1), turn - 1.0)), axis=1)
    places = np.concatenate((places[:, :1], places, places[:, -1:]), axis=1)
    knots = (np.clip(times, 0.0, turn - 1.0) + np.arange(len(times))[:, None] * turn).ravel()
    where = places.reshape(-1, 2)
    moment = seconds + device * turn
    return np.interp(moment, knots, where[:, 0]), np.interp(moment, knots, where[:, 1])
