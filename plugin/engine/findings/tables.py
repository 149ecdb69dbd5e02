"""Tables of findings and heat, made from the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ..behaviors import behavior_id, finding_sentence, window_text
from ..earth import EPOCH, HOUR_MS, wkb
from ..scoring import LEVEL, Scores
from ..tables import as_table, empty_table, fewest_beside
from .events import Event, find_events
from .evidence import Evidence
from .plain import earlier_counts
from .select import Findings, select_findings


def find_findings(evidence: Evidence) -> Findings:
    """Return the findings with their table in rank order, and the events that they are findings of.

    Ranked: the main finding of every event in the order of these, then the other places of the events that hold, then
    what does not hold at LEVEL, then further behaviors of the same spots; each by p-value, as it may be told
    (`Evidence.told`): which are listed and in what order tells no count below MIN_SHOWN.
    """
    scores = evidence.told
    tests, leads = select_findings(scores, evidence.library)
    if len(tests) == 0:
        return Findings(empty_table("findings"), tests, [])
    visits = [evidence.visits_of_test(int(test)) for test in tests]
    devices = [np.unique(evidence.history.visits.stays.device[rows]) for rows in visits]
    events = find_events(evidence, tests, leads, np.array([_unusual_hours(evidence, rows) for rows in visits]))
    events = [_best_named(event, scores.spot[tests], devices) for event in events]
    order = _ranked(scores, tests, leads, events)
    row_of = np.argsort(order)
    event_id = np.zeros(len(tests), np.int64)
    for number, event in enumerate(events, 1):
        event_id[row_of[event.findings]] = number
    events = [replace(event, findings=row_of[event.findings]) for event in events]
    tests, devices = tests[order], [devices[index] for index in order]
    table = _finding_columns(evidence, tests).assign(event_id=event_id)
    return Findings(as_table("findings", table), tests, devices, tuple(events))


def _best_named(event: Event, spot: np.ndarray, devices: list[np.ndarray]) -> Event:
    """Return an event whose main finding is that of its place which rests on its group, as nearly as any does."""
    rows, group = event.findings, event.group.devices
    alike = [
        len(np.intersect1d(devices[row], group)) / max(len(np.union1d(devices[row], group)), 1)
        if spot[row] == event.group.spot else -1.0 for row in rows
    ]  # fmt: skip
    best = 0 if event.group.is_fall else int(np.argmax(alike))
    return replace(event, findings=np.append(rows[best], np.delete(rows, best)))


def _ranked(scores: Scores, tests: np.ndarray, leads: np.ndarray, events: Sequence[Event]) -> np.ndarray:
    """Return listed tests (rows) in rank order."""
    first = scores.p_value[tests].copy()
    tier = np.select([~leads, scores.q_value[tests] > LEVEL], [3, 2], 1)
    for number, event in enumerate(events):
        if event.holds or tier[event.findings[0]] == 1:
            tier[event.findings[0]], first[event.findings[0]] = 0, number
    return np.lexsort((first, tier))


def _unusual_hours(evidence: Evidence, rows: np.ndarray) -> float:
    """Return the hours that the visits `rows` last, left out where the device lives or comes regularly.

    A story is told at the place where its devices spent most time that is not their everyday.
    """
    history = evidence.history
    known = np.isin(rows, evidence.facets.rows)
    usual = [index for index, entry in enumerate(evidence.library.who) if entry.id in ("resident", "regular")]
    everyday = np.zeros(len(rows), bool)
    described = evidence.facets.take(np.searchsorted(evidence.facets.rows, rows[known]))
    for index in usual:
        everyday[known] |= described.has("who", index)
    hours = (history.end_ms[rows] - history.start_ms[rows]) / HOUR_MS
    return float(hours[~everyday].sum())


def _finding_columns(evidence: Evidence, tests: np.ndarray) -> pd.DataFrame:
    scores, windows, spots = evidence.told, evidence.windows, evidence.history.visits.spots
    spot, window = scores.spot[tests], scores.window[tests]
    observed = scores.observed[tests]
    expected = scores.expected[tests]
    spot_p = scores.spot_p[np.searchsorted(scores.key_windows, window), spot]
    hits = (scores.placebo_p[None, :] <= np.maximum(spot_p, scores.p_value[tests])[:, None]).sum(axis=1)
    key_of = {int(w): day for w, day in zip(windows.key_window, windows.key_dates)}
    dates = [_dates_of(evidence, int(test)) for test in tests]
    frame = pd.DataFrame(
        {
            "finding_id": np.arange(1, len(tests) + 1, dtype=np.int64),
            "rank": np.arange(1, len(tests) + 1, dtype=np.int64),
            "spot_id": spots.spot_id[spot],
            "spot_name": spots.name[spot],
            "spot_kind": spots.kind[spot],
            "category": spots.category[spot],
            "country": spots.country[spot],
            "key_date": [key_of[int(w)].isoformat() for w in window],
            "window_start": [start.isoformat() for start, _ in dates],
            "window_end": [end.isoformat() for _, end in dates],
            "observed": observed.astype(np.int64),
            "expected": expected,
            "ratio": observed / np.maximum(expected, 1e-9),
            "p_value": scores.p_value[tests],
            "q_value": scores.q_value[tests],
            "placebo_hits": hits,
            "placebo_dates": len(scores.placebo_p),
            "devices": observed.astype(np.int64),
            "n_alike": scores.alike[tests].astype(np.int64),
        }
    )
    frame = frame.join(_behavior_columns(evidence, frame, tests, [key_of[int(w)] for w in window], dates))
    frame["geometry"] = wkb.points(spots.lat[spot], spots.lon[spot])
    return frame


def _dates_of(evidence: Evidence, test: int) -> tuple[date, date]:
    """Return the first and last day that a test is about."""
    first, days = evidence.days_of_test(test)
    return EPOCH + timedelta(days=first), EPOCH + timedelta(days=first + days - 1)


def _behavior_columns(
    evidence: Evidence, frame: pd.DataFrame, tests: np.ndarray, key_dates: list[date], dates: list[tuple[date, date]]
) -> pd.DataFrame:
    """Return ids, titles and the sentence of each finding; a loop over some hundreds of listed findings."""
    library, scores = evidence.library, evidence.scores
    columns: dict[str, list] = {name: [] for name in ("behavior_id", "who", "when", "what", "change", "sentence")}
    for index, test in enumerate(tests):
        parts = library.patterns.parts(int(scores.pattern[test]))
        entries = [axis[part] for axis, part in zip((library.who, library.when, library.what), parts)]
        entries.append(library.entry("change", scores.change_of(int(test)).id))
        who, when, what, change = (entry.id for entry in entries)
        columns["behavior_id"].append(behavior_id(who, when, what, change))
        for name, entry in zip(("who", "when", "what", "change"), entries):
            columns[name].append(entry.title)
        start, end = dates[index]
        columns["sentence"].append(
            finding_sentence(
                library,
                who,
                when,
                what,
                change,
                devices=int(frame.observed[index]),
                window=window_text(start, end, key_dates[index]),
                expected=float(frame.expected[index]),
                placebo_hits=int(frame.placebo_hits[index]),
                placebo_dates=int(frame.placebo_dates[index]),
                spot_name=str(frame.spot_name[index]),
                earlier=earlier_counts(evidence, int(test), beside=_before(scores, tests, index)),
            )
        )
    return pd.DataFrame(columns)


def _before(scores: Scores, tests: np.ndarray, index: int) -> list[int]:
    """Return the tests listed before one of them that are of the same spot and window."""
    one, before = tests[index], tests[:index]
    same = (scores.spot[before] == scores.spot[one]) & (scores.window[before] == scores.window[one])
    return before[same].tolist()


def heat_table(evidence: Evidence, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the `heat` table: every counted spot and key date, scored where it could be tested.

    `observed` and `expected` belong to the spot's strongest finding if it has one, else `observed` is the spot's
    distinct devices, the fewest that they may be beside its findings, and `expected` is empty. `q_value` is that of
    this finding, else the smallest of the spot's tests. `score` is empty where the key date has too little history;
    all scores are as they may be told (`Evidence.told`).
    """
    windows, scores, presence = evidence.windows, evidence.told, evidence.presence
    busy = np.flatnonzero(presence.busy_spots(evidence.min_devices))
    parts, smallest_q = [], scores.smallest_q
    for key_date, window in zip(windows.key_dates, windows.key_window):
        start, end = windows.dates(int(window))
        seen = busy[(presence.devices[busy, window] > 0) | np.isin(window, windows.tested)]
        at = np.searchsorted(scores.key_windows, window)
        tested = np.isin(window, scores.key_windows)
        p = scores.spot_p[at, seen] if tested else np.full(len(seen), np.nan)
        q = smallest_q[at, seen] if tested else np.full(len(seen), np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "spot": seen,
                    "key_date": key_date.isoformat(),
                    "window_start": start.isoformat(),
                    "window_end": end.isoformat(),
                    "score": np.round(-np.log10(np.maximum(p, 1e-300)), 6) + 0.0,
                    "q_value": q,
                    "observed": presence.devices[seen, window].astype(np.int64),
                    "expected": np.nan,
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    spots = evidence.history.visits.spots
    spot = frame["spot"].to_numpy()
    frame["spot_id"], frame["spot_name"], frame["spot_kind"] = spots.spot_id[spot], spots.name[spot], spots.kind[spot]
    frame["geometry"] = spot_outlines(evidence, spot)
    return as_table("heat", _with_findings(frame, findings))


def _with_findings(frame: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Set finding_id, q_value, observed and expected of the strongest significant finding of each spot and key date."""
    best = findings[findings.q_value <= LEVEL].sort_values("p_value").drop_duplicates(["spot_id", "key_date"])
    best = best[["spot_id", "key_date", "finding_id", "q_value", "observed", "expected"]]
    merged = frame.merge(best, on=["spot_id", "key_date"], how="left", suffixes=("", "_found"))
    found = merged.finding_id.notna()
    merged["finding_id"] = merged.finding_id.fillna(0).astype(np.int64)
    merged.loc[found, "observed"] = merged.loc[found, "observed_found"].astype(np.int64)
    for name in ("q_value", "expected"):
        merged.loc[found, name] = merged.loc[found, f"{name}_found"]
    return merged.assign(observed=beside_findings(merged, findings))


def listed_counts(evidence: Evidence) -> pd.DataFrame:
    """Return spot_id, key_date and observed (devices) of what is listed as findings of spots."""
    scores, windows = evidence.told, evidence.windows
    tests, _leads = select_findings(scores, evidence.library)
    key_of = {int(window): day.isoformat() for window, day in zip(windows.key_window, windows.key_dates)}
    return pd.DataFrame({
        "spot_id": evidence.history.visits.spots.spot_id[scores.spot[tests]],
        "key_date": np.array([key_of[window] for window in scores.window[tests].tolist()], dtype=object),
        "observed": scores.observed[tests].astype(np.int64),
    })  # fmt: skip


def beside_findings(frame: pd.DataFrame, findings: pd.DataFrame) -> np.ndarray:
    """Return the devices of spots (`observed`) as they may be told beside those of the findings there, int64.

    Both frames have spot_id, key_date and observed.
    """
    observed = frame["observed"].to_numpy()
    others = findings.sort_values("observed", ascending=False)[["spot_id", "key_date", "observed"]]
    place = others.groupby(["spot_id", "key_date"]).cumcount()
    for number in range(int(place.max()) + 1 if len(place) else 0):  # MAX_PER_SPOT + 1 at most
        beside = frame[["spot_id", "key_date"]].merge(others[place == number], on=["spot_id", "key_date"], how="left")
        observed = fewest_beside(observed, beside["observed"].fillna(0).astype(np.int64).to_numpy())
    return observed


def spot_outlines(evidence: Evidence, spot: np.ndarray) -> np.ndarray:
    """Return WKB polygons of spots: hexagons of cells, circles of point sites, the analyst's own polygons."""
    spots = evidence.history.visits.spots
    outline = np.empty(len(spot), dtype=object)
    is_cell = spots.cell[spot] >= 0
    outline[is_cell] = wkb.polygons(evidence.grid.corners(spots.cell[spot[is_cell]]))
    site = spot[~is_cell]
    blobs = wkb.polygons(wkb.circles(spots.lat[site], spots.lon[site], spots.radius_m[site]))
    drawn = np.array([polygon is not None for polygon in evidence.sites.polygon], bool)[site]
    blobs[drawn] = [polygon.wkb for polygon in evidence.sites.polygon[site[drawn]]]
    outline[~is_cell] = blobs
    return outline
