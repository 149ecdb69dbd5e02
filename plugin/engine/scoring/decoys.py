"""Decoys: ordinary dates tell how many spots of the key dates are found by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..counting import Windows


@dataclass(frozen=True)
class Decoys:
    """P-values of all spots on ordinary dates, float64 rising, of how many `dates`, and how many of these are apart.

    Ordinary dates on different weekdays overlap: what happens once is seen on `dates / apart` of them.
    """

    p_value: np.ndarray
    dates: int
    apart: int

    def q_values(self, spot_p: np.ndarray, key_dates: int, at: np.ndarray) -> np.ndarray:
        """Return the share of false findings to expect if all spots hold whose p-value is as small as `at`, float64.

        `spot_p` are those of all spots on all key dates. At a threshold t the share is (1 + ordinary spots below t) x
        (key dates / ordinary dates) / key spots below t (Elias and Gygi 2007; Barber and Candes 2015): nothing is
        assumed of how p-values fall off. For few findings the 1 is too much; there it is what calibrated p-values say
        (Benjamini and Hochberg 1995). The smaller counts.
        """
        threshold, place = np.unique(np.concatenate((spot_p, at)), return_inverse=True)
        false = threshold * len(spot_p)
        if self.dates:
            ordinary = self.dates / self.apart + np.searchsorted(self.p_value, threshold, "right")
            false = np.minimum(false, ordinary * key_dates / self.dates)
        share = false / np.maximum(np.searchsorted(np.sort(spot_p), threshold, "right"), 1)
        smallest = np.minimum.accumulate(share[::-1])[::-1]
        return np.minimum(smallest, 1.0)[place[len(spot_p) :]]


def gather_decoys(p_value: np.ndarray, windows: Windows) -> Decoys:
    """Return the decoys of p-values (ordinary dates, spots) in the order of `windows.placebo`."""
    return Decoys(np.sort(p_value, axis=None), len(windows.placebo), count_apart(windows))


def count_apart(windows: Windows) -> int:
    """Return how many of the ordinary windows there are of which no two overlap."""
    apart, free_from = 0, -np.inf
    for start in np.sort(windows.start_day[windows.placebo]).tolist():
        if start >= free_from:
            apart, free_from = apart + 1, start + windows.length_days
    return apart
