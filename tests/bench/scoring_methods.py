"""What each method finds in a world for error rates, spot by spot and key date: ours and the peers.

The peers get what ours has: the same spots (those with at least three devices in some window), the same windows of
seven days in whole weeks before, and the expectation scaled by our exposure. Each tests the spot's distinct devices,
two-sided, with Benjamini-Hochberg over all spots and both key dates at 0.05. They differ in what they take for chance:

- weekday z-score: normal, with the standard deviation of the spot's own earlier windows. Spots whose earlier windows
  are all the same have none: they are not tested and not counted among the tests;
- Poisson: the expectation as mean;
- Farrington's, and two scans: see `scoring_surveillance`, they look for rises only;
- Getis-Ord Gi* (esda, in `.venv-peers`): observed minus expected among near spots, by the normal distribution or by
  9,999 permutations, whose smallest two-sided p-value of 0.0002 seldom passes among thousands of spots.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sitelight_package
from scipy import stats

from .scoring_engine import Studied
from .scoring_surveillance import farrington_p, scan
from .scoring_worlds import ScoringWorld

PEER_PYTHON = sitelight_package.ROOT / ".venv-peers" / "bin" / "python"
METHODS = (
    "Sitelight", "weekday z-score + BH", "Poisson + BH", "Farrington + BH", "Gi* normal + BH", "Gi* permutations + BH",
    "Kulldorff's scan", "expectation-based scan",
)  # fmt: skip
LEVEL = 0.05
HAS_ESDA = any(PEER_PYTHON.parents[1].glob("lib/python3*/site-packages/esda"))
"""Without it Gi* is left out."""


@dataclass(frozen=True)
class Case:
    """What is left to judge of a world: our q-values and the peers' p-values, and what Gi* needs.

    `own` int64 (spots of the world,): the engine's spot or -1. `q_value`, `z_p`, `poisson_p`, `farrington_p` float64
    (key dates, spots of the engine), NaN untested; `scans` bool (2, key dates, spots of the engine). `busy` bool (spots
    of the engine,); of those `place` (busy, 2) x, y in m and `change` (key dates, busy) devices more than expected.
    """

    own: np.ndarray
    q_value: np.ndarray
    z_p: np.ndarray
    poisson_p: np.ndarray
    farrington_p: np.ndarray
    scans: np.ndarray
    busy: np.ndarray
    place: np.ndarray
    change: np.ndarray


def make_case(world: ScoringWorld, studied: Studied) -> Case:
    """Return what the methods say of a world, except for Gi*."""
    windows, devices = studied.windows, studied.presence.devices.astype(np.float64)
    busy = studied.presence.busy_spots(3)
    z_p, poisson_p, farrington, change = (np.full((len(windows.tested), len(devices)), np.nan) for _ in range(4))
    scans = np.zeros((2, len(windows.tested), len(devices)), bool)
    of_world = np.full(len(busy), -1)
    of_world[studied.own[studied.own >= 0]] = np.flatnonzero(studied.own >= 0)
    place = np.column_stack((world.ground.lon, world.ground.lat))[of_world[busy]] * 111_195.0  # near the equator
    for row, window in enumerate(windows.tested):
        past = devices[:, windows.baseline[window]] / studied.exposure[:, windows.baseline[window]]
        own = judge_counts(devices[busy, window], past[busy], studied.exposure[busy, window])
        z_p[row, busy], poisson_p[row, busy], change[row, busy] = own
        farrington[row, busy] = farrington_p(devices[busy, window], past[busy], studied.exposure[busy, window])
        scans[:, row, busy] = scan(devices[busy, window], devices[busy, window] - change[row, busy], place)
    return Case(studied.own, studied.scores.smallest_q, z_p, poisson_p, farrington, scans, busy, place, change[:, busy])


def judge_counts(observed: np.ndarray, past: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return two-sided p-values of the z-score (NaN without spread) and of Poisson, and observed minus expected.

    `observed` (spots,) devices, `past` (spots, earlier windows) devices at an exposure of 1, `exposure` (spots,) now.
    """
    expected, spread = past.mean(axis=1) * exposure, past.std(axis=1, ddof=1) * exposure
    change = observed - expected
    z_p = np.full(len(observed), np.nan)
    some = spread > 0
    z_p[some] = 2.0 * stats.norm.sf(np.abs(change)[some] / spread[some])
    tails = stats.poisson.sf(observed - 1, expected), stats.poisson.cdf(observed, expected)
    return z_p, np.minimum(2.0 * np.minimum(*tails), 1.0), change


def find_all(cases: list[Case]) -> list[dict[str, np.ndarray]]:
    """Return what each method finds in each world, bool (key dates, spots of the world)."""
    found = []
    hot_spots = find_hot_spots([(case.place, case.change) for case in cases]) if HAS_ESDA else [()] * len(cases)
    for case, near in zip(cases, hot_spots):
        q_value = [case.q_value, adjust(case.z_p), adjust(case.poisson_p), adjust(case.farrington_p)]
        for p in near:
            q = np.ones(case.z_p.shape)
            q[:, case.busy] = adjust(p)
            q_value.append(q)
        q_value += [np.where(found_there, 0.0, 1.0) for found_there in case.scans]
        seen = case.own >= 0
        names = [name for name in METHODS if HAS_ESDA or not name.startswith("Gi*")]
        found.append({name: (q[:, np.maximum(case.own, 0)] <= LEVEL) & seen for name, q in zip(names, q_value)})
    return found


def find_hot_spots(fields: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return Gi* p-values, normal and by permutations, of changes (dates, spots) at places (spots, 2) in m."""
    with tempfile.TemporaryDirectory() as folder:
        changes, found = Path(folder) / "changes.npz", Path(folder) / "p.npz"
        np.savez(changes, **{f"{name}{k}": one for k, own in enumerate(fields) for name, one in zip(("at", "by"), own)})
        script = Path(__file__).with_name("scoring_peers.py")
        subprocess.run([PEER_PYTHON, script, changes, found], check=True, timeout=1800)
        with np.load(found) as stored:
            return [(stored[f"normal{k}"], stored[f"permuted{k}"]) for k in range(len(fields))]


def adjust(p_value: np.ndarray) -> np.ndarray:
    """Return Benjamini-Hochberg adjusted p-values of any shape, by the peers' own plain formula; NaN counts as none."""
    tested = np.flatnonzero(np.isfinite(p_value))
    order = tested[np.argsort(p_value.ravel()[tested])]
    scaled = p_value.ravel()[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted = np.ones(p_value.size)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted.reshape(p_value.shape)
