"""Queries of itineraries on thinned synthetic worlds: is the order of stops exact, are planted devices ranked high?

30 % of the fixes are kept. Each world has the four published itineraries and eight drawn ways of four stops (half of
them of devices seen no better than anybody) among 2,000 background devices, of whom some hundreds travel abroad.
Three queries for each planted device: the linked category that an analyst would name, all watched categories in the
same countries, and no link at all. The seeds were never looked at while anything was built or tuned; change them when
one of them was.

Before these, ways over sites of all sizes by devices seen as rarely as anybody (`worlds/way_worlds.py`): of the stops
that left a record, how many are in the itineraries. `--ways` measures these alone.
"""

from __future__ import annotations

import sys
from typing import Any

import sitelight_package

from .measure import in_fresh_process, print_table, report

SEEDS = tuple(range(12121, 12141))
WAY_SEEDS = tuple(range(77001, 77013))
DEVICES, DRAWN = 2000, 8
QUERIES = ("linked", "watched", "any")


def query_planted(seed: int) -> dict[str, Any]:
    """Make the world of `seed`, ask all queries, and return ranks and whether the order of stops is exact."""
    sitelight_package.load()
    from demo.compare import positions
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.itineraries import AskedPlace, LinkedTo, trace_back
    from sitelight.plugin.engine.screening import ScreeningSettings
    from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES, Study, read_history
    from worlds.itinerary_worlds import is_in_order, query_world

    made = query_world(seed, DEVICES, DRAWN)
    study = Study(key_dates=(), sites=made.sites, world=load_world(), screening=ScreeningSettings(keep_device_ids=True))
    history, grid, sites, pseudonyms = read_history(study, made.source)
    rows = []
    for case in made.cases:
        for query, linked in zip(QUERIES, (case.narrow, case.wide, LinkedTo())):
            tables = trace_back(
                history, grid, sites, pseudonyms, [AskedPlace(case.place, case.window)], linked,
                watched_categories=DEFAULT_LINKED_CATEGORIES, max_itineraries=1000,
            )  # fmt: skip
            listed = tables["itineraries"]
            own = listed[listed["device"] == case.device]
            rank, is_exact, is_seen_exact, text = None, False, False, ""
            seen = tuple(stop for stop in case.stops if stop.n_fixes)
            if len(own):
                rank, text = int(own["rank"].iloc[0]), str(own["stops"].iloc[0])
                stops = tables["stops"]
                stops = stops[stops["itinerary_id"] == own["itinerary_id"].iloc[0]].sort_values("seq")
                is_exact, is_seen_exact = (is_in_order(stops, *positions(stops), some) for some in (case.stops, seen))
            told = [f"{stop.name} ({stop.n_fixes})" for stop in case.stops]
            rows.append([case.name, query, rank, len(listed), is_exact, is_seen_exact, text, told])
    return {"rows": rows, "fixes": made.source.row_count}


def ways() -> None:
    """Print how many of the stops that left a record are told, of how many actors all, and how many told are false."""
    sitelight_package.load()
    from sitelight.plugin.data.world import load_world
    from worlds.way_worlds import WayWorld

    world = load_world()
    scores = [WayWorld(seed, world).score() for seed in WAY_SEEDS]
    names = ("stops", "found", "actors", "whole", "listed", "false")
    stops, found, actors, whole, listed, false = (sum(getattr(score, name) for score in scores) for name in names)
    print_table(
        f"Ways over sites of all sizes, devices seen as rarely as anybody, {len(WAY_SEEDS)} worlds",
        [
            ("stops that left a record", "told", "actors", "all their stops told", "false stops per itinerary"),
            (f"{stops}", f"{found / stops:.1%}", f"{actors}", f"{whole / actors:.1%}", f"{false / listed:.2f}"),
        ],
    )
    if "--missed" in sys.argv:
        print("\n".join(one for score in scores for one in score.missed))


def main() -> None:
    """Measure and print."""
    ways()
    if "--ways" in sys.argv:
        return
    found: dict[tuple[str, str], list[tuple[bool, bool, bool, int]]] = {}
    all_first: dict[str, int] = dict.fromkeys(QUERIES, 0)
    missed = []
    for seed in SEEDS:
        rows = in_fresh_process("bench.itineraries", str(seed))["rows"]
        for name, query, rank, listed, is_exact, is_seen_exact, text, stops in rows:
            is_first = rank is not None and rank <= 5
            found.setdefault((name.split(", to ")[0], query), []).append((is_first, is_exact, is_seen_exact, listed))
            if not (is_first and is_exact):
                missed.append(f"  {seed} {name}, {query}: rank {rank} of {listed}, {is_exact}; {stops}: {text}")
        for query in QUERIES:
            all_first[query] += all(row[2] is not None and row[2] <= 5 for row in rows if row[1] == query)
        print(f"bench: seed {seed} done", flush=True)
    table = [("planted", "query", "asked", "in the first five", "order exact", "of the stops with a fix", "listed")]
    everybody = {("all", query): [one for (_n, asked), some in found.items() if asked == query for one in some]
                 for query in QUERIES}  # fmt: skip
    for (group, query), some in (*sorted(found.items()), *everybody.items()):
        *shares, listed = zip(*some)
        told = [f"{sum(share) / len(some):.0%}" for share in shares]
        table.append((group, query, str(len(some)), *told, f"{min(listed)} to {max(listed)}"))
    print_table(f"Planted devices in their queries, 30 % of the fixes kept, {len(SEEDS)} worlds", table)
    for query, count in all_first.items():
        print(f"  all twelve in the first five of their query “{query}”: {count} of {len(SEEDS)} worlds")
    if "--missed" in sys.argv:
        print("\n".join(missed))


if __name__ == "__main__":
    report(lambda: query_planted(int(sys.argv[1])))
