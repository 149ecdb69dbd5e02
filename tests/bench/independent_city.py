"""A published simulator's city, where everybody changes on labelled days: what a study finds there, and elsewhere.

Data: shared/data/pol-anomaly (its SOURCE.md says how it was made, and by whom). The source names venues, and measured
by venue type how check-ins changed on each labelled day. A check-in is given to the product as one observation at its
venue. Settings: windows of one day (the labels are days); the source's clock; no excluded region; its four weeks of
warm-up are left out but for the last, which is the look-back, so that the four normal weeks after it are the baseline.
(With the whole warm-up as a look-back of 28 days, "regular" visitors fade away everywhere for weeks: they are those of
the warm-up, when pubs had five times the guests.)

Each day is asked for by a study of its own, as by an analyst who has one date in mind and knows what else happened:
earlier days of the same weekday that a label changed are key dates too, so that they are in nobody's baseline. Beside
it, all labelled days are the key dates of one study. Restaurants, which a hunger label names, are asked for among all
1,220 venues and as the only sites. Facets look back ("returned day after day"), so the day after one
without work is no ordinary day. A second run of the simulator, where 120 agents are labelled from one day on, is
studied by weeks and by days.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sitelight_package
from scipy import stats
from shapely.affinity import scale
from shapely.geometry import Point, mapping
from shapely.ops import unary_union

SHARED = sitelight_package.SHARED
CITY = SHARED / "pol-anomaly"
FIRST_DAY, LAST_DAY, LOOKBACK_DAYS = date(2024, 1, 22), date(2024, 3, 24), 7
SAME_BUILDING_M, VENUE_RADIUS_M, M_PER_DEGREE = 5.0, 2.0, 111_195.0
HUNGER, WORK, SOCIAL, INTEREST, ORDINARY = "hunger", "work", "social", "interest", "ordinary"
AFTER_WORK, LAST = "day after one without work", "last day of the data"
PLACE_OF = {HUNGER: "Restaurant", WORK: "Workplace"}
DAYS_AFTER_LABEL = {HUNGER: 0, WORK: 1, SOCIAL: 0}
EACH, TOGETHER, RESTAURANTS = "each place", "places of a kind together", "each restaurant, and no other sites"
SITES_FILE = {EACH: "sites.csv", TOGETHER: "kinds.geojson", RESTAURANTS: "restaurants.csv"}
GLOBAL, CENTRAL = "global", "central"
LABELLED_FROM = date(2024, 2, 26)
ASKED_CENTRAL = {
    "four weeks": (6, tuple(LABELLED_FROM + timedelta(days=7 * week) for week in range(4))),
    "four days": (0, tuple(LABELLED_FROM + timedelta(days=1 + 8 * number) for number in range(4))),
}
"""What is asked of the central run: days after each key date, and the key dates (a Tuesday to a Friday)."""


@dataclass(frozen=True)
class Day:
    """A day to study: `kind` of its label, `severity`, and by venue type the check-ins over those of usual days."""

    day: date
    kind: str
    severity: str
    check_ins: dict[str, float]


def read_days() -> list[Day]:
    """Return the labelled days, on the day their label takes effect, and the days with nothing near them.

    Nothing near: neither the day nor the day before has a label other than NORMAL (effects last a day at most). The
    day after a work label's effect and the last day (its nights are cut off) are told apart from ordinary ones.
    """
    labels = pd.read_csv(CITY / "global_day_labels.csv", parse_dates=["date"]).set_index("date")["label"]
    effects = pd.read_csv(CITY / "global_effects_measured.csv")
    days = []
    for stamp, label in labels.items():
        day = stamp.date()
        if label == "NORMAL":
            if labels.get(stamp - pd.Timedelta(days=1), "NORMAL") == "NORMAL":
                before = labels.get(stamp - pd.Timedelta(days=2), "NORMAL")
                kind = LAST if day == LAST_DAY else AFTER_WORK if before.endswith("_WORK") else ORDINARY
                days.append(Day(day, kind, "", {}))
            continue
        severity, kind = label.lower().split("_")
        after = DAYS_AFTER_LABEL[kind]
        row = effects[(effects.label_date == day.isoformat()) & (effects.days_after == after)].iloc[0]
        kinds = [name for name in row.index if name.endswith("_ratio")]
        ratios = {name.split("_")[0].capitalize(): float(row[name]) for name in kinds}
        days.append(Day(day + timedelta(days=after), kind, severity, ratios))
    return days


def read_check_ins(city: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the venues of a run of the simulator and its check-ins from FIRST_DAY on, with their venue's columns.

    Venues of one building are laid 5 m apart: the source tells them apart by id, which a position alone could not.
    """
    venues = pd.read_csv(CITY / f"{city}_venues.csv")
    venues["lat"] += venues.groupby(["lat", "lon"]).cumcount() * SAME_BUILDING_M / M_PER_DEGREE
    check_ins = pd.read_csv(CITY / f"{city}_checkins.csv.gz").merge(venues, on="VenueId")
    return venues, check_ins[check_ins["CheckinTime"] >= FIRST_DAY.isoformat()]


