"""Tails as heavy as an estimated variance makes them: normal quantiles, and Student's t in place of the normal."""

from __future__ import annotations

import numpy as np

from .negative_binomial import incomplete_beta

_SMALLEST = 1e-300
# Wichura 1988, Applied Statistics 37, algorithm AS 241 (PPND16): relative error about 1e-16.
_CENTRE, _CENTRE_BELOW = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_MIDDLE, _MIDDLE_BELOW = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR, _FAR_BELOW = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def normal_quantile(p_value: np.ndarray) -> np.ndarray:
    """Return z with P(Z <= z) = p, float64, for probabilities in (0, 1)."""
    p_value = np.asarray(p_value, np.float64)
    off = p_value - 0.5
    near = np.abs(off) <= 0.425
    square = 0.180625 - off * off
    centre = off * np.polyval(_CENTRE, square) / np.polyval(_CENTRE_BELOW, square)
    depth = np.sqrt(-np.log(np.maximum(np.minimum(p_value, 1.0 - p_value), _SMALLEST)))
    middle = np.polyval(_MIDDLE, depth - 1.6) / np.polyval(_MIDDLE_BELOW, depth - 1.6)
    far = np.polyval(_FAR, depth - 5.0) / np.polyval(_FAR_BELOW, depth - 5.0)
    return np.where(near, centre, np.sign(off) * np.where(depth <= 5.0, middle, far))


def student_tail(z: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Return P(T >= z), float64, of Student's t with the given degrees of freedom, for z >= 0."""
    z, freedom = np.broadcast_arrays(np.asarray(z, np.float64), np.asarray(freedom, np.float64))
    square = z * z
    x = (freedom / (freedom + square)).ravel()
    tail = incomplete_beta(freedom.ravel() / 2.0, np.full(x.shape, 0.5), x, (square / (freedom + square)).ravel())
    return 0.5 * tail.reshape(z.shape)


def with_heavy_tail(p_value: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Return one-sided p-values of a known variance as they are where it was estimated with `freedom` degrees.

    Each becomes the tail of Student's t at the normal quantile that it stands for; those from 0.5 on stay.
    """
    p_value, freedom = np.broadcast_arrays(np.asarray(p_value, np.float64), np.asarray(freedom, np.float64))
    result, small = p_value.copy(), np.flatnonzero(p_value.ravel() < 0.5)
    own = np.maximum(p_value.ravel()[small], _SMALLEST)
    result.ravel()[small] = student_tail(-normal_quantile(own), freedom.ravel()[small])
    return result
