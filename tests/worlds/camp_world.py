"""The small town, and six more devices that go from the camp to the hotel around the key date."""

from __future__ import annotations

from pathlib import Path

from worlds.small_world import CROWD_LAT, CROWD_LON, START_S, write_observations, write_sites

FROM_CAMP = 6
CAMP = (13.56, 2.05)


def write_camp_world(folder: Path) -> tuple[Path, Path]:
    """Write observations and sites into `folder` and return their files."""
    observations = write_observations(folder / "pings.csv", seed=90_417)
    stays = (((80, 83), CAMP), ((87, 90), (CROWD_LAT, CROWD_LON)))
    with observations.open("a", encoding="utf-8") as file:
        for device in range(FROM_CAMP):
            for (first, last), (lat, lon) in stays:
                for hour in range(24 * first, 24 * last):
                    second = START_S + 3600 * hour + 37 * device
                    file.write(f"soldier-{device},{second},{lat + 1e-5 * device:.6f},{lon:.6f},12.0\n")
    return observations, write_sites(folder / "sites.geojson")