def write_city(folder: Path, venues: pd.DataFrame, check_ins: pd.DataFrame) -> None:
    """Write observations.csv and the sites of each way of asking (SITES_FILE) into `folder`."""
    check_ins[["agent", "CheckinTime", "lat", "lon"]].set_axis(
        ["device_id", "timestamp", "latitude", "longitude"], axis=1
    ).to_csv(folder / "observations.csv", index=False)
    names = venues["VenueType"] + " " + venues["VenueId"].astype(str)
    sites = venues.assign(name=names, radius_m=VENUE_RADIUS_M)
    sites.to_csv(folder / SITES_FILE[EACH], index=False)
    sites[sites["VenueType"] == PLACE_OF[HUNGER]].to_csv(folder / SITES_FILE[RESTAURANTS], index=False)
    features = [
        {"type": "Feature", "properties": {"name": f"{kind} together", "category": kind}, "geometry": mapping(shape)}
        for kind, shape in ((kind, dissolved(group.lat, group.lon)) for kind, group in venues.groupby("VenueType"))
    ]
    (folder / SITES_FILE[TOGETHER]).write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def dissolved(lat: np.ndarray, lon: np.ndarray, radius_m: float = VENUE_RADIUS_M) -> Any:
    """Return circles around positions as one multipolygon, as QGIS's Buffer makes them with "Dissolve result"."""
    circle = Point(0, 0).buffer(radius_m / M_PER_DEGREE)
    parts = []
    for y, x in zip(lat, lon):
        part = scale(circle, 1.0 / np.cos(np.radians(y)), 1.0)
        parts.append(type(part)([(x + dx, y + dy) for dx, dy in part.exterior.coords]))
    return unary_union(parts)


@dataclass(frozen=True)
class Panel:
    """All that a study knows before it is asked for dates: `history` of the devices, `grid`, `sites`, pseudonyms."""

    history: Any
    grid: Any
    sites: Any
    pseudonyms: np.ndarray


def read_panel(way: str, venues: pd.DataFrame, check_ins: pd.DataFrame) -> Panel:
    """Return the panel of `check_ins` with the sites of a way of asking."""
    sitelight_package.load()
    from sitelight.plugin.data.observation_files import open_observations_file
    from sitelight.plugin.data.sites import read_sites_file
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.screening import ScreeningSettings
    from sitelight.plugin.engine.study import Study, read_history

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_city(folder, venues, check_ins)
        study = Study(
            key_dates=(), sites=read_sites_file(folder / SITES_FILE[way]).sites, world=load_world(),
            lookback_days=LOOKBACK_DAYS, screening=ScreeningSettings(excluded_countries=()), time_zone_hours=0.0,
        )  # fmt: skip
        return Panel(*read_history(study, open_observations_file(folder / "observations.csv")))


def ask(panel: Panel, key_dates: list[date], days_after: int = 0) -> tuple[Any, pd.DataFrame]:
    """Return the evidence and the findings of a study of the panel: the steps of a study after its history."""
    from sitelight.plugin.data.library import load_library
    from sitelight.plugin.engine.counting import make_windows
    from sitelight.plugin.engine.earth import EPOCH
    from sitelight.plugin.engine.findings import find_findings
    from sitelight.plugin.engine.study import Study, find_evidence

    first, last = (FIRST_DAY - EPOCH).days, (LAST_DAY - EPOCH).days
    windows = make_windows(key_dates, 0, days_after, first, last, LOOKBACK_DAYS)
    study = Study(tuple(key_dates), load_library(), lookback_days=LOOKBACK_DAYS)
    evidence = find_evidence(study, panel.history, windows, panel.grid, panel.sites, panel.pseudonyms, first)
    return evidence, find_findings(evidence).table


def with_changed_before(day: date, changed: list[date]) -> list[date]:
    """Return the key dates of a study of `day`: itself, and what else would be in its baseline though it changed."""
    return [other for other in changed if other < day and (day - other).days % 7 == 0] + [day]


