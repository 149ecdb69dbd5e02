"""Heat of countries and districts: how unusual anything in them is, for maps too small to show single spots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from shapely.geometry import MultiPoint

from ..earth import BLOCK, district_ids, district_outlines, wkb, wrap_longitude
from ..places import country_codes
from ..scoring import Plain, RegionLevel
from ..stats import simes
from .evidence import Evidence
from .told_regions import COUNTRY, DISTRICT, ToldRegion, region_id, region_names


def region_heat(evidence: Evidence, plain: Plain, told: Sequence[ToldRegion], number: np.ndarray) -> pd.DataFrame:
    """Return the rows of `heat` of all regions, one per region and key date; findings `told` have numbers.

    `score` is that of the region's finding, else -log10 of the p-value that nothing in it is unusual: neither it as a
    whole nor a spot (Simes). `q_value` is that of the region as a whole. `observed` and `expected` are devices present
    per day (out in its hours, where it is about these), only where there is a finding: sums would tell small counts.
    """
    parts = []
    for place, level in enumerate(plain.regions.levels):
        if len(level):
            parts.append(_of_level(evidence, plain, place, told, number))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _of_level(
    evidence: Evidence, plain: Plain, place: int, told: Sequence[ToldRegion], number: np.ndarray
) -> pd.DataFrame:
    level, windows = plain.regions.levels[place], evidence.windows
    about, frames = _about(evidence, plain, level), []
    for key_date, window in zip(windows.key_dates, windows.key_window):
        start, end = windows.dates(int(window))
        score, q_value = _scored(evidence, plain, place, int(window))
        frame = about.assign(
            key_date=key_date.isoformat(), window_start=start.isoformat(), window_end=end.isoformat(), score=score,
            q_value=q_value, observed=0, expected=np.nan, finding_id=0,
        )  # fmt: skip
        for region, finding in zip(told, number.tolist()):
            if region.change.level == place and plain.row_of(int(window)) == region.change.window:
                rows = region.regions
                frame.loc[rows, ["observed", "finding_id"]] = round(region.observed), finding
                frame.loc[rows, "expected"] = region.expected
                frame.loc[rows, "score"] = _score(np.array([region.change.p_value]))[0]
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _scored(evidence: Evidence, plain: Plain, place: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return score and q-value of the regions of a level in a key window, NaN where nothing of it could be tested."""
    tree, scores = plain.regions, evidence.told
    level = tree.levels[place]
    at, spots_at = np.flatnonzero(tree.windows == plain.row_of(window)), np.flatnonzero(scores.key_windows == window)
    if len(at) == 0 and len(spots_at) == 0:
        return np.full(len(level), np.nan), np.full(len(level), np.nan)
    own = tree.p_value[place][at[0]] if len(at) else np.ones(len(level))
    group, p_value = np.arange(len(level)), own
    if len(spots_at):
        member = np.repeat(group, [len(rows) for rows in level.members])
        spot = plain.counts.spot[np.concatenate(level.members)]
        group, p_value = np.concatenate((group, member)), np.concatenate((own, scores.spot_p[spots_at[0], spot]))
    return _score(simes(group, p_value, len(level))), tree.q_value[place][at[0]] if len(at) else np.ones(len(level))


def _score(p_value: np.ndarray) -> np.ndarray:
    score: np.ndarray = np.round(-np.log10(np.maximum(p_value, 1e-300)), 6) + 0.0
    return score


def _about(evidence: Evidence, plain: Plain, level: RegionLevel) -> pd.DataFrame:
    """Return id, name, kind and outline of the regions of a level."""
    codes = country_codes.codes(evidence.history.world, level.country)
    if level.squares:
        ids = district_ids(level.lat, level.lon, level.squares)
        outline = wkb.polygons(district_outlines(level.lat, level.lon, level.squares))
    else:
        ids, outline = np.full(len(level), "", dtype=object), _country_outlines(plain)
    return pd.DataFrame({
        "spot_id": [region_id(*both) for both in zip(ids.tolist(), codes.tolist())],
        "spot_name": region_names(evidence, level, np.arange(len(level))),
        "spot_kind": DISTRICT if level.squares else COUNTRY, "geometry": outline,
    })  # fmt: skip


def _country_outlines(plain: Plain) -> np.ndarray:
    """Return WKB of the convex hulls of the wide districts where spots of each country were counted: a loop over them.

    Longitudes run on beyond 180 degrees where a country lies on both sides.
    """
    countries, districts = plain.regions.levels[:2]
    corners = district_outlines(districts.lat, districts.lon, BLOCK)
    outline = np.empty(len(countries), dtype=object)
    for number, country in enumerate(countries.country.tolist()):
        own = corners[districts.country == country].reshape(-1, 2)
        own = np.column_stack((own[0, 0] + wrap_longitude(own[:, 0] - own[0, 0]), own[:, 1]))
        outline[number] = MultiPoint(own).convex_hull.wkb
    return outline
