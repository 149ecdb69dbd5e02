"""A panel of ordinary devices as rows: nights at home, days at work, three bursts of fixes a day, in two countries."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sitelight.plugin.engine.base import Columns, Progress
from sitelight.plugin.engine.health import Health, examine
from sitelight.plugin.engine.screening import Screened, ScreeningSettings, screen

from .engine_worlds import DAY_MS, HOUR_MS, MONDAY, ListSource, square_world

WORLD = square_world()
BY_HOUR = np.array([1, 1, 1, 1, 1, 2, 6, 9, 9, 8, 8, 8, 9, 9, 8, 8, 8, 9, 10, 11, 10, 8, 5, 2], float)


@dataclass(frozen=True)
class Panel(Columns):
    """Rows of a panel: `device` int64, `time_ms`, `lat`, `lon`, in no order."""

    device: np.ndarray
    time_ms: np.ndarray
    lat: np.ndarray
    lon: np.ndarray

    def moved(self, chosen: np.ndarray, **columns: np.ndarray) -> Panel:
        """Return the panel with other values in the rows `chosen`."""
        new = {name: getattr(self, name).copy() for name in columns}
        for name, values in columns.items():
            new[name][chosen] = values
        return replace(self, **new)

    @property
    def day(self) -> np.ndarray:
        """Days since the first."""
        return self.time_ms // DAY_MS - MONDAY

    def renamed(self, chosen: np.ndarray, number: np.ndarray | int = 1) -> Panel:
        """Return the panel with new ids in the rows `chosen`, others for each `number`."""
        other = self.device + 100_000 * np.broadcast_to(np.asarray(number), len(self))
        return self.moved(chosen, device=other[chosen])


def make_panel(seed: int = 1, devices: int = 120, days: int = 70, bursts: float = 3.0) -> Panel:
    """Return a panel; the first half of the devices lives in AA, the others in BB, all within 20 km of a town."""
    rng = np.random.default_rng(seed)
    town_lon = np.where(np.arange(devices) < devices // 2, 5.0, 15.0)
    places = [(5.0 + rng.normal(0, 0.1, devices), town_lon + rng.normal(0, 0.1, devices)) for _ in range(2)]
    size = rng.poisson(bursts, (devices, days))
    device, day = np.repeat(np.indices(size.shape).reshape(2, -1), size.ravel(), axis=1)
    hour = rng.choice(24, len(device), p=BY_HOUR / BY_HOUR.sum()) + rng.random(len(device))
    at_work = (hour > 8.5) & (hour < 17.0) & (rng.random(len(device)) < 0.8)
    device, start, at_work = (np.repeat(column, 3) for column in (device, (day * 24 + hour) * HOUR_MS, at_work))
    lat, lon = (np.where(at_work, places[1][axis][device], places[0][axis][device]) for axis in (0, 1))
    time_ms = MONDAY * DAY_MS + start + np.tile([0, 40_000, 95_000], len(start) // 3)
    noise = rng.normal(0, 15 / 111_000, (2, len(device)))
    return Panel(device.astype(np.int64), time_ms.astype(np.int64), lat + noise[0], lon + noise[1])


def screened_only(panel: Panel) -> Screened:
    """Return a panel screened and not examined."""
    source = ListSource(panel.device, panel.time_ms, panel.lat, panel.lon)
    return screen(source, ScreeningSettings(keep_device_ids=True), WORLD, b"key")


def examined(panel: Panel) -> tuple[Screened, Health]:
    """Return a panel screened and examined, and what was found."""
    return examine(screened_only(panel), WORLD, Progress())


def checks(health: Health) -> list[str]:
    """Return the checks of the faults found, in their order."""
    return [fault.check for fault in health.faults]
