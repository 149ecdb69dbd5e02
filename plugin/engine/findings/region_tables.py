"""Countries and districts in the result tables: their findings before those of spots, and what speaks against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Optional

import numpy as np
import pandas as pd

from ..behaviors import behavior_id, placebo_text, window_text
from ..earth import EPOCH, district_ids, wkb
from ..places import country_codes
from ..scoring import Plain
from ..tables import MIN_SHOWN, as_table, told_apart, worded_count
from .calendar_days import calendar_doubts
from .evidence import Evidence
from .plain import SHOWN_EARLIER, listed
from .region_heat import region_heat
from .told_regions import COUNTRY, DISTRICT, OUT_WHEN, ToldRegion, change_of, is_few, out_words, region_id

FEW_WINDOWS = 8
"""Fewer earlier windows are a short history, as for spots."""


def with_regions(
    evidence: Evidence, tables: Mapping[str, pd.DataFrame], told: Sequence[ToldRegion]
) -> dict[str, pd.DataFrame]:
    """Return `findings`, `explanations` and `heat` with countries and districts, those of `told_regions`.

    Their findings come first, since all others are compared with them; numbers of the others stay as they are, and
    those of regions follow.
    """
    plain = evidence.plain
    if plain is None:
        return {name: tables[name] for name in ("findings", "explanations", "heat")}
    findings = tables["findings"]
    first = int(findings["finding_id"].max()) + 1 if len(findings) else 1
    rows = [_finding(evidence, plain, one) for one in told]
    key_dates = [str(row["key_date"]) for row in rows]
    for row, devices in zip(rows, _devices_apart(evidence, plain, told, key_dates, tables)):
        row["devices"] = devices
    number = np.arange(first, first + len(rows))
    own = pd.DataFrame(rows).assign(finding_id=number, rank=np.arange(1, len(rows) + 1)) if rows else None
    texts = [
        {"finding_id": one, "kind": "against", "seq": place, "text": text, "observed": np.nan, "expected": np.nan}
        for one, region in zip(number.tolist(), told)
        for place, text in enumerate(_doubts(evidence, plain, region), 1)
    ]
    return {
        "findings": _joined("findings", own, findings.assign(rank=findings["rank"] + len(rows))),
        "explanations": _joined("explanations", pd.DataFrame(texts) if texts else None, tables["explanations"], False),
        "heat": _joined("heat", region_heat(evidence, plain, told, number), tables["heat"], False),
    }


def _devices_apart(
    evidence: Evidence, plain: Plain, told: Sequence[ToldRegion], key_dates: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
) -> list[int]:  # fmt: skip
    """Return the devices of regions as they may be told beside those of spots and smaller regions in them.

    One spot, or one district of a country, may have most of them.
    """
    spot_id = evidence.history.visits.spots.spot_id
    shown: dict[int, int] = {}
    for number in sorted(range(len(told)), key=lambda one: told[one].squares or np.inf):
        region, key_date = told[number], key_dates[number]
        beside: list[int] = []
        for name in ("findings", "heat"):
            inside = tables[name]["spot_id"].isin(spot_id[plain.counts.spot[region.spots]])
            beside += tables[name]["observed"][inside & (tables[name]["key_date"] == key_date)].tolist()
        beside += [
            devices for other, devices in shown.items()
            if (told[other].country, key_dates[other]) == (region.country, key_date)
        ]  # fmt: skip
        shown[number] = int(told_apart(np.array([region.devices]), beside)[0])
    return [shown[number] for number in range(len(told))]


def _joined(name: str, own: Optional[pd.DataFrame], others: pd.DataFrame, is_first: bool = True) -> pd.DataFrame:
    if own is None or len(own) == 0:
        return as_table(name, others)
    parts = [as_table(name, own), others]
    parts = [part for part in (parts if is_first else parts[::-1]) if len(part)]
    return as_table(name, pd.concat(parts, ignore_index=True))


def _finding(evidence: Evidence, plain: Plain, region: ToldRegion) -> dict[str, object]:
    """Return a region as a row of the findings, but for its number and rank; counts are devices per day."""
    library, change = evidence.library, region.change
    parts = library.patterns.parts(int(evidence.scores.total_pattern))
    who, when, what = (axis[part] for axis, part in zip((library.who, library.when, library.what), parts))
    entry = library.entry("change", change_of(region))
    key_date, start, end = _dates(evidence, plain, region)
    observed, placebo = round(region.observed), plain.regions.placebo_p
    hits = int((placebo <= change.p_value).sum())
    level = plain.regions.levels[change.level]
    code = str(country_codes.codes(evidence.history.world, np.array([region.country]))[0])
    district = district_ids(level.lat[[change.region]], level.lon[[change.region]], max(region.squares, 1))[0]
    return {
        "event_id": 0,  # numbered with the events (`with_region_events`)
        "spot_id": region_id(district if region.squares else "", code),
        "spot_name": region.name,
        "spot_kind": DISTRICT if region.squares else COUNTRY,
        "category": "",
        "country": code,
        "key_date": key_date.isoformat(),
        "window_start": start.isoformat(),
        "window_end": end.isoformat(),
        "behavior_id": behavior_id(who.id, when.id, what.id, entry.id),
        "who": who.title,
        "when": OUT_WHEN[region.hours] if region.hours else when.title,
        "what": what.title,
        "change": entry.title,
        "sentence": _sentence(plain, region, window_text(start, end, key_date), placebo_text(hits, len(placebo))),
        "observed": observed,
        "expected": region.expected,
        "ratio": region.observed / max(region.expected, 1e-9),
        "p_value": change.p_value,
        "q_value": change.q_value,
        "placebo_hits": hits,
        "placebo_dates": len(placebo),
        "devices": region.devices,
        "n_alike": 0,
        "geometry": wkb.points(np.array([region.lat]), np.array([region.lon]))[0],
    }


def _dates(evidence: Evidence, plain: Plain, region: ToldRegion) -> tuple[date, date, date]:
    """Return the key date of a region, and the first and last day that it is about."""
    windows, phase = evidence.windows, plain.counts.phases[region.change.phase]
    pairs = zip(windows.key_dates, windows.key_window)
    key_date = next(day for day, window in pairs if plain.row_of(window) == region.change.window)
    start = EPOCH + timedelta(days=int(plain.counts.windows.start_day[region.change.window]) + phase.first_day)
    return key_date, start, start + timedelta(days=phase.length_days - 1)


def _sentence(plain: Plain, region: ToldRegion, window: str, placebo: str) -> str:
    """Return "Togo: 3,120 devices present per day …, after 4,900 …; a fall of 36 % in the whole country"."""
    doing = out_words(OUT_WHEN[region.hours], with_hours=True) if region.hours else "present"
    counted = f"{region.name}: {worded_count(round(region.observed))} devices {doing} per day {window}"
    where = "district" if region.squares else "country"
    beside = "" if not region.squares else f" of {len(region.spots)} places"
    observed = float(MIN_SHOWN) if is_few(region.observed) else region.observed
    moved = _moved(observed / max(region.expected, 1e-9), "more than " if is_few(region.observed) else "")
    at_all_hours = f", at all hours {_moved(region.all_hours)}" if region.hours else ""
    return (
        f"{counted}{_earlier(plain, region)}; {region.expected:,.0f} expected, {moved} in the whole {where}{beside}"
        f"{at_all_hours}; {placebo}."
    )


def _earlier(plain: Plain, region: ToldRegion) -> str:
    """Return ", after 4,900, 4,870 and 4,910 in earlier windows", nothing where one of them is too small.

    Windows of key dates are not among them, as for spots.
    """
    windows = plain.counts.windows
    ordinary = windows.ordinary[windows.baseline[region.change.window]]
    earlier = region.earlier[ordinary][::-1][:SHOWN_EARLIER]
    if len(earlier) == 0 or any(is_few(count) for count in earlier):
        return ""
    return f", after {listed(np.rint(earlier).astype(np.int64))} in earlier windows"


def _moved(ratio: float, least: str = "") -> str:
    """Return "a fall of 36 %" of what is there of what was expected; where so few are left that they are not told, by
    how much at least.
    """
    part = abs(ratio - 1.0)
    if round(part, 2) == 0.0:
        return "no change"
    return f"a {'fall' if ratio < 1.0 else 'rise'} of {least}{part:.0%}".replace("%", " %")


def _doubts(evidence: Evidence, plain: Plain, region: ToldRegion) -> list[str]:
    """Return sentences on what weakens the finding of a region."""
    doubts = []
    if region.hours:
        doubts.append(
            "Out is who was seen away from where most of their nights are spent; where no nights are known, anywhere. "
            "Clocks that were changed, and evenings that a vendor delivers less of, move these counts too."
        )
    elif not region.squares:
        doubts.append(
            "A country where less is delivered looks like one where less happens: the data alone cannot tell a vendor "
            "from an event."
        )
    spot = int(plain.counts.spot[region.spots[0]])
    window = next(iter(np.flatnonzero(plain.row == region.change.window).tolist()))
    doubts += calendar_doubts(evidence, spot, window)
    if len(region.earlier) < FEW_WINDOWS:
        doubts.append(f"Short history: only {len(region.earlier)} earlier windows to compare with.")
    return doubts
