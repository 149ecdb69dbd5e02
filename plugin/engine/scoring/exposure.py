"""Exposure: how many devices there were to be seen in each window, by country, so that a growing panel is no surge."""

from __future__ import annotations

import numpy as np

from ..counting import Presence, Windows, count_devices
from ..history import History
from .dispersion import add_up

MIN_COUNTRY_DEVICES = 30
"""Fewest devices per window that measure a country by itself, by hand: a count of 30 is known to 18 %; more would leave
small countries to the growth of the whole panel."""
MANY_DEVICES, MIN_MEDIAN_SPOTS, LARGEST_PART = 1000.0, 8, 0.1
"""Devices in an ordinary window, spot by spot, from which no crowd at one spot makes up much of a country's exposure;
below, how few spots tell by their median what the others do, and what part of their weight one may have. By hand: a
median over spots withstands crowds, and knows the growth of a panel less well than the count of its devices."""
LEAST_SETTLED = 0.1
"""Least factor of a settled exposure, by hand: a bound, so that nothing is divided by a median of almost none."""


def find_exposure(history: History, presence: Presence, windows: Windows) -> np.ndarray:
    """Return the exposure float64 (spots, windows): devices active in the spot's country, relative to their mean."""
    rate = np.maximum(country_rates(history, presence.first, presence.last, len(windows)), 1.0)
    rate /= rate.mean(axis=1, keepdims=True)
    return rate[history.visits.spots.country_index]


def settle_exposure(exposure: np.ndarray, presence: Presence, windows: Windows) -> np.ndarray:
    """Return the exposure (spots, windows) where a country's few devices make it up, by what most of its spots show.

    There a crowd at one spot doubles the devices that are active, and every other spot seems to fall away. So the
    exposure is multiplied by the weighted median over spots of devices over what the exposure lets one expect.
    """
    ordinary = np.ones(len(windows), bool)
    ordinary[windows.key_window] = False
    usual = presence.devices[:, ordinary].mean(axis=1) if ordinary.any() else np.zeros(len(exposure))
    settled = exposure.copy()
    # Spots with the same exposure in every window have it from the same devices.
    mix = np.random.default_rng(len(windows)).random(len(windows))
    _, group = np.unique(add_up(exposure * mix), return_inverse=True)
    few = np.bincount(group, usual) < MANY_DEVICES
    for number in np.flatnonzero(few & (np.bincount(group, usual >= 1.0) >= MIN_MEDIAN_SPOTS)):
        mine = np.flatnonzero(group == number)
        telling = mine[usual[mine] >= 1.0]
        expected = usual[telling, None] * exposure[telling]
        weight = np.minimum(usual[telling], LARGEST_PART * usual[telling].sum())
        middle = _weighted_medians(presence.devices[telling] / expected, weight)
        middle /= max(float(np.median(middle[ordinary])), LEAST_SETTLED)
        settled[mine] *= np.maximum(middle, LEAST_SETTLED)
    return settled


def _weighted_medians(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the median of each column of `values` (n, m), where row i counts for `weight[i]`."""
    order = np.argsort(values, axis=0, kind="stable")
    half = np.cumsum(weight[order], axis=0) >= weight.sum() / 2.0
    return np.take_along_axis(values, order, axis=0)[half.argmax(axis=0), np.arange(values.shape[1])]


def country_rates(history: History, first: np.ndarray, last: np.ndarray, periods: int) -> np.ndarray:
    """Return the distinct devices active in each country, float64 (countries + 1, periods).

    Each visit is in the periods `first`..`last` (half open). Countries with few devices have those of the whole panel:
    a handful of devices is no measure. The whole panel is the last row, which a country of -1 (unknown) indexes.
    """
    visits, device = history.visits, history.visits.stays.device
    countries = len(history.world.country_code)
    region = np.where(visits.country < 0, countries, visits.country).astype(np.int64)
    panel = count_devices(np.zeros(len(device), np.int64), device, first, last, (1, periods))
    order = np.argsort(device * np.int64(countries + 1) + region, kind="stable")
    group, device, first, last = (column[order] for column in (region, device, first, last))
    active = count_devices(group, device, first, last, (countries + 1, periods))
    rate = np.where(active.mean(axis=1, keepdims=True) >= MIN_COUNTRY_DEVICES, active, panel).astype(np.float64)
    rate[-1] = panel[0]
    return rate
