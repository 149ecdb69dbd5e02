"""Names of events on planted worlds: whether the words of the first card say who, how and when.

The rule of comparison, written before any card was looked at:

- The first card is the event of rank 1. It counts only if its main place is within 2.5 km of a place of the truth (the
  places that the group's plan leads to); cells are compared by the position that the table has.
- Its words are those of title and sentence, before the ordinary dates. Who, how and when are each said if every pattern
  of the truth (`names_worlds`) occurs in them, in any case; when also wants a date of the truth's days among the days
  and nights that the words name.
- A contradiction is one of CONTRADICTIONS in the words of any card of the study, or a card that ends before it starts.
- A card is repeated if, among the events that hold, another one has its main place at a place of the truth too and goes
  the same way (devices that came, or that stayed away).
- Each of the three must be said in at least 90 % of the worlds of all kinds; no contradictions; no repetition.
"""

from __future__ import annotations

import re
import sys
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import shapely.wkb

from .measure import in_fresh_process, print_table, report

# Never looked at while anything was built or tuned; change them when one of them was.
SEEDS = tuple(range(88_401, 88_411))
NEAR_KM = 2.5
LEVEL = 0.05
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
CONTRADICTIONS = (
    r"overnight[^.;]*\b(by day|at dawn|in working hours|in the evening)\b",
    r"\bliving here\b.*\bnew there\b", r"\bnew there\b.*\bregular there\b", r"\bregular there\b.*\bnew there\b",
    r"\bfrom abroad\b.*\b(living (here|nearby)|from elsewhere in the country)\b",
    r"\bliving (here|nearby)\b.*\bcame by air\b", r"\bby night\b[^.;]*\bby day\b",
    r"more devices .*\bstayed away\b", r"market[^.;]*\bseen at a market\b",
)  # fmt: skip


def study_world(kind: str, seed: int) -> dict[str, Any]:
    """Make a world, study it, and compare the first card with the truth, as plain values."""
    from bench.lies import Rows

    from .names_worlds import KEY_DATE, make_world

    frame, truth = make_world(kind, seed)
    from sitelight.plugin.data.library import load_library
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.study import Study, run

    study = Study((KEY_DATE,), load_library(), _sites(), load_world(), purpose="Names of what was planted")
    frame = frame[np.isfinite(frame["latitude"]) & (frame["timestamp"] > 0)]
    tables = run(study, Rows.of(frame).source()).tables
    return compare(tables["events"], truth)


def _sites() -> Any:
    """Return the scenario's sites as an analyst would load them."""
    import tempfile
    from pathlib import Path

    from sitelight.plugin.data.sites import read_sites_file
    from sitelight.plugin.engine.scenario import scenario_sites

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sites.csv"
        scenario_sites().to_csv(path, index=False)
        return read_sites_file(path).sites


def compare(events: pd.DataFrame, truth: Any) -> dict[str, Any]:
    """Return what the first card says of the truth, by the rule above."""
    ranked = events.sort_values("rank")
    if len(ranked) == 0:
        return {"first": "", "place": False, "who": False, "how": False, "when": False, "repeated": 0,
                "contradictions": [], "holds": False, "rank": 0}  # fmt: skip
    words = [_words(row) for row in ranked.itertuples()]
    at_place = np.array([_is_near(row.geometry, truth.where) for row in ranked.itertuples()])
    first, is_there = words[0], bool(at_place[0])
    is_fall = (ranked["change"] == "Falls away").to_numpy()
    same = at_place & (ranked["q_value"] <= LEVEL).to_numpy() & (is_fall == is_fall[0])
    named = set(_days_in(first))
    return {
        "first": first, "place": is_there, "holds": bool(ranked["q_value"].iloc[0] <= LEVEL),
        "who": is_there and _all(truth.who, first), "how": is_there and _all(truth.how, first),
        "when": is_there and _all(truth.when, first) and bool(named & set(truth.days)),
        "repeated": max(int(same.sum()) - 1, 0), "rank": int(np.argmax(at_place)) + 1 if at_place.any() else 0,
        "contradictions": [text for text in words if any(re.search(one, text, re.I) for one in CONTRADICTIONS)]
        + [text for text, row in zip(words, ranked.itertuples()) if row.started > row.finished],
        "devices": truth.devices,
    }  # fmt: skip


def _words(row: Any) -> str:
    return f"{row.title}. {row.sentence}".partition("omething this strong")[0].strip()


def _all(patterns: tuple[str, ...], text: str) -> bool:
    return all(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _is_near(blob: bytes, where: tuple[tuple[float, float], ...]) -> bool:
    point = shapely.wkb.loads(blob)
    return any(
        111.2 * np.hypot(point.y - lat, (point.x - lon) * np.cos(np.radians(lat))) <= NEAR_KM for lat, lon in where
    )


def _days_in(text: str) -> list[date]:
    """Return the days that a text names: "24 July", "from 24 to 31 July", "26 and 28 July"."""
    found: list[date] = []
    month = "|".join(MONTHS)
    for match in re.finditer(rf"((?:\d+(?: (?:{month}))?(?:, | and | to ))*\d+) ({month})", text):
        spelled, last = match.group(1), match.group(2)
        numbers = re.findall(rf"(\d+)(?: ({month}))?", spelled)
        days = []
        for position, (number, own) in enumerate(numbers):
            later = [m for _n, m in numbers[position:] if m]
            days.append(date(2023, MONTHS.index(own or (later[0] if later else last)) + 1, int(number)))
        if " to " in spelled and len(days) == 2:
            days = [days[0] + timedelta(days=step) for step in range((days[1] - days[0]).days + 1)]
        found += days
    return found


def main() -> None:
    """Measure and print."""
    from .names_worlds import KINDS

    rows = [("kind", "worlds", "place", "who", "how", "when", "holds", "contradictions", "repeated")]
    totals: list[dict[str, Any]] = []
    for kind in KINDS:
        found = [in_fresh_process("bench.names", kind, str(seed)) for seed in SEEDS]
        totals += found
        rows.append((kind, *_counts(found)))
        for seed, one in zip(SEEDS, found):
            said = ", ".join(name for name in ("who", "how", "when") if one[name]) or "nothing"
            print(f"  {kind}, {seed} (says {said}): {one['first']}")
    rows.append(("all", *_counts(totals)))
    print_table("First cards beside the truth (bar: who, how and when each in 90 %)", rows)


def _counts(found: list[dict[str, Any]]) -> tuple[str, ...]:
    said = (str(sum(one[name] for one in found)) for name in ("place", "who", "how", "when", "holds"))
    wrong = sum(len(one["contradictions"]) for one in found), sum(one["repeated"] for one in found)
    return str(len(found)), *said, *map(str, wrong)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        report(lambda: study_world(sys.argv[1], int(sys.argv[2])))
