"""A handful of synthetic devices, each on a journey that one of the detectors' limits turns on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from seeds import shifted

START_S = 1_686_528_000  # 2023-06-12T00:00:00Z
NIAMEY_AIRPORT, BAMAKO_AIRPORT = (13.4815, 2.1836), (12.5335, -7.9499)
COTONOU = (6.365, 2.42)
DEGREE_M = 111_195.0


class Journey:
    """Rows of one device, written in the order of time."""

    def __init__(self, device: str, seed: int, start_s: int = 0) -> None:
        self.device, self.now_s = device, START_S + start_s
        self.rows: list[tuple[str, int, float, float, float]] = []
        self._rng = np.random.default_rng(shifted(seed))

    def remain(
        self, place: tuple[float, float], hours: float, every_s: int = 300, accuracy_m: float = 10.0,
        jitter_m: float = 8.0,
    ) -> Journey:  # fmt: skip
        """Stay near a place."""
        for _ in range(int(hours * 3600 / every_s) + 1):
            self.fix(place, accuracy_m, jitter_m)
            self.now_s += every_s
        return self

    def fix(self, place: tuple[float, float], accuracy_m: float = 10.0, jitter_m: float = 0.0) -> Journey:
        north, east = self._rng.normal(0.0, jitter_m, 2) / DEGREE_M if jitter_m else (0.0, 0.0)
        self.rows.append((self.device, self.now_s, place[0] + north, place[1] + east, accuracy_m))
        return self

    def wait(self, hours: float) -> Journey:
        self.now_s += round(hours * 3600)
        return self

    def travel(self, start: tuple[float, float], end: tuple[float, float], hours: float, fixes: int = 0) -> Journey:
        """Move in a straight line, seen `fixes` times on the way."""
        begin_s = self.now_s
        for share in np.arange(1, fixes + 1) / (fixes + 1):
            self.now_s = begin_s + round(share * hours * 3600)
            self.fix(tuple(a + share * (b - a) for a, b in zip(start, end)))
        self.now_s = begin_s + round(hours * 3600)
        return self


def journeys() -> list[Journey]:
    """Return the devices; each name says what it is there for."""
    home, near, far = (13.52, 2.10), (13.529, 2.10), (13.80, 2.10)
    off_niamey = (NIAMEY_AIRPORT[0] + 0.03, NIAMEY_AIRPORT[1])
    off_bamako = (BAMAKO_AIRPORT[0] + 0.03, BAMAKO_AIRPORT[1])
    at_sea, farther = (4.8, 2.0), (5.0, 2.2)
    walker = Journey("walker", 1).remain(home, 3).wait(0.3).remain(near, 3).wait(0.5).remain(far, 3)
    spiked = Journey("spiked", 2).remain(home, 1).fix((home[0] + 0.1, home[1])).wait(0.05).remain(home, 1)
    vague = Journey("vague", 3)
    for _ in range(30):
        vague.remain(home, 0, every_s=600, accuracy_m=250.0, jitter_m=130.0)
    vague.wait(1).remain(far, 2, every_s=600, accuracy_m=250.0)
    flyer = Journey("flyer", 4).remain(NIAMEY_AIRPORT, 3)
    flyer.travel(NIAMEY_AIRPORT, BAMAKO_AIRPORT, 3.4, fixes=9).remain(BAMAKO_AIRPORT, 3)
    jet = Journey("jet", 13).remain(BAMAKO_AIRPORT, 3)
    jet.travel(BAMAKO_AIRPORT, NIAMEY_AIRPORT, 1.3, fixes=5).remain(NIAMEY_AIRPORT, 3)
    paris, marseille = (48.8443, 2.3744), (43.3028, 5.3805)
    train = Journey("train", 14).remain(paris, 3).travel(paris, marseille, 2.0, fixes=7).remain(marseille, 3)
    hidden = Journey("hidden", 5).remain(off_niamey, 3).travel(off_niamey, off_bamako, 16).remain(off_bamako, 3)
    hurried = Journey("hurried", 6).remain(home, 3).travel(home, (13.8, 5.3), 3.4).remain((13.8, 5.3), 3)
    ship = Journey("ship", 7).remain(at_sea, 3).travel(at_sea, farther, 3).remain(farther, 3)
    abroad = Journey("abroad", 8).remain(COTONOU, 5)
    silent = Journey("silent", 9).remain(home, 1).wait(30).remain(home, 1).wait(20).remain(far, 1)
    dense = Journey("dense", 10)
    for place in (home, near, home, far):
        dense.remain(place, 0.4, every_s=60).wait(0.1)
    dense.remain(near, 0.2, every_s=60).wait(0.3).remain(near, 0.1, every_s=60).remain(far, 1, every_s=60)
    return [walker, spiked, vague, flyer, jet, train, hidden, hurried, ship, abroad, silent, dense]


def write_journeys(path: Path, made: list[Journey]) -> Path:
    """Write the rows of all devices as CSV."""
    lines = [
        f"{device},{second},{lat:.7f},{lon:.7f},{accuracy}\n"
        for journey in made
        for device, second, lat, lon, accuracy in journey.rows
    ]
    path.write_text("device_id,timestamp,latitude,longitude,horizontal_accuracy\n" + "".join(lines), encoding="utf-8")
    return path
