"""Scores of a signature: how much each spot of each window resembles it, and how often ordinary windows do as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns, Progress
from ..earth import EPOCH
from ..findings import Evidence
from ..stats import adjust
from .learn import Signature, find_facet_columns
from .profiles import Profiles, find_profiles

MIN_ORDINARY = 20


@dataclass(frozen=True)
class SignatureScores(Columns):
    """The spots of the key windows that a signature was looked for in, best first.

    `spot`, `window` int64, `devices` int64; `score` float64: mean log-likelihood ratio over its devices; `resemblance`
    float64: the score in standard deviations of ordinary spots with as many devices;
    `p_value`, `q_value` (NaN where fewer than `MIN_ORDINARY` ordinary spot-windows are there to compare with);
    `usual` float64: mean score of the same spot in ordinary windows, NaN where it has none; `hits` int64: ordinary
    windows, of `ordinary_windows`, in which any spot resembles it as much. `share` float64 (n, weights): the share of
    its devices that show each facet; `is_example` bool: the signature was learned there and then. `ordinary_units`:
    spot-windows compared with.
    """

    spot: np.ndarray
    window: np.ndarray
    devices: np.ndarray
    score: np.ndarray
    resemblance: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray
    usual: np.ndarray
    hits: np.ndarray
    share: np.ndarray
    is_example: np.ndarray
    ordinary_windows: int
    ordinary_units: int


def score_signature(
    signature: Signature, evidence: Evidence, progress: Optional[Progress] = None
) -> SignatureScores:
    """Score every spot of the key windows that has the study's minimum of devices; nothing of the examples is needed.

    A mean over three devices varies more than one over thirty: spots are ranked by their score in standard deviations
    of ordinary spots with as many devices (as in a funnel plot, Spiegelhalter 2005), not by the bare score. p is the
    share of ordinary spot-windows (all windows but the key windows, without the signature's own examples) that resemble
    it as much, and q its Benjamini-Hochberg adjustment. Raises StudyError when the study lacks a facet, Cancelled.
    """
    progress = progress or Progress()
    columns = find_facet_columns(signature, evidence.library)
    progress.step("Looking for the signature", 0.0)
    profiles = _profiles(evidence)
    progress.step("Looking for the signature", 0.5)
    each = _device_scores(signature, columns, profiles)
    is_key = np.isin(profiles.window, evidence.windows.key_window)
    is_example = _find_examples(signature, evidence, profiles)
    is_ordinary = ~is_key & ~is_example
    score, resemblance = _resemblance(each, profiles, is_ordinary)
    progress.step("Looking for the signature", 0.8)
    windows = np.setdiff1d(np.arange(len(evidence.windows)), evidence.windows.key_window)
    share = _shares(columns, profiles)
    units = Units(profiles.spot, profiles.window, profiles.devices, score, resemblance, share, is_key, is_example)
    return rank_units(units, windows)


@dataclass(frozen=True)
class Units(Columns):
    """Spots in windows with their score: columns as in `SignatureScores`; `is_key` bool: a key date's window."""

    spot: np.ndarray
    window: np.ndarray
    devices: np.ndarray
    score: np.ndarray
    resemblance: np.ndarray
    share: np.ndarray
    is_key: np.ndarray
    is_example: np.ndarray


def rank_units(units: Units, windows: np.ndarray) -> SignatureScores:
    """Return the units of key windows, best first, against those of the ordinary `windows` (rows, int64)."""
    is_ordinary = ~units.is_key & ~units.is_example
    ordinary = np.sort(units.resemblance[is_ordinary])
    key = np.flatnonzero(units.is_key)
    found = units.take(key[np.lexsort((units.spot[key], -units.resemblance[key]))])
    beyond = len(ordinary) - np.searchsorted(ordinary, found.resemblance, "left")
    enough = len(ordinary) >= MIN_ORDINARY
    p_value = (1.0 + beyond) / (len(ordinary) + 1.0) if enough else np.full(len(found), np.nan)
    usual = _usual(units.spot[is_ordinary], units.score[is_ordinary], int(units.spot.max(initial=-1)) + 1)
    size = int(max(units.window.max(initial=0), windows.max(initial=0))) + 1
    best = np.sort(_best(units.window[is_ordinary], units.resemblance[is_ordinary], size)[windows])
    return SignatureScores(
        spot=found.spot,
        window=found.window,
        devices=found.devices,
        score=found.score,
        resemblance=found.resemblance,
        p_value=p_value,
        q_value=adjust(p_value) if enough else p_value,
        usual=usual[found.spot],
        hits=len(best) - np.searchsorted(best, found.resemblance, "left"),
        share=found.share,
        is_example=found.is_example,
        ordinary_windows=len(windows),
        ordinary_units=len(ordinary),
    )


def _profiles(evidence: Evidence) -> Profiles:
    presence, history = evidence.presence, evidence.history
    busy = presence.busy_spots(evidence.min_devices)[history.visits.spot]
    return find_profiles(history, evidence.facets, *presence.pairs(np.flatnonzero(busy)), evidence.min_devices)


def _find_examples(signature: Signature, evidence: Evidence, profiles: Profiles) -> np.ndarray:
    """Return bool (units,): True where the signature was learned; a loop over its examples, some tens at most."""
    windows, spot_id = evidence.windows, evidence.history.visits.spots.spot_id[profiles.spot]
    first = windows.start_day[profiles.window]
    found = np.zeros(len(profiles), bool)
    for marked in signature.marked:
        begin, end = (marked.first_day - EPOCH).days, (marked.last_day - EPOCH).days
        found |= (spot_id == marked.spot_id) & (first <= end) & (first + windows.length_days > begin)
    return found


def _device_scores(signature: Signature, columns: list[tuple[str, int]], profiles: Profiles) -> np.ndarray:
    """Return the log-likelihood ratio of each device row, summed over the facets (at most some scores of them)."""
    total = np.full(len(profiles.who), sum(weight.absent for weight in signature.weights))
    for weight, (axis, index) in zip(signature.weights, columns):
        total += (weight.present - weight.absent) * profiles.has(axis, index)
    return total


def _resemblance(each: np.ndarray, profiles: Profiles, ordinary: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's mean score, and that in standard deviations of ordinary units of its number of devices.

    The variance of a mean over n devices is that between spots plus that between devices of a spot over n.
    """
    devices = profiles.devices
    if len(devices) == 0:
        return np.empty(0), np.empty(0)
    score = np.add.reduceat(each, profiles.start[:-1]) / devices
    if not ordinary.any():
        return score, score
    squared = np.add.reduceat((each - np.repeat(score, devices)) ** 2, profiles.start[:-1])
    within = squared[ordinary].sum() / max(1, int((devices[ordinary] - 1).sum()))
    between = max(float(score[ordinary].var() - within * (1.0 / devices[ordinary]).mean()), 0.0)
    spread = np.sqrt(between + within / devices)
    return score, (score - score[ordinary].mean()) / np.maximum(spread, 1e-9)


def _usual(spot: np.ndarray, score: np.ndarray, spots: int) -> np.ndarray:
    """Return each spot's mean score over its ordinary windows, NaN where it has none."""
    seen = np.bincount(spot, minlength=spots)
    total = np.bincount(spot, score, spots)
    return np.where(seen > 0, total / np.maximum(seen, 1), np.nan)


def _best(window: np.ndarray, resemblance: np.ndarray, windows: int) -> np.ndarray:
    best = np.full(windows, -np.inf)
    np.maximum.at(best, window, resemblance)
    return best


def _shares(columns: list[tuple[str, int]], profiles: Profiles) -> np.ndarray:
    if len(profiles) == 0:
        return np.empty((0, len(columns)))
    shares = [np.add.reduceat(profiles.has(*at).astype(np.int64), profiles.start[:-1]) for at in columns]
    result: np.ndarray = np.stack(shares, axis=1) / profiles.devices[:, None]
    return result
