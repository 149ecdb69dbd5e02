"""Combination: which spots are unusual around the key dates, with what behavior, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import Progress
from ..behaviors import FACET_AXES, Library
from ..counting import PatternCounts, Presence, Windows
from ..facets import Facets
from ..history import History
from ..stats import adjust, adjust_in_groups
from .calibration import Calibration, calibrate
from .changes import CHANGES, KIND_OF_CHANGE, KINDS
from .dispersion import find_dispersion
from .exposure import find_exposure, settle_exposure
from .kinds import combine_kinds, find_families, score_kinds, weigh_kinds
from .measured import Measured, WindowTests
from .window_tests import find_all_tests

LEVEL = 0.05
"""By hand, the usual one: findings with a q and signatures with a p of at most this are said to hold."""
WHEN_COST = 3.0
SITE_WEIGHT = 0.5
"""Least share of the weight of all spots that lies on the named sites."""


@dataclass(frozen=True)
class Scores:
    """Every test of the key windows and every spot's score.

    Per test (n,): `row` into `counts`, `change` (index into CHANGES), `spot`, `window`, `p_value` (calibrated),
    `expected`, `alike`, `q_value`, `exposure` float64 (the spot's in the window over its mean in the baseline). Per
    tested key window and spot (key windows, spots): `spot_p` (calibrated, 1.0 untested) and `spot_q`. `placebo_p`
    float64 (placebo dates,): the smallest calibrated spot p-value of each ordinary date. `calibration`: one per kind of
    test.
    """

    counts: PatternCounts
    key_windows: np.ndarray
    row: np.ndarray
    change: np.ndarray
    spot: np.ndarray
    window: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    alike: np.ndarray
    q_value: np.ndarray
    exposure: np.ndarray
    spot_p: np.ndarray
    spot_q: np.ndarray
    placebo_p: np.ndarray
    calibration: tuple[Calibration, ...]


def score(
    history: History,
    presence: Presence,
    counts: PatternCounts,
    facets: Facets,
    windows: Windows,
    library: Library,
    min_devices: int,
    progress: Optional[Progress] = None,
) -> Scores:
    """Test every key window that has enough history, calibrated by the same procedure on all ordinary dates."""
    progress = progress or Progress()
    measured = measure(history, presence, counts, facets, windows, library, min_devices)
    spots, placebo, tests = find_all_tests(measured, progress.part(0.0, 0.9))
    progress.step("Testing key dates", 0.9)
    # Busy spots where nothing could be tested count as 1.0.
    idle = int(presence.busy_spots(min_devices).sum()) - len(spots)
    padded = np.pad(np.nan_to_num(placebo, nan=1.0), ((0, 0), (0, 0), (0, idle)), constant_values=1.0)
    calibration = tuple(calibrate(p.ravel()) for p in padded.transpose(1, 0, 2))
    counted = replace(measured, spot_devices=presence.devices[spots])
    ordinary = [
        combine_kinds(_calibrated(p, calibration), weigh_kinds(find_families(counted, int(window), p))).min(initial=1.0)
        for window, p in zip(windows.placebo, placebo)
    ]
    is_site = history.visits.spots.kind == "site"
    return _combine(measured, tests, calibration, np.array(ordinary), weigh_spots(is_site))


def measure(
    history: History,
    presence: Presence,
    counts: PatternCounts,
    facets: Facets,
    windows: Windows,
    library: Library,
    min_devices: int,
) -> Measured:
    """Return what every window is tested with: counts, exposure, dispersion and what is asked of the library."""
    exposure = settle_exposure(find_exposure(history, presence, windows), presence, windows)
    dispersion, share_dispersion = (
        find_dispersion(counts.pattern, counts.devices, relative, windows, counts.spot)
        for relative in (exposure, presence.devices)
    )
    every = np.zeros(len(presence.devices), np.int64)
    spot_dispersion = find_dispersion(every, presence.devices, exposure, windows)
    return Measured(
        counts, presence.devices, exposure, dispersion, share_dispersion, spot_dispersion,
        *prefer_telling(counts, facets, library), windows, min_devices, _asked(library),
    )  # fmt: skip


def _asked(library: Library) -> np.ndarray:
    """Return which changes are asked for of each pattern of the library, bool (patterns, CHANGES)."""
    asked = library.asked.reshape(-1, len(library.change))
    table = np.zeros((len(asked), len(CHANGES)), bool)
    for column, entry in enumerate(library.change):
        if entry.id in CHANGES:
            table[:, CHANGES.index(entry.id)] = asked[:, column]
    return table


def prefer_telling(counts: PatternCounts, facets: Facets, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """Return which of several patterns with the same evidence to name, smallest first, and which is the spot's total.

    All of them are true of the very same visits, so the one to name is the one that tells most: whose WHO and WHAT
    are rarest among all visits, and which needs no WHEN.
    """
    axes = [(name, getattr(library, name)) for name in FACET_AXES]
    shares = [
        np.array([np.mean(facets.has(name, j)) if len(facets) else 1.0 for j in range(len(axis))])
        for name, axis in axes
    ]
    plain = [np.array([not entry.requires for entry in axis]) for _, axis in axes]
    parts = library.patterns.parts(counts.pattern)
    common = np.log(np.maximum(shares[0], 1e-6))[parts[0]] + np.log(np.maximum(shares[2], 1e-6))[parts[2]]
    is_total = plain[0][parts[0]] & plain[1][parts[1]] & plain[2][parts[2]]
    return common + WHEN_COST * ~plain[1][parts[1]], is_total


def weigh_spots(is_site: np.ndarray) -> np.ndarray:
    """Return what each spot's p-values count for, float64 (spots,), mean 1: at least SITE_WEIGHT of all is on sites.

    The analyst named the sites before anything was counted; thousands of cells around them must not drown them
    (weighted false-discovery control: Genovese, Roeder and Wasserman 2006).
    """
    sites, cells = int(is_site.sum()), int((~is_site).sum())
    if sites == 0 or cells == 0:
        return np.ones(len(is_site))
    share = max(SITE_WEIGHT, sites / len(is_site))
    return np.where(is_site, share / sites, (1.0 - share) / cells) * len(is_site)


def _calibrated(p_value: np.ndarray, calibration: tuple[Calibration, ...]) -> np.ndarray:
    """Apply each kind's calibration to its row of p-values (KINDS, spots)."""
    calibrated = np.full(p_value.shape, np.nan)
    for own, given, result in zip(calibration, p_value, calibrated):
        tested = np.flatnonzero(np.isfinite(given))
        result[tested] = own.apply(given[tested])
    return calibrated


def _combine(
    measured: Measured,
    tests: list[WindowTests],
    calibration: tuple[Calibration, ...],
    placebo_best: np.ndarray,
    spot_weight: np.ndarray,
) -> Scores:
    """Adjust over all spots and key dates, then inside the selected spots (Benjamini and Bogomolov 2014).

    `spot_weight` float64 (spots,): what each spot's p-values count for (mean 1).
    """
    windows, spots = measured.windows, len(measured.spot_devices)
    shape = (len(tests), KINDS, spots)
    by_kind = np.array([_calibrated(score_kinds(one, spots), calibration) for one in tests]).reshape(shape)
    families = [find_families(measured, one.window, p) for one, p in zip(tests, by_kind)]
    weight = np.array([weigh_kinds(one) for one in families]).reshape(shape)
    spot_p = np.array([combine_kinds(*both) for both in zip(by_kind, weight)]).reshape(len(tests), spots)
    looked_at = weight.any(axis=1)
    spot_q = np.ones(spot_p.shape)
    weighted = np.minimum(spot_p / spot_weight, 1.0)
    spot_q[looked_at] = adjust(weighted[looked_at])
    spread = max(looked_at.sum(), 1) / max((spot_q[looked_at] <= LEVEL).sum(), 1)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in tests)])

    key = np.repeat(np.arange(len(tests)), [len(one.row) for one in tests]).astype(np.int64)
    row, spot, change = (joined(name).astype(np.int64) for name in ("row", "spot", "change"))
    p_value = joined("p_value").astype(np.float64)
    kinds = KIND_OF_CHANGE[change]
    inside = adjust_in_groups((key * spots + spot) * KINDS + kinds, joined("weighted").astype(np.float64))
    for index, own in enumerate(calibration):
        rows = kinds == index
        p_value[rows], inside[rows] = own.apply(p_value[rows]), own.apply(inside[rows])
    inside *= spread / (weight[key, kinds, spot] * spot_weight[spot])
    baseline = windows.baseline[windows.tested]
    usual = measured.exposure @ (baseline / baseline.sum(axis=1, keepdims=True)).T
    return Scores(
        counts=measured.counts,
        key_windows=np.array(windows.tested),
        row=row,
        change=change,
        spot=spot,
        window=np.array(windows.tested)[key],
        p_value=p_value,
        expected=joined("expected").astype(np.float64),
        alike=joined("alike").astype(np.int64),
        q_value=np.maximum(spot_q[key, spot], np.minimum(inside, 1.0)),
        exposure=measured.exposure[spot, np.array(windows.tested)[key]] / usual[spot, key],
        spot_p=spot_p,
        spot_q=spot_q,
        placebo_p=placebo_best,
        calibration=calibration,
    )
