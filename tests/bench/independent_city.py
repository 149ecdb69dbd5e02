"""A published simulator's city, where everybody changes on labelled days: what a study finds there, and elsewhere.

Data: shared/data/pol-anomaly (its SOURCE.md says how it was made, and by whom). The source names venues, and measured
by venue type how check-ins changed on each labelled day. A check-in is given to the product as one observation at its
venue. Settings: windows of one day (the labels are days); the source's clock; no excluded region; its four weeks of
warm-up are left out but for the last, which is the look-back, so that the four normal weeks after it are the baseline.
(With the whole warm-up as a look-back of 28 days, "regular" visitors fade away everywhere for weeks: they are those of
the warm-up, when pubs had five times the guests.)
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

SHARED = sitelight_package.ROOT.parent / "shared" / "data"
CITY = SHARED / "pol-anomaly"
FIRST_DAY, LOOKBACK_DAYS = "2024-01-22", 7
SAME_BUILDING_M, VENUE_RADIUS_M, M_PER_DEGREE = 5.0, 2.0, 111_195.0
HUNGER, WORK, SOCIAL, ORDINARY = "hunger", "work", "social", "ordinary"
PLACE_OF = {HUNGER: "Restaurant", WORK: "Workplace"}
DAYS_AFTER_LABEL = {HUNGER: 0, WORK: 1, SOCIAL: 0}
EACH, TOGETHER = "each place", "places of a kind together"


@dataclass(frozen=True)
class Day:
    """A day to study: `kind` of its label, `severity`, and by venue type the check-ins over those of usual days."""

    day: date
    kind: str
    severity: str
    check_ins: dict[str, float]


def read_days() -> list[Day]:
    """Return the labelled days, on the day their label takes effect, and the days with nothing near them.

    Nothing near: neither the day nor the day before has a label other than NORMAL (effects last a day at most).
    """
    labels = pd.read_csv(CITY / "global_day_labels.csv", parse_dates=["date"]).set_index("date")["label"]
    effects = pd.read_csv(CITY / "global_effects_measured.csv")
    days = []
    for stamp, label in labels.items():
        day = stamp.date()
        if label == "NORMAL":
            if labels.get(stamp - pd.Timedelta(days=1), "NORMAL") == "NORMAL":
                days.append(Day(day, ORDINARY, "", {}))
            continue
        severity, kind = label.lower().split("_")
        after = DAYS_AFTER_LABEL[kind]
        row = effects[(effects.label_date == day.isoformat()) & (effects.days_after == after)].iloc[0]
        kinds = [name for name in row.index if name.endswith("_ratio")]
        ratios = {name.split("_")[0].capitalize(): float(row[name]) for name in kinds}
        days.append(Day(day + timedelta(days=after), kind, severity, ratios))
    return days


def write_city(folder: Path) -> None:
    """Write observations.csv, sites.csv (one site per venue) and kinds.geojson (one per venue type) into `folder`.

    Venues of one building are laid 5 m apart: the source tells them apart by id, which a position alone could not.
    """
    venues = pd.read_csv(CITY / "global_venues.csv")
    venues["lat"] += venues.groupby(["lat", "lon"]).cumcount() * SAME_BUILDING_M / M_PER_DEGREE
    check_ins = pd.read_csv(CITY / "global_checkins.csv.gz").merge(venues, on="VenueId")
    check_ins = check_ins[check_ins["CheckinTime"] >= FIRST_DAY]
    check_ins[["agent", "CheckinTime", "lat", "lon"]].set_axis(
        ["device_id", "timestamp", "latitude", "longitude"], axis=1
    ).to_csv(folder / "observations.csv", index=False)
    venues["name"] = venues["VenueType"] + " " + venues["VenueId"].astype(str)
    venues.assign(radius_m=VENUE_RADIUS_M).to_csv(folder / "sites.csv", index=False)
    features = [
        {"type": "Feature", "properties": {"name": f"{kind} together", "category": kind}, "geometry": mapping(shape)}
        for kind, shape in ((kind, dissolved(group.lat, group.lon)) for kind, group in venues.groupby("VenueType"))
    ]
    (folder / "kinds.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def dissolved(lat: np.ndarray, lon: np.ndarray, radius_m: float = VENUE_RADIUS_M) -> Any:
    """Return circles around positions as one multipolygon, as QGIS's Buffer makes them with "Dissolve result"."""
    circle = Point(0, 0).buffer(radius_m / M_PER_DEGREE)
    parts = []
    for y, x in zip(lat, lon):
        part = scale(circle, 1.0 / np.cos(np.radians(y)), 1.0)
        parts.append(type(part)([(x + dx, y + dy) for dx, dy in part.exterior.coords]))
    return unary_union(parts)


def study_city(folder: Path, sites: str, key_dates: tuple[date, ...]) -> Any:
    """Return the results of a study of `folder` with the file `sites`."""
    sitelight_package.load()
    from sitelight.plugin.data.library import load_library
    from sitelight.plugin.data.observation_files import open_observations_file
    from sitelight.plugin.data.sites import read_sites_file
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.study import Study, run

    study = Study(
        key_dates=key_dates, sites=read_sites_file(folder / sites).sites, world=load_world(), library=load_library(),
        days_before=0, days_after=0, lookback_days=LOOKBACK_DAYS, excluded_countries=(), time_zone_hours=0.0,
    )  # fmt: skip
    return run(study, open_observations_file(folder / "observations.csv"))


def measure(way: str, asked: str) -> dict[str, Any]:
    """Study the labelled or the ordinary days; return the findings at q < 0.05 and what the counts of each kind did."""
    days = [day for day in read_days() if (day.kind == ORDINARY) == (asked == ORDINARY)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_city(folder)
        results = study_city(folder, "sites.csv" if way == EACH else "kinds.geojson", tuple(day.day for day in days))
    held = results.tables["findings"].query("q_value < 0.05")
    spots, evidence = results.evidence.history.visits.spots, results.evidence
    kind = np.array([name.split()[0] if own == "site" else "cell" for name, own in zip(spots.name, spots.kind)])
    kind_of = dict(zip(spots.spot_id, kind.tolist()))
    return {
        "findings": [
            {"day": row.key_date, "kind": kind_of[row.spot_id], "spot": row.spot_name, "rank": int(row.rank),
             "ratio": row.ratio, "q": row.q_value, "sentence": row.sentence}
            for row in held.itertuples()
        ],
        "counts": _counts_by_kind(kind, evidence.presence.devices, evidence.windows),
        "placebo_dates": len(evidence.windows.placebo),
        "kept": int(results.tables["screening"].set_index("reason").rows["kept"]),
    }  # fmt: skip


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
