"""The changes that are tested, and the kinds of test behind them."""

from __future__ import annotations

import numpy as np

APPEARS, SURGES, FALLS_AWAY, SHIFTS = range(4)
CHANGES = ("appears", "surges", "falls_away", "shifts")
KINDS = 3
KIND_OF_CHANGE = np.array([0, 0, 1, 2])
"""Appears and surges are one upper-tail test, labelled by its baseline; the other two are tests of their own."""
KIND_WEIGHT = np.array([0.6, 0.2, 0.2])
"""Share of a spot's weight on each kind of test, of those that look at it (weighted p-values: Genovese, Roeder and
Wasserman 2006)."""
MIN_FALL_DEVICES = 8.0
"""Below this a fall to nothing is no surprise (P(0) > 1 in 3,000), so testing it would only cost the others power."""
MIN_SHARE_DEVICES = 5
