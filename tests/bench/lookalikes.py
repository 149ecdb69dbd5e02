"""False traces: how many lists of itineraries have a trace called strong, with nothing planted and with something.

Worlds of `bench itineraries` (30 % of the fixes kept), and the same with nothing planted. Of each without: the list of
a study at ten key dates, one at a time, and of questions about cities in drawn windows with no link and with several.
Lists in one world share its devices, so that the standard error is that between worlds. Of each with: the lists that
lead to the planted devices. The seeds were never looked at while anything was built or tuned.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import numpy as np
import sitelight_package

from .measure import in_fresh_process, print_table, report

NULL_SEEDS = tuple(range(83_201, 83_209))
PLANTED_SEEDS = tuple(range(83_301, 83_304))
DEVICES, KEY_DATES, CITIES_ASKED, LISTED = 1500, 10, 14, 25
LINKS = (
    ("no link", (), False), ("military", ("military",), False), ("military, one country", ("military",), True),
    ("airport", ("airport",), False), ("hotel", ("hotel",), False), ("watched, one country", None, True),
)  # fmt: skip


def ask(seed: int, planted: bool) -> dict[str, Any]:
    """Make the world of `seed` and return of each list: its kind, how many are in it, how many strong, the planted."""
    sitelight_package.load()
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.screening import ScreeningSettings
    from sitelight.plugin.engine.study import Study, read_history
    from worlds.itinerary_worlds import null_world, query_world

    made = query_world(seed, DEVICES, 8) if planted else null_world(seed, DEVICES)
    study = Study(key_dates=(), sites=made.sites, world=load_world(), screening=ScreeningSettings(keep_device_ids=True))
    known = read_history(study, made.source)
    return {"rows": _planted_lists(known, made.cases) if planted else _null_lists(known, seed)}


def _null_lists(known: tuple, seed: int) -> list[tuple]:
    from sitelight.plugin.engine.base import StudyError
    from sitelight.plugin.engine.earth import EPOCH
    from sitelight.plugin.engine.itineraries import (
        AskedPlace,
        ItinerarySettings,
        LinkedTo,
        find_itineraries,
        trace_back,
    )
    from sitelight.plugin.engine.scenario.geography import CITIES
    from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES
    from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow
    from worlds.itinerary_worlds import CITY_M, WATCHED

    history, grid, sites, pseudonyms = known
    rng, rows = np.random.default_rng([seed, 6]), []
    first, last = int(history.day.min()) + 45, int(history.day.max()) - 14
    settings = ItinerarySettings(max_itineraries=LISTED)
    for day in rng.choice(np.arange(first, last), KEY_DATES, replace=False).tolist():
        key_dates = (EPOCH + timedelta(days=day),)
        tables = find_itineraries(history, key_dates, DEFAULT_LINKED_CATEGORIES, pseudonyms, settings=settings)
        rows.append(_row("study", tables["itineraries"]))
    countries = sorted(set(sites.country.astype(str)))
    for city in rng.choice(len(CITIES), min(CITIES_ASKED, len(CITIES)), replace=False).tolist():
        start = EPOCH + timedelta(days=int(rng.integers(first, last)))
        window = GivenWindow(start, start + timedelta(days=int(rng.integers(2, 12))))
        place = ChosenPlace(lat=np.array([CITIES[city].lat]), lon=np.array([CITIES[city].lon]), radius_m=CITY_M)
        for name, categories, one_country in LINKS:
            asked = (str(rng.choice(countries)),) if one_country else ()
            try:
                tables = trace_back(
                    history, grid, sites, pseudonyms, [AskedPlace(place, window)],
                    LinkedTo(WATCHED if categories is None else categories, asked),
                    watched_categories=DEFAULT_LINKED_CATEGORIES, max_itineraries=LISTED,
                )  # fmt: skip
            except StudyError:  # no such site in that country
                continue
            if len(tables["itineraries"]):
                rows.append(_row(name, tables["itineraries"]))
    return rows


def _planted_lists(known: tuple, cases: list) -> list[tuple]:
    from sitelight.plugin.engine.itineraries import AskedPlace, LinkedTo, trace_back
    from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES

    rows = []
    for case in cases:
        for name, linked in (("linked", case.narrow), ("watched", case.wide), ("any", LinkedTo())):
            tables = trace_back(
                *known, [AskedPlace(case.place, case.window)], linked, watched_categories=DEFAULT_LINKED_CATEGORIES
            )
            listed = tables["itineraries"]
            own = listed.loc[listed["device"] == case.device, "lookalikes"]
            if len(own):
                rows.append((name, len(listed), bool(own.iloc[0] <= 0.05), 0.0))
    return rows


def _row(name: str, listed: Any) -> tuple[str, int, bool, float]:
    least = float(listed["lookalikes"].min()) if len(listed) else np.nan
    return name, len(listed), bool(least <= 0.05), float(np.isnan(least))


def main() -> None:
    """Measure and print."""
    null, planted = [], []
    for seeds, some, kind in ((NULL_SEEDS, null, "null"), (PLANTED_SEEDS, planted, "planted")):
        for seed in seeds:
            some.append(in_fresh_process("bench.lookalikes", str(seed), kind)["rows"])
            print(f"bench: {kind} {seed} done", flush=True)
    table = [("lists", "asked", "with a strong trace", "s.e. between worlds", "not told")]
    for name in ("all", "study", *(link[0] for link in LINKS)):
        worlds = [[row for row in rows if name in ("all", row[0])] for rows in null]
        shares = [float(np.mean([row[2] for row in rows])) for rows in worlds if rows]
        lists = [row for rows in worlds for row in rows]
        error = np.std(shares, ddof=1) / np.sqrt(len(shares)) if len(shares) > 1 else np.nan
        table.append((name, str(len(lists)), f"{np.mean([row[2] for row in lists]):.1%}", f"{error:.1%}",
                      f"{np.mean([row[3] for row in lists]):.0%}"))  # fmt: skip
    print_table(f"Nothing planted, {len(NULL_SEEDS)} worlds: at most 5 % may have a strong trace", table)
    table = [("link", "lists with the planted device", "it is called strong")]
    for name in ("linked", "watched", "any"):
        lists = [row for rows in planted for row in rows if row[0] == name]
        table.append((name, str(len(lists)), f"{np.mean([row[2] for row in lists]):.0%}"))
    print_table(f"Planted devices, {len(PLANTED_SEEDS)} worlds", table)


if __name__ == "__main__":
    report(lambda: ask(int(sys.argv[1]), sys.argv[2] == "planted"))