def measure(way: str) -> dict[str, Any]:
    """Study every day; return the findings at q < 0.05 and what the counts of each kind did.

    `alone` holds the findings of each day's own study, `joint` those of one study of all labelled days; `ordinary` the
    number of ordinary dates that each day's own study has.
    """
    days, panel = read_days(), read_panel(way, *read_check_ins(GLOBAL))
    labelled = [day.day for day in days if day.kind in DAYS_AFTER_LABEL]
    changed = labelled + [day.day for day in days if day.kind == AFTER_WORK]
    alone, ordinary = [], {}
    for day in days:
        evidence, findings = ask(panel, with_changed_before(day.day, changed))
        alone += [one for one in _held(evidence, findings) if one["day"] == day.day.isoformat()]
        ordinary[day.day.isoformat()] = len(evidence.windows.placebo)
    evidence, findings = ask(panel, labelled)
    return {
        "alone": alone, "ordinary": ordinary, "joint": _held(evidence, findings),
        "joint_ordinary": len(evidence.windows.placebo),
        "counts": _counts_by_kind(_kinds(evidence), evidence.presence.devices, evidence.windows),
    }  # fmt: skip


def measure_central(way: str) -> dict[str, Any]:
    """Study the central run: everybody, and the agents of each label by themselves; return `groups`.

    Per group: `agents`, `x` (check-ins by venue type a week from LABELLED_FROM on, over those of the four weeks
    before) and, per question, `findings` and the smallest q.
    """
    venues, check_ins = read_check_ins(CENTRAL)
    label = pd.read_csv(CITY / "central_labels.csv").set_index("agent")["type"]
    own = check_ins["agent"].map(label)
    groups = {"everybody": check_ins, **{kind: check_ins[own == kind] for kind in (HUNGER, WORK, SOCIAL, INTEREST)}}
    table: dict[str, Any] = {}
    for name, group in groups.items():
        panel = read_panel(way, venues, group)
        table[name] = {"agents": int(group["agent"].nunique()), "x": _changes(group)}
        for asked, (days_after, key_dates) in ASKED_CENTRAL.items():
            evidence, findings = ask(panel, list(key_dates), days_after)
            table[name][asked] = {"findings": _held(evidence, findings), "best_q": float(findings.q_value.min())}
    return {"groups": table}


def _changes(check_ins: pd.DataFrame) -> dict[str, float]:
    """Return the check-ins by venue type in the four weeks from LABELLED_FROM on, over those of the four before."""
    day = check_ins["CheckinTime"].str[:10]
    border, last = LABELLED_FROM.isoformat(), LAST_DAY.isoformat()
    before = day.between((LABELLED_FROM - timedelta(days=28)).isoformat(), border, inclusive="left")
    counts = [check_ins["VenueType"][rows].value_counts() for rows in (before, day.between(border, last))]
    return {kind: float(counts[1].get(kind, 0) / number) for kind, number in counts[0].items()}


def _held(evidence: Any, findings: pd.DataFrame) -> list[dict[str, Any]]:
    spots = evidence.history.visits.spots
    kind_of = dict(zip(spots.spot_id, _kinds(evidence).tolist()))
    return [
        {"day": row.key_date, "kind": kind_of[row.spot_id], "spot": row.spot_name, "rank": int(row.rank),
         "ratio": row.ratio, "q": row.q_value, "sentence": row.sentence}
        for row in findings.query("q_value < 0.05").itertuples()
    ]  # fmt: skip


def _kinds(evidence: Any) -> np.ndarray:
    """Return the venue type of each spot, or "cell"."""
    spots = evidence.history.visits.spots
    return np.array([name.split()[0] if own == "site" else "cell" for name, own in zip(spots.name, spots.kind)])


def _counts_by_kind(kind: np.ndarray, devices: np.ndarray, windows: Any) -> dict[str, dict[str, Any]]:
    """Return, per key date and kind of place, devices by spot summed, and the baseline means of its spots."""
    table: dict[str, dict[str, Any]] = {}
    for day, window in zip(windows.key_dates, windows.key_window.tolist()):
        usual = devices[:, windows.baseline[window]].mean(axis=1)
        table[day.isoformat()] = {
            str(one): {"observed": int(devices[kind == one, window].sum()), "usual": usual[kind == one].tolist()}
            for one in np.unique(kind)
        }
    return table


def expected_power(usual: list[float], ratio: float, tests: int) -> float:
    """Return the share of places of which an exact Poisson test (Bonferroni 0.05 over `tests`) would find the change.

    The best that counts of one day can do: the usual count is taken as known, and nothing else varies.
    """
    level, power = 0.05 / tests, []
    for mean in np.maximum(usual, 1e-9):
        if ratio > 1:
            power.append(stats.poisson.sf(stats.poisson.isf(level, mean), ratio * mean))
        else:
            critical = stats.poisson.ppf(level, mean)
            critical -= stats.poisson.cdf(critical, mean) > level
            power.append(stats.poisson.cdf(critical, ratio * mean) if critical >= 0 else 0.0)
    return float(np.mean(power))
