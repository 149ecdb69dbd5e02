"""Legs: air against surface on generated journeys by distance, silence and fixes in the air; borders; real aircraft.

`make bench legs`. The seeds are none that anything was tuned on. Journeys are those of `leg_worlds`: half of them
flights, the rest road, rail and ferry alike. Borders are of drives with a halt every 20 and every 120 km, against
Natural Earth's countries at 1:10m as published; where the reference data are absent that table and the one of real
aircraft are left out.
"""

from __future__ import annotations

import contextlib
import gzip
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import sitelight_package

from .measure import print_table

SEED = 88_301
SETS = 3
MIXED = ["air", "road", "air", "train", "air", "ferry"] * 60
SURFACE = ("road", "motorway", "train", "ferry")
BANDS = ((150.0, 400.0), (400.0, 800.0), (800.0, 9000.0))
SILENCES = ((0.0, 0.0), (0.0, 8.0), (0.0, 48.0), (48.0, 48.0))
DRIVES = 300
CORNERS_KM = (45.0, 10.0)


def pooled(ground: Any, number: int, modes: list[str], silence: tuple[float, float], **how: Any) -> dict[str, float]:
    """Return the mean score of some worlds of one kind."""
    from worlds.leg_worlds import make_journeys, score

    scores = []
    for one in range(SETS):
        rng = np.random.default_rng((SEED, number, one))
        scores.append(
            score(make_journeys(rng, ground, modes, silence[1], least_silence_h=silence[0], **how), ground.world)
        )
    return {name: float(np.mean([each[name] for each in scores])) for name in scores[0]}


def flights(ground: Any) -> None:
    """Print recall and precision of air by distance, silence and fixes in the air."""
    rows = [("airports apart", "silence h", "seen in the air", "recall", "precision", "of road", "of rail", "of ferry")]
    for number, (band, silence, seen) in enumerate((b, s, a) for b in BANDS for s in SILENCES for a in (False, True)):
        found = pooled(ground, number, MIXED, silence, seen_in_the_air=seen, flight_km=band)
        rows.append((
            f"{band[0]:.0f}-{band[1]:.0f} km", spread(silence), "yes" if seen else "no",
            f"{found['recall']:.3f}", f"{found['precision']:.3f}",
            *(f"{found[f'air among {kind}']:.3f}" for kind in ("road", "train", "ferry")),
        ))  # fmt: skip
    count = SETS * len(MIXED) // 2
    print_table(f"Flights found, and what else is said to fly; {count} flights a row (synthetic)", rows)


def surface(ground: Any) -> None:
    """Print the share of journeys on the ground that are said to fly."""
    rows = [("journeys", *(f"silence {spread(silence)} h" for silence in SILENCES))]
    for number, kind in enumerate(SURFACE):
        found = [
            pooled(ground, 100 + 10 * number + at, [kind] * 200, silence, seen_in_the_air=False)
            for at, silence in enumerate(SILENCES)
        ]
        rows.append((kind, *(f"{one[f'air among {kind}']:.3f}" for one in found)))
    print_table(f"Share of journeys on the ground said to fly, of {SETS * 200} (synthetic)", rows)


def spread(silence: tuple[float, float]) -> str:
    """Return the hours of silence at either end as text."""
    return f"{silence[1]:.0f}" if silence[0] == silence[1] else f"up to {silence[1]:.0f}"


def borders() -> None:
    """Print the share of drives whose borders are right, and how many were left out for which reason."""
    from test_borders import atlas_of_natural_earth, count_right, drives

    rows = [("shortest corner of a country", "halts every", "drives", "right", "left out, of all drawn")]
    with tempfile.TemporaryDirectory() as folder:
        atlas = atlas_of_natural_earth(Path(folder))
    for corner_km in CORNERS_KM:
        generated = drives(DRIVES, atlas, corner_km, SEED)
        every = DRIVES + sum(generated[1].values())
        left_out = ", ".join(f"{reason} {count / every:.0%}" for reason, count in generated[1].items())
        for every_km in (20, 120):
            with contextlib.redirect_stdout(sys.stderr):  # it tells the tests what the table tells here
                right, _pairs = count_right(generated, every_km)
            share = f"{right / DRIVES:.3f}"
            rows.append((f"{corner_km:.0f} km", f"{every_km} km", f"{DRIVES}", share, left_out))
    print_table("Borders of drives between cities, against Natural Earth 1:10m", rows)


def aircraft() -> None:
    """Print of how many real aircraft a leg is by air, and that none is by anything else."""
    import pandas as pd
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.legs import AIR, detect_legs
    from sitelight.plugin.engine.screening import Roles
    from sitelight.plugin.engine.stays import detect_stays
    from test_flights import FLIGHTS, read

    with gzip.open(FLIGHTS, "rt", encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    rows = [("sample", "fixes", "aircraft", "by air", "legs", "by air")]
    with tempfile.TemporaryDirectory() as folder:
        for name, part in table.groupby("sample"):
            path = Path(folder) / "sample.csv"
            part.drop(columns="sample").to_csv(path, index=False)
            fixes = read(path, Roles()).fixes
            found = detect_legs(detect_stays(fixes, keep_short=True), load_world())
            flown = found.mode == AIR
            counts = len(fixes), fixes.device_count, len(np.unique(found.device[flown])), len(found), int(flown.sum())
            rows.append((name, *(f"{count:,}" for count in counts)))
    print_table("Real aircraft (OpenSky Network)", rows)


def main() -> None:
    """Measure and print."""
    sitelight_package.load()
    from worlds.countries_world import PLACES
    from worlds.leg_worlds import Map

    ground = Map()
    flights(ground)
    surface(ground)
    if PLACES.exists():
        borders()
        aircraft()
    else:
        print("The reference data are not here: no borders, no aircraft.", file=sys.stderr)


if __name__ == "__main__":
    main()
