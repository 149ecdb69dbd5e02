"""Exposure: how many devices there were to be seen in each window, by country, so that a growing panel is no surge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..counting import PlainCounts, Presence, Windows, count_devices, days_present, sum_days
from ..history import History
from .dispersion import add_up

MIN_COUNTRY_DEVICES = 30
"""Fewest devices per window that measure a country by itself, by hand: a count of 30 is known to 18 %; more would leave
small countries to the growth of the whole panel."""
MANY_DEVICES, MIN_MEDIAN_SPOTS, LARGEST_PART = 1000.0, 8, 0.1
"""Devices in an ordinary window, spot by spot, from which no crowd at one spot makes up much of a country's exposure;
below, how few spots tell by their median what the others do, and what part of their weight one may have. By hand: a
median over spots withstands crowds, and knows the growth of a panel less well than the count of its devices."""
MANY_SPOTS = 50
"""Spots from which their median tells it, however many devices there are. By hand: where places swing by a fifth from
week to week it is known to 4 %, and crowds at one place in twenty are a tenth of all devices."""
SETTLING_DAYS = 14
"""Days at the end of the data in which a device that came then has had no time to live somewhere, by hand: it counts as
panel, or a panel that grows at the end would be a rise everywhere."""
LEAST_SETTLED = 0.1
"""Least factor of a settled exposure, by hand: a bound, so that nothing is divided by a median of almost none."""


@dataclass(frozen=True)
class PlainExposure:
    """What plain counts are proportional to: `devices` and `days` float64 (phases, spots, windows).

    Where a district moved `devices` are those that a rise must exceed and `days` those that a fall must be below;
    `fall_devices` are the devices that a fall is told against.
    """

    devices: np.ndarray
    days: np.ndarray
    fall_devices: np.ndarray


def find_exposure(history: History, presence: Presence, windows: Windows) -> np.ndarray:
    """Return the exposure float64 (spots, windows): devices active in the spot's country, relative to their mean."""
    rate = _relative(country_rates(history, presence.first, presence.last, len(windows)))
    return rate[history.visits.spots.country_index]


def find_plain_exposure(history: History, panel: CountryPanel, presence: Presence, plain: PlainCounts) -> PlainExposure:
    """Return the exposure of plain counts; `presence` is that of their windows."""
    windows = plain.windows
    seen = panel.rates(presence.first, presence.last, len(windows))
    days = panel.days(plain, panel.is_own(seen))
    country = history.visits.spots.country_index[plain.spot]
    # The devices of a few days are proportional to those that are there on each of them.
    devices, days = (
        np.stack([
            settle(_relative(rate)[country], counts, windows) for rate, counts in zip(rates, own_counts)
        ]) for rates, own_counts in (((seen, *days[1:]), plain.devices), (days, plain.days))
    )  # fmt: skip
    return PlainExposure(devices, days, devices)


def _counts_as_panel(history: History) -> np.ndarray:
    """Return of which visits the device is panel: it lives somewhere, or came too late to be known to; bool.

    Everybody where less than half would be: then it is the data that are too thin to tell who lives where.
    """
    device, day = history.visits.stays.device, history.day
    if history.settled is None or len(day) == 0:
        return np.ones(len(day), bool)
    first_day = np.full(len(history.settled), int(day.max()))
    np.minimum.at(first_day, device, day)
    counted: np.ndarray = (history.settled | (first_day > int(day.max()) - SETTLING_DAYS))[device]
    return counted if counted.mean() >= 0.5 else np.ones(len(day), bool)


def _relative(rate: np.ndarray) -> np.ndarray:
    rate = np.maximum(rate, 1.0)
    return rate / rate.mean(axis=1, keepdims=True)


