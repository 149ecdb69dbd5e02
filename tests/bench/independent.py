"""Findings on data that nobody on this project made: a simulated city with labelled days, and counts with events."""

from __future__ import annotations

import sys
from typing import Any

from .independent_city import (
    AFTER_WORK,
    ASKED_CENTRAL,
    CITY,
    DAYS_AFTER_LABEL,
    EACH,
    HUNGER,
    LAST,
    ORDINARY,
    PLACE_OF,
    RESTAURANTS,
    SHARED,
    SOCIAL,
    TOGETHER,
    Day,
    expected_power,
    measure,
    measure_central,
    read_days,
)
from .measure import GIB, in_fresh_process, print_table, report

CHANGED = 0.1
"""A kind of place whose check-ins the source measured within this of the usual is one where nothing should be found."""
MOVED, UNMOVED = "places the source saw change", "places it saw unchanged"
PUBS, CELLS = "pubs (which pub changes)", "cells (not at a site)"


def main() -> None:
    """Measure and print; say so where the data are missing."""
    if not SHARED.is_dir():
        print(f"bench: the independent data are not here ({SHARED}), so there is nothing to measure.")
        return
    print_city()
    print_central()
    print_counts()


def print_city() -> None:
    """Print what studies find of the labelled days, per place and for all places of a kind together."""
    days = read_days()
    for way in (EACH, RESTAURANTS, TOGETHER):
        result = in_fresh_process("bench.independent", "global", way)
        named = [day for day in days if day.kind in ((HUNGER,) if way == RESTAURANTS else PLACE_OF)]
        rows = [(
            "label", "day", "where", "check-ins x", "devices x", "expected power", "ordinary dates", "findings",
            "places", "best rank", "best q", "in one study of all labels: findings", "places", "best rank", "best q",
        )]  # fmt: skip
        rows += [_effect_row(day, result) for day in named]
        print_table(f"{CITY.name}, {way}: a study per day; findings of a label's effect, in its direction", rows)
        rows = [("days", "where", "findings", "places", "best rank", "best q")]
        rows += _other_rows(days, result)
        print_table(f"{CITY.name}, {way}: all other findings", rows)
        for day in (day for day in days if day.kind not in DAYS_AFTER_LABEL):
            own = [one for one in result["alone"] if one["day"] == day.day.isoformat()]
            if own:
                print(f"  {day.kind}, {day.day}: {min(own, key=lambda one: one['rank'])['sentence']}")
        print(
            f"  one study of all labels: {result['joint_ordinary']} ordinary dates as placebo; all of this took "
            f"{result['wall_s']:.0f} s and {result['peak_bytes'] / GIB:.1f} GiB"
        )


def _effect_row(day: Day, result: dict[str, Any]) -> tuple[str, ...]:
    place = PLACE_OF[day.kind]
    ratio = day.check_ins[place]
    counts = result["counts"][day.day.isoformat()]
    usual = counts[place]["usual"]
    power = expected_power(usual, ratio, sum(len(kind["usual"]) for name, kind in counts.items() if name != "cell"))
    alone, joint = ([one for one in result[way] if _is_effect(one, day)] for way in ("alone", "joint"))
    return (
        f"{day.severity} {day.kind}", day.day.isoformat(), place, f"{ratio:.2f}",
        f"{counts[place]['observed'] / sum(usual):.2f}", f"{power:.2f}", str(result["ordinary"][day.day.isoformat()]),
        *_summary(alone), *_summary(joint),
    )  # fmt: skip


def _other_rows(days: list[Day], result: dict[str, Any]) -> list[tuple[str, ...]]:
    by_day = {day.day.isoformat(): day for day in days}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {
        (label, where): []
        for label, moved in (("hunger, work", MOVED), (SOCIAL, PUBS))
        for where in (moved, UNMOVED, CELLS)
    }
    for one in result["alone"]:
        day = by_day[one["day"]]
        if day.kind in DAYS_AFTER_LABEL and not _is_effect(one, day):
            groups[SOCIAL if day.kind == SOCIAL else "hunger, work", _where(one, day)].append(one)
    rows = [(kind, where, *_summary(found)) for (kind, where), found in groups.items()]
    for kind in (ORDINARY, AFTER_WORK, LAST):
        chosen = {iso for iso, day in by_day.items() if day.kind == kind}
        found = [one for one in result["alone"] if one["day"] in chosen]
        rows.append((f"{len(chosen)} x {kind}", "anywhere", *_summary(found)))
        for iso in sorted({one["day"] for one in found}):
            own = [one for one in found if one["day"] == iso]
            rows.append((f"  of these {iso}", ", ".join(sorted({one["kind"] for one in own})), *_summary(own)))
    return rows


