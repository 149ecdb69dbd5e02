"""The seeds of all drawn worlds in tests, and what a test may ask of a rate in them.

`SEED_SHIFT=1 pytest` draws every world anew, and property tests look at other examples. A test that holds for the seeds
in its text only says nothing: the last digit of a sine differs between processors, and with it the world that is drawn.
"""

from __future__ import annotations

import functools
import os

import numpy as np
from scipy.special import bdtr, bdtrc, gammaln, xlogy

SEED_SHIFT = int(os.environ.get("SEED_SHIFT", "0"))
MISSED_ONCE_IN = 1e6


def shifted(number: int) -> int:
    """Return `number`, or the seed that stands for it in a run with other worlds."""
    return number + SEED_SHIFT * 1_000_003


def at_most(hits: int, cases: int, rate: float) -> bool:
    """Say whether `hits` of `cases` agree with a rate of at most `rate`.

    A world whose true rate is `rate` has more hits than this allows once in a million draws, one whose true rate is
    lower even more rarely. How far the true rate must lie above to be noticed is a matter of the number of cases.
    """
    return bool(hits == 0 or bdtrc(hits - 1, cases, rate) >= 1.0 / MISSED_ONCE_IN)


def at_least(hits: int, cases: int, rate: float) -> bool:
    """Say whether `hits` of `cases` agree with a rate of at least `rate`; see `at_most`."""
    return bool(bdtr(hits, cases, rate) >= 1.0 / MISSED_ONCE_IN)


def by_chance(found: int, q: float, runs: int = 1) -> bool:
    """Say whether `found` findings in `runs` runs agree with Benjamini-Hochberg at level `q` where nothing is true.

    One of many independent tests has k findings with a probability of (1 - q) (q k)^k exp(-q k) / k! (Finner and
    Roters 2002, "Multiple hypotheses testing and expected number of type I errors"); more once in a million is no
    chance.
    """
    number = np.arange(found + 1)
    one = (1.0 - q) * np.exp(xlogy(number, q * number) - q * number - gammaln(number + 1))
    several = functools.reduce(lambda a, b: np.convolve(a, b)[: found + 1], [one] * runs)
    return bool(several[:found].sum() <= 1.0 - 1.0 / MISSED_ONCE_IN)