def settle(exposure: np.ndarray, devices: np.ndarray, windows: Windows) -> np.ndarray:
    """Return the exposure (spots, windows), settled by what most spots show of the counts `devices` of the same shape.

    Where a country's devices are few, a crowd at one spot doubles those that are active, and every other spot seems to
    fall away; crowds at a few of many spots do so in part. So the exposure is multiplied by the weighted median over
    spots of devices over what it lets one expect.
    """
    ordinary = ~windows.is_key
    usual = devices[:, ordinary].mean(axis=1) if ordinary.any() else np.zeros(len(exposure))
    settled = exposure.copy()
    # Spots with the same exposure in every window have it from the same devices.
    mix = np.random.default_rng(len(windows)).random(len(windows))
    _, group = np.unique(add_up(exposure * mix), return_inverse=True)
    telling_spots = np.bincount(group, usual >= 1.0)
    fewest = np.where(np.bincount(group, usual) < MANY_DEVICES, MIN_MEDIAN_SPOTS, MANY_SPOTS)
    for number in np.flatnonzero(telling_spots >= fewest):
        mine = np.flatnonzero(group == number)
        telling = mine[usual[mine] >= 1.0]
        expected = usual[telling, None] * exposure[telling]
        weight = np.minimum(usual[telling], LARGEST_PART * usual[telling].sum())
        middle = weighted_medians(devices[telling] / expected, weight)
        middle /= max(float(np.median(middle[ordinary])), LEAST_SETTLED)
        settled[mine] *= np.maximum(middle, LEAST_SETTLED)
    return settled


def weighted_medians(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the median of each column of `values` (n, m), where row i counts for `weight[i]`."""
    order = np.argsort(values, axis=0, kind="stable")
    half = np.cumsum(weight[order], axis=0) >= weight.sum() / 2.0
    return np.take_along_axis(values, order, axis=0)[half.argmax(axis=0), np.arange(values.shape[1])]


def country_rates(history: History, first: np.ndarray, last: np.ndarray, periods: int) -> np.ndarray:
    """Return the distinct devices active in each country that live somewhere, float64 (countries + 1, periods).

    Each visit is in the periods `first`..`last` (half open). Countries with few devices have those of the whole panel:
    a handful of devices is no measure. The whole panel is the last row, which a country of -1 (unknown) indexes.
    """
    return CountryPanel(history).rates(first, last, periods)


class CountryPanel:
    """The visits of a study by country and device, sorted once, to be counted by any periods."""

    def __init__(self, history: History) -> None:
        visits, self._history = history.visits, history
        self._countries = len(history.world.country_code)
        region = np.where(visits.country < 0, self._countries, visits.country).astype(np.int64)
        device, counted = visits.stays.device, np.flatnonzero(_counts_as_panel(history))
        self._counted, self._panel = counted, np.zeros(len(counted), np.int64)
        self._order = counted[
            np.argsort(device[counted] * np.int64(self._countries + 1) + region[counted], kind="stable")
        ]
        self._region, self._device = region[self._order], device

    def rates(self, first: np.ndarray, last: np.ndarray, periods: int, own: Optional[np.ndarray] = None) -> np.ndarray:
        """Return what `country_rates` does; `own` (countries + 1,) says which countries are measured by themselves."""
        device, order, rows = self._device, self._order, self._counted
        panel = count_devices(self._panel, device[rows], first[rows], last[rows], (1, periods))
        shape = self._countries + 1, periods
        active = count_devices(self._region, device[order], first[order], last[order], shape)
        own = active.mean(axis=1) >= MIN_COUNTRY_DEVICES if own is None else own
        rate = np.where(own[:, None], active, panel).astype(np.float64)
        rate[-1] = panel[0]
        return rate

    def days(
        self, plain: PlainCounts, own: np.ndarray, spans: Optional[tuple[np.ndarray, np.ndarray]] = None
    ) -> np.ndarray:
        """Return the days of presence in each country, int (phases, countries + 1, windows of plain counts).

        `spans`: the days that each visit counts on (half open, from the first day of the windows on); None: all that it
        touches.
        """
        first_day, number = plain.windows.day_span
        spans = days_present(self._history, first_day, number) if spans is None else spans
        return sum_days(self.rates(*spans, number, own), plain.phases, plain.windows)

    def is_own(self, rate: np.ndarray) -> np.ndarray:
        """Return which countries' rates are their own, not those of the whole panel; bool (countries + 1,)."""
        return (rate != rate[-1]).any(axis=1)
