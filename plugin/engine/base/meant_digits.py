"""Figures cut to the digits they mean, so that a result does not depend on the processor.

Sines, exponentials and logarithms differ in the last digit from one processor to the next (numpy takes other code where
AVX512 is missing). What is compared, sorted or written is rounded far above that, and far below what it means.
"""

from __future__ import annotations

import numpy as np

_DECIMALS = 8
"""About a millimetre: no position is known better, and sines differ a million times below that."""
_BITS = 24
"""Seven significant digits: tails of distributions differ between processors from the thirteenth on."""


def meant_degrees(degrees: np.ndarray) -> np.ndarray:
    """Return degrees of latitude or longitude to about a millimetre."""
    rounded: np.ndarray = np.round(degrees, _DECIMALS)
    return rounded


def meant_metres(metres: np.ndarray) -> np.ndarray:
    """Return distances to the millimetre."""
    rounded: np.ndarray = np.round(metres, 3)
    return rounded


def meant_millimetres(kilometres: np.ndarray) -> np.ndarray:
    """Return distances as int64 millimetres: their sums are exact, whatever stands before them."""
    rounded: np.ndarray = np.rint(kilometres * 1e6).astype(np.int64)
    return rounded


def meant_probability(p_value: np.ndarray) -> np.ndarray:
    """Return p-values to seven significant digits, however small they are."""
    # In binary, since powers of two are exact everywhere and powers of ten are not.
    mantissa, exponent = np.frexp(p_value)
    rounded: np.ndarray = np.ldexp(np.rint(np.ldexp(mantissa, _BITS)), exponent - _BITS)
    return rounded
