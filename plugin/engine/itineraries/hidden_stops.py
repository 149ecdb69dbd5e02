"""Hidden stops: where a silent device may have stopped, with probabilities learned where devices were seen.

Spans as long as the silences and at the same hours, of devices that were seen meanwhile, show how often which places
are visited in such a span. A conditional logit (McFadden 1974) of what speaks for each place is fitted to them and then
asked about the silences, so that its probabilities are those that came true. Silences are taken to come without regard
to where the device is: of who switches off at a place because of the place, probabilities are too low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base import expand_ranges, run_starts
from ..earth import HOUR_MS
from ..history import History
from ..stays import Stays
from .known_places import KnownPlaces, find_known_places
from .reach import Habits, Reached
from .silences import Sightings, Silences, like_spans

_TRIED = 10_000
"""By hand: about half of the spans drawn are like the silences, and some thousands fix fifteen weights."""
_LEAST_SPANS = 300
"""By hand: with fewer spans of devices that were seen, or a tenth as many stops in them, nothing can be learned."""
_LEAST_SEEN = 0.25
"""By hand: a stop counts for at most four that were not seen."""
_RIDGE = 1.0
"""By hand: no more than one span says, so that what is never seen has a weight at all."""
_ROUNDS = 25
"""By hand: Newton's method settles in about eight."""


@dataclass(frozen=True)
class HiddenStops:
    """Where devices may have stopped in `silences`: per candidate `silence` (sorted), `place`, `probability`.

    What is left of 1 is the chance that the device stopped at none of them. `places` are those that `place` counts.
    """

    silences: Silences
    places: KnownPlaces
    silence: np.ndarray
    place: np.ndarray
    probability: np.ndarray


def find_hidden_stops(history: History, silences: Silences) -> HiddenStops:
    """Return where the devices may have stopped in the silences; nothing where the data show too little to learn from.
    """
    known = find_known_places(history)
    nothing = HiddenStops(silences, known, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    if len(silences) == 0 or len(known.spot) == 0:
        return nothing
    sightings = Sightings(history.visits.stays)
    habits = Habits(history, known, sightings)
    spans = like_spans(history.visits, silences, sightings.well_seen, _TRIED, np.random.default_rng(0))
    label, seen = _longest_stop(history, known, spans, sightings)
    if len(spans) < _LEAST_SPANS or (label >= 0).sum() < _LEAST_SPANS / 10:
        return nothing
    weights = _fit(habits, habits.reached(spans), spans, label, seen)
    reached = habits.reached(silences)
    chance, _ = _predict(habits, reached, silences, weights)
    return HiddenStops(silences, known, reached.silence, reached.place, chance)


def _longest_stop(
    history: History, known: KnownPlaces, spans: Silences, sightings: Sightings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the known place (-1 none) other than those around at which each span was longest, and if it is seen.

    The second is the chance that the stop was seen.
    """
    stays = history.visits.stays
    owner, row = expand_ranges(spans.before + 1, spans.after)
    place, hours = known.place[row], (stays.departed_ms[row] - stays.arrived_ms[row]) / HOUR_MS
    for end in (spans.before, spans.after):
        place = np.where(history.visits.spot[end][owner] == known.spot[place], -1, place)
    at = np.flatnonzero(place >= 0)
    owner, place, hours, row = owner[at], place[at], hours[at], row[at]
    order = np.lexsort((hours, owner))
    label, seen = np.full(len(spans), -1, np.int64), np.ones(len(spans))
    label[owner[order]] = place[order]
    seen[owner[order]] = sightings.share(stays.device[row[order]], _usual_hours(known, stays)[place[order]])
    return label, np.maximum(seen, _LEAST_SEEN)


def _usual_hours(known: KnownPlaces, stays: Stays) -> np.ndarray:
    """Return how long those who stay at each place remain in the middle: lone fixes do not tell it."""
    row = np.flatnonzero((known.place >= 0) & stays.lasting)
    hours = pd.Series((stays.departed_ms[row] - stays.arrived_ms[row]) / HOUR_MS)
    middle = hours.groupby(known.place[row]).median().reindex(range(len(known.spot)))
    return middle.fillna(hours.median() if len(hours) else 1.0).to_numpy()


def _predict(habits: Habits, reached: Reached, spans: Silences, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of each candidate, and of none per span."""
    none = habits.none_features(spans)
    count = reached.features.shape[1]
    value, none_value = reached.features @ weights[:count], none @ weights[count:]
    top = none_value.copy()
    np.maximum.at(top, reached.silence, value)
    value, none_value = np.exp(value - top[reached.silence]), np.exp(none_value - top)
    total = none_value + np.bincount(reached.silence, weights=value, minlength=len(spans))
    return value / total[reached.silence], none_value / total


def _fit(habits: Habits, reached: Reached, spans: Silences, label: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the weights of what speaks for a place and then for none, of greatest likelihood (Newton).

    A stop that is seen with a chance s stands for 1/s of them; as many spans less had none, though none was seen.
    """
    none = habits.none_features(spans)
    count = reached.features.shape[1]
    hit = reached.place == label[reached.silence]
    told = np.bincount(reached.silence, weights=hit, minlength=len(spans)) > 0
    share = np.where(told, 1.0 / seen, 0.0)
    weights = np.zeros(count + none.shape[1])
    wanted = np.concatenate([reached.features.T @ (hit * share[reached.silence]), none.T @ (1.0 - share)])
    for _ in range(_ROUNDS):
        p, p_none = _predict(habits, reached, spans, weights)
        slope = wanted - np.concatenate([reached.features.T @ p, none.T @ p_none]) - _RIDGE * weights
        mean = np.zeros((len(spans), len(weights)))
        first, _ = run_starts(reached.silence)
        if len(first):
            mean[reached.silence[first], :count] = np.add.reduceat(reached.features * p[:, None], first)
        mean[:, count:] = none * p_none[:, None]
        curve = -mean.T @ mean + _RIDGE * np.eye(len(weights))
        curve[:count, :count] += (reached.features * p[:, None]).T @ reached.features
        curve[count:, count:] += (none * p_none[:, None]).T @ none
        step = np.linalg.solve(curve, slope)
        weights += step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-6:
            break
    return weights
