"""Calibration: how often ordinary dates show p-values of spots as small, and how that goes on beyond what they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import meant_probability

TAIL_SPOTS, WIDEST_TAIL_SHARE = 30, 0.1
"""How many of the smallest p-values of ordinary dates are learned from, and the most they may be of all where there are
few. By hand: more lean on p-values that are no tail, fewer on chance."""
TRIMMED = 2
"""The smallest p-values that are not learned from (Efron 2004): they may be true events among the ordinary dates. By
hand: more withstand more such events, and know less of the tail."""
FEWEST_SPACINGS = 3
"""Fewest steps between p-values that tell how a tail falls off, by hand: with fewer the model's own is as good."""
TRIMMED_OF_KEY_DATES = 0.5
"""Share of the tail that is not learned from where key dates are all there is: what happened on them is in it. By hand:
of the tenth of all spots that is looked at, the smaller half may be events."""
TAIL_FREEDOM, DEEP_TAIL_FREEDOM = 5.0, 4.0
"""How surely a tail goes on as it was seen to, whatever number of steps it was learned from: it falls off more slowly
the deeper, as if these were so few; and where more is asked than ordinary dates were seen, so that it must be believed
deeper than it was. By hand; measured on synthetic weekly worlds (seven key dates, four ordinary ones): of 27 with
nothing planted 3 have a finding with 5, 1 with 4, none with 3; 66, 54 and 46 % of fivefold crowds are found."""
MODEL_STEPS = 5.0
"""Steps that the model's own tail, of power 1, counts for beside those that were seen, by hand: of three steps no tail
is learned that would make a crowd of three times the usual number of devices nothing in a study of twelve places."""


@dataclass(frozen=True)
class Calibration:
    """How often p-values of spots are as small when nothing happens.

    `share[k]` of them are at most `p_value[k]` (both rising); between those logarithms are interpolated. Below the
    first the share falls off with p to the `power`, more slowly the deeper, by `freedom`. Unless learned, it is the
    model's p-values that are trusted no further than that.
    """

    p_value: tuple[float, ...] = (1.0,)
    share: tuple[float, ...] = (1.0,)
    power: float = 1.0
    freedom: float = TAIL_FREEDOM

    def apply(self, p_value: np.ndarray) -> np.ndarray:
        """Return how often p-values are as small, float64 in the shape of `p_value`."""
        depth, known = np.log(np.maximum(p_value, 1e-300)), np.log(self.p_value)
        below = np.maximum(known[0] - depth, 0.0)
        share = np.interp(depth, known, np.log(self.share))
        return meant_probability(np.exp(share - self.freedom * np.log1p(self.power * below / self.freedom)))


def calibrate(p_value: np.ndarray, are_ordinary: bool = True, asked: int = 0) -> Calibration:
    """Learn from the p-values of all spots on ordinary dates (1.0 where nothing was tested) how often they are small.

    Where there is no ordinary date, from those of the key dates themselves: most spots have nothing to tell there.
    `asked`: how many p-values there are on the key dates.

    The tail is taken for a Pareto tail from its TAIL_SPOTS-th smallest p-value on. Its power comes from the steps
    between those that are not trimmed (Hill 1975, trimmed as by Bhattacharya, Kallitsis and Stoev 2019) and from the
    model's own 1, which counts for MODEL_STEPS of them. How much more slowly it falls off the deeper does not
    depend on how many steps there were (TAIL_FREEDOM; DEEP_TAIL_FREEDOM where more is asked than was seen).
    """
    number = len(p_value)
    freedom = DEEP_TAIL_FREEDOM if asked > number else TAIL_FREEDOM
    widest = int(WIDEST_TAIL_SHARE * number)
    count = min(TAIL_SPOTS, widest) if are_ordinary else widest
    trimmed = TRIMMED if are_ordinary else int(TRIMMED_OF_KEY_DATES * count)
    if count - 1 - trimmed < FEWEST_SPACINGS:
        return Calibration(freedom=freedom)
    ordered = np.maximum(np.sort(p_value), 1e-300)
    rank = np.arange(1, count)
    steps = (rank * np.log(ordered[1:count] / ordered[: count - 1]))[trimmed:]
    knots = np.unique(np.rint(np.geomspace(count, number, 2 + int(np.log2(number / count)))).astype(np.int64))
    known, last = np.unique(ordered[knots[::-1] - 1], return_index=True)  # of equal values the highest rank
    share = knots[::-1][last] / number
    # Never taken for lighter than the model says: what is seen of a tail that grows heavier is its light part.
    power = min(1.0, (MODEL_STEPS + len(steps)) / (MODEL_STEPS + float(steps.sum())))
    return Calibration(tuple(known), tuple(share), power, freedom)
