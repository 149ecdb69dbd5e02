"""What moves a whole country or quarter: is it told there, once, and what is told beside it; and when nothing moves.

Told: a finding of the country that moved, or of districts that hold the quarter's places; of a country where who is out
after dark moved, that. Regions told beside it and single places found that were not planted are false. Of worlds in
which no region moved it is counted how many have a finding of any. The seeds were drawn after the last change to the
method.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import sitelight_package

from .measure import print_table
from .tree_worlds import DAYS_AFTER, DAYS_BEFORE, EVENINGS, FIRST_DAY, KINDS, WEEKS, TreeWorld, make_tree_world

sitelight_package.load()

from shapely.geometry import box  # noqa: E402
from sitelight.plugin.data.library import load_library  # noqa: E402
from sitelight.plugin.engine.counting import make_windows
from sitelight.plugin.engine.earth import grid_around
from sitelight.plugin.engine.findings import Evidence, told_regions
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.places import Places, Sites, World
from sitelight.plugin.engine.scoring import LEVEL
from sitelight.plugin.engine.stays import Stays
from sitelight.plugin.engine.study import Study, find_evidence
from sitelight.plugin.engine.visits import attribute_visits

WORLDS = {"nothing": 100}
OTHERS = 12
FIRST_SEED = 73_200_001
HOUR_MS = 3_600_000
LIBRARY = load_library().select(who=("anyone", "first_time"), when=("any_hour",), what=("any_presence",))
WORKERS = 2


@dataclass(frozen=True)
class Outcome:
    """What came of a world: regions told rightly and wrongly, places found that were planted, and that were not."""

    right: int
    wrong: int
    planted: int
    found: int
    false: int


def study_tree(world: TreeWorld) -> tuple[Evidence, np.ndarray]:
    """Return the evidence of a world, and the spot of each of its places."""
    grid = grid_around(world.lat, world.lon, Study.cell_size_m)
    lat, lon = grid.centres(grid.cells_at(world.lat, world.lon))
    start_ms = np.rint((FIRST_DAY * 24 + world.day * 24 + world.hour) * HOUR_MS).astype(np.int64)
    _, device = np.unique(world.device, return_inverse=True)
    number = len(device)
    stays = Stays(
        device=device.astype(np.int32), start_ms=start_ms, end_ms=start_ms + HOUR_MS, arrived_ms=start_ms,
        departed_ms=start_ms + HOUR_MS, lat=lat[world.place], lon=lon[world.place],
        radius_m=np.full(number, 30, np.float32), n_fixes=np.full(number, 6, np.int32),
        longest_gap_s=np.zeros(number, np.float32), lasting=np.ones(number, bool),
    )  # fmt: skip
    world_map = _countries()
    visits = attribute_visits(stays, Sites.empty(), grid, world_map)
    legs = detect_legs(stays.take(np.empty(0, np.int64)), world_map)
    history = build_history(visits, legs, world_map, (), 14, zone_hours=0.0)
    last = FIRST_DAY + 7 * WEEKS - 1
    windows, plain = (
        make_windows((world.key_date,), DAYS_BEFORE, DAYS_AFTER, FIRST_DAY, last, back) for back in (30, 0)
    )
    found = find_evidence(
        Study((world.key_date,), LIBRARY), history, windows, grid, Sites.empty(), np.empty(0, object), FIRST_DAY,
        plain_windows=plain,
    )  # fmt: skip
    spot = np.full(len(world.lat), -1)
    spot[world.place] = visits.spot
    return found, spot


def judge(seed: int, kind: str) -> Outcome:
    """Make and study a world, and compare what is told with what happened."""
    world = make_tree_world(seed, kind)
    evidence, spot = study_tree(world)
    held = evidence.scores.spot_q.min(axis=0)[spot] <= LEVEL
    right = wrong = 0
    for region in told_regions(evidence):
        place = np.isin(spot, evidence.plain.counts.spot[region.spots])
        if region.squares == 0:
            is_right = world.moved == region.country and world.in_the_dark in (None, region.hours is not None)
        else:  # what a circle holds is not what squares hold
            is_right = world.quarter.any() and world.quarter[place].mean() >= 0.5
        right, wrong = right + is_right, wrong + (not is_right)
    return Outcome(
        int(right), int(wrong), int(world.planted.sum()), int((held & world.planted).sum()),
        int((held & ~world.planted).sum()),
    )  # fmt: skip


def _countries() -> World:
    codes = np.array(["AA", "BB", "CC"], dtype=object)
    names = np.array(["Aland", "Beland", "Celand"], dtype=object)
    shapes = np.empty(3, dtype=object)
    shapes[:] = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(40, 0, 50, 10)]
    nothing = Places(codes[:0], codes[:0], np.empty(0), np.empty(0))
    return World(codes, names, shapes, nothing, nothing)


def main() -> None:
    """Judge the worlds of all kinds, or of those named, and print; `--worlds=N` asks for fewer."""
    number = next((int(word.split("=")[1]) for word in sys.argv if word.startswith("--worlds=")), 0)
    named = [word[7:] for word in sys.argv if word.startswith("--kind=")]
    rows = [("world", "worlds", "the region told", "regions told falsely in", "told as one", "places found falsely in",
             "places found falsely", "planted places found")]  # fmt: skip
    for place, kind in enumerate((*KINDS, *EVENINGS)):
        if named and kind not in named:
            continue
        worlds = number or WORLDS.get(kind, OTHERS)
        seeds = range(FIRST_SEED + 1000 * place, FIRST_SEED + 1000 * place + worlds)
        with ProcessPoolExecutor(WORKERS) as pool:
            found = list(pool.map(judge, seeds, [kind] * worlds))
        rows.append(_row(kind, found, make_tree_world(seeds[0], kind)))
        print(f"bench: {rows[-1]}", flush=True)
    print_table("Regions and places told", rows)


def _row(kind: str, found: list[Outcome], world: TreeWorld) -> tuple[str, ...]:
    planted = sum(one.planted for one in found)
    moves = world.moved >= 0 or bool(world.quarter.any())
    return (
        kind, str(len(found)), str(sum(one.right > 0 for one in found)) if moves else "",
        str(sum(one.wrong > 0 for one in found)), str(sum(one.right == 1 for one in found)) if moves else "",
        str(sum(one.false > 0 for one in found)), str(sum(one.false for one in found)),
        f"{sum(one.found for one in found)} of {planted}" if planted else "",
    )  # fmt: skip


if __name__ == "__main__":
    main()
