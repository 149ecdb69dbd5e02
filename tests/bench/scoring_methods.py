"""What each method finds in a world for error rates, spot by spot and key date: ours and three peers.

The peers get what ours has: the same spots (those with at least three devices in some window), the same windows of
seven days in whole weeks before, and the expectation scaled by our exposure. Each tests the spot's distinct devices,
two-sided, with Benjamini-Hochberg over all spots and both key dates at 0.05. They differ in what they take for chance:

- weekday z-score: normal, with the standard deviation of the spot's own earlier windows (spots without any left out);
- Poisson: the expectation as mean;
- Getis-Ord Gi*: observed minus expected against random permutations over space (esda, in `.venv-peers`).
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import sitelight_package
from scipy import stats

from .scoring_engine import Studied
from .scoring_worlds import ScoringWorld

PEER_PYTHON = sitelight_package.ROOT / ".venv-peers" / "bin" / "python"
METHODS = ("Sitelight", "weekday z-score + BH", "Poisson + BH", "Getis-Ord Gi* + BH")
LEVEL = 0.05


def find_all(world: ScoringWorld, studied: Studied) -> dict[str, np.ndarray]:
    """Return what each method finds, bool (key dates, spots of the world)."""
    q_value = {METHODS[0]: _own_q(studied)}
    for name, p in zip(METHODS[1:], _peer_p(world, studied)):
        q_value[name] = np.ones(p.shape)
        q_value[name][np.isfinite(p)] = _adjusted(p[np.isfinite(p)])
    own = np.maximum(studied.own, 0)
    seen = studied.own >= 0
    return {name: (q[:, own] <= LEVEL) & seen for name, q in q_value.items()}


def _own_q(studied: Studied) -> np.ndarray:
    """Return the smallest q-value of our findings at each spot and key date."""
    scores = studied.scores
    smallest = np.ones(scores.spot_q.shape)
    np.minimum.at(smallest, (np.searchsorted(scores.key_windows, scores.window), scores.spot), scores.q_value)
    return smallest


def _peer_p(world: ScoringWorld, studied: Studied) -> list[np.ndarray]:
    """Return two-sided p-values (key dates, spots) of the peers, NaN where nothing is tested."""
    windows, devices = studied.windows, studied.presence.devices.astype(np.float64)
    busy = studied.presence.busy_spots(3)
    z_p, poisson_p, change = (np.full((len(windows.tested), len(devices)), np.nan) for _ in range(3))
    for row, window in enumerate(windows.tested):
        past = devices[:, windows.baseline[window]] / studied.exposure[:, windows.baseline[window]]
        exposure, observed = studied.exposure[:, window], devices[:, window]
        expected, spread = past.mean(axis=1) * exposure, past.std(axis=1, ddof=1) * exposure
        some = busy & (spread > 0)
        z_p[row, some] = 2.0 * stats.norm.sf(np.abs(observed - expected)[some] / spread[some])
        tails = stats.poisson.sf(observed - 1, expected), stats.poisson.cdf(observed, expected)
        poisson_p[row, busy] = np.minimum(2.0 * np.minimum(*tails), 1.0)[busy]
        change[row] = observed - expected
    gi_p = np.full(z_p.shape, np.nan)
    gi_p[:, busy] = _gi_star(world, studied, change, busy)
    return [z_p, poisson_p, gi_p]


def _gi_star(world: ScoringWorld, studied: Studied, change: np.ndarray, busy: np.ndarray) -> np.ndarray:
    """Return p-values of Gi* (key dates, busy spots) of the changes, from the peers' environment."""
    of_world = np.full(len(busy), -1)
    of_world[studied.own[studied.own >= 0]] = np.flatnonzero(studied.own >= 0)
    place = of_world[busy]
    with tempfile.TemporaryDirectory() as folder:
        changes, found = Path(folder) / "changes.npz", Path(folder) / "p.npz"
        x, y = world.ground.lon[place] * 111_195.0, world.ground.lat[place] * 111_195.0  # near the equator
        np.savez(changes, x=x, y=y, change=change[:, busy])
        script = Path(__file__).with_name("scoring_peers.py")
        subprocess.run([PEER_PYTHON, script, changes, found], check=True, timeout=1800)
        with np.load(found) as stored:
            return stored["p"]


def _adjusted(p_value: np.ndarray) -> np.ndarray:
    """Return Benjamini-Hochberg adjusted p-values, by the peers' own plain formula."""
    order = np.argsort(p_value)
    scaled = p_value[order] * len(p_value) / np.arange(1, len(p_value) + 1)
    adjusted = np.empty(len(p_value))
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return adjusted
