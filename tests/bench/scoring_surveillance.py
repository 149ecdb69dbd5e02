"""The field's own ways to watch counts, in their simplest correct form: Farrington and Noufaily, and scans.

They get what ours gets: devices of the same spots, the same earlier windows, our exposure. Only rises are looked for.

- Farrington (1996) as improved by Noufaily (2013): a quasi-Poisson mean of the earlier windows, those with Anscombe
  residuals above 2.58 weighed down, and the negative binomial upper tail of what came; Benjamini-Hochberg over spots.
- Scans over each spot and its 0 to 8 nearest: Kulldorff's (1997) against the whole of the window, and the
  expectation-based one of Neill (2005). A cluster's middle is found if its likelihood ratio exceeds that of 95 of 100
  Poisson worlds with the same expectation.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.spatial import cKDTree

ODD_RESIDUAL, ROUNDS = 2.58, 3
NEAREST, WORLDS, LEVEL, SEED = 8, 99, 0.05, 40_611


def farrington_p(observed: np.ndarray, past: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Return how likely as many are, float64 (spots,); `past` (spots, earlier windows) devices at an exposure of 1."""
    weight = np.ones(past.shape)
    for _ in range(ROUNDS):
        mean = np.maximum((weight * past).sum(axis=1) / weight.sum(axis=1), 0.05)
        scatter = (weight * (past - mean[:, None]) ** 2).sum(axis=1) / mean / (past.shape[1] - 1)
        scatter = np.maximum(scatter, 1.0)
        anscombe = 1.5 * (past ** (2 / 3) - mean[:, None] ** (2 / 3)) / mean[:, None] ** (1 / 6)
        residual = anscombe / np.sqrt(scatter)[:, None] / np.sqrt(1.0 - 1.0 / past.shape[1])
        weight = np.where(residual > ODD_RESIDUAL, np.maximum(residual, 1.0) ** -2.0, 1.0)
        weight *= past.shape[1] / weight.sum(axis=1, keepdims=True)
    expected = mean * exposure
    # What the mean of so few windows is known to adds to the scatter of one.
    spread = scatter * (1.0 + 1.0 / past.shape[1])
    size = expected / np.maximum(spread - 1.0, 1e-6)
    return stats.nbinom.sf(observed - 1, size, size / (size + expected))


def scan(observed: np.ndarray, expected: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at which spots Kulldorff's scan and the expectation-based one find a cluster's middle, bool (spots,)."""
    near = cKDTree(place).query(place, min(NEAREST + 1, len(place)))[1]
    expected = np.maximum(expected, 0.05)
    rng = np.random.default_rng(SEED)
    kulldorff, based = _ratios(observed, expected, near)
    null = np.array([[one.max() for one in _ratios(rng.poisson(expected), expected, near)] for _ in range(WORLDS)])
    least = np.sort(null, axis=0)[int((1.0 - LEVEL) * (WORLDS + 1)) - 1]
    return kulldorff > least[0], based > least[1]


def _ratios(observed: np.ndarray, expected: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest log likelihood ratios over the sets of nearest spots around each, of both scans."""
    seen, mean = (np.cumsum(column[near], axis=1) for column in (observed.astype(float), expected))
    based = np.where(seen > mean, _times_log(seen, seen / mean) + mean - seen, 0.0)
    total = float(observed.sum())
    share = mean * total / expected.sum()
    rest, rest_mean = total - seen, np.maximum(total - share, 1e-9)
    kulldorff = _times_log(seen, seen / np.maximum(share, 1e-9)) + _times_log(rest, rest / rest_mean)
    return np.where(seen > share, kulldorff, 0.0).max(axis=1), based.max(axis=1)


def _times_log(count: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    return count * np.log(np.maximum(ratio, 1e-300))