def print_central() -> None:
    """Print what is found of 120 agents labelled from one day on, among everybody and by themselves."""
    for way in (EACH, TOGETHER):
        groups = in_fresh_process("bench.independent", "central", way)["groups"]
        places = ("Restaurant", "Workplace", "Pub")
        rows = [("panel", "agents", *(f"{place} check-ins x" for place in places), *(
            f"{asked}: {what}" for asked in ASKED_CENTRAL for what in ("findings", "places", "kinds", "best q")
        ))]  # fmt: skip
        rows += [_central_row(name, one, places) for name, one in groups.items()]
        print_table(f"{CITY.name}, 120 agents labelled from a day on, {way}: findings at q < 0.05", rows)


def _central_row(name: str, one: dict[str, Any], places: tuple[str, ...]) -> tuple[str, ...]:
    cells = [name, str(one["agents"]), *(f"{one['x'].get(place, 1.0):.2f}" for place in places)]
    for asked in ASKED_CENTRAL:
        found = one[asked]["findings"]
        kinds = ", ".join(sorted({row["kind"] + (" +" if row["ratio"] > 1 else " -") for row in found}))
        cells += [*_summary(found)[:2], kinds, f"{one[asked]['best_q']:.1g}"]
    return tuple(cells)


def _is_effect(one: dict[str, Any], day: Day) -> bool:
    """Return whether a finding lies at the kind of place and in the direction that the day's label names."""
    place = PLACE_OF.get(day.kind)
    if (one["day"], one["kind"]) != (day.day.isoformat(), place):
        return False
    return (one["ratio"] > 1) == (day.check_ins[place] > 1)


def _where(one: dict[str, Any], day: Day) -> str:
    if one["kind"] == "cell":
        return CELLS
    if day.kind == SOCIAL:
        return PUBS if one["kind"] == "Pub" else UNMOVED
    return MOVED if abs(day.check_ins[one["kind"]] - 1) > CHANGED else UNMOVED


def _summary(found: list[dict[str, Any]]) -> tuple[str, str, str, str]:
    """Return the number of findings and of spots and days, the best rank and the smallest q, as texts."""
    if not found:
        return "0", "0", "", ""
    places = len({(one["spot"], one["day"]) for one in found})
    return str(len(found)), str(places), str(min(one["rank"] for one in found)), f"{min(o['q'] for o in found):.1g}"


def print_counts() -> None:
    """Print detections of labelled events in counts, beside two plain peers on the same counts."""
    from . import independent_counts as counts

    series, events = counts.read_counts(counts.TAXI), counts.read_events(counts.TAXI)
    rows = [("tests", "days tested", "flagged", "in events", "precision", "events found", "of the ten strongest")]
    outside = []
    for name, p_of in (
        ("engine", counts.engine_p), ("weekday z-score", counts.weekday_z_p), ("Poisson", counts.poisson_p)
    ):
        seen = counts.detections(series, p_of(series), events)
        rows.append((
            name, str(seen["tested"]), str(seen["flagged"]), str(seen["inside"]),
            f"{seen['inside'] / max(seen['flagged'], 1):.2f}", f"{seen['found']} of {seen['events']}",
            f"{sum(day.endswith('*') for day in seen['first_ten'])} in events",
        ))  # fmt: skip
        outside.append((name, seen["outside"]))
    print_table(f"{counts.SERIES.name}, {counts.TAXI}: days flagged at q < 0.05 against the labelled events", rows)
    for name, days in outside:
        print(f"  {name}, flagged outside: {', '.join(days) if len(days) <= 12 else f'{len(days)} days'}")
    for name in counts.TOO_SHORT:
        print(f"  {name} cannot be tested: {counts.too_short(name)}")


if __name__ == "__main__":
    report(lambda: (measure if sys.argv[1] == "global" else measure_central)(sys.argv[2]))
