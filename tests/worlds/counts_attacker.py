"""An attacker who has all that was written, knows the method, and looks for counts of devices below five."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd

MIN_SHOWN = 5
IN_TEXT = (
    re.compile(r"^No device was |\b(?:[0-4]|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our) (?:more )?devices?\b"),
    re.compile(r"\bof (?:the )?[0-4] (?:more )?devices?\b"),
    re.compile(r"\b[0-4] of (?:the )?[\d,]+ (?:more )?devices?\b"),
)
COUNTS = {
    "findings": ("observed", "devices"), "events": ("devices",), "heat": ("observed",), "origins": ("devices",),
    "flows": ("devices",),
    "signatures": ("devices",), "itineraries": ("n_same_route",), "network_places": ("devices",),
    "network_links": ("devices", "trips"), "meeting_locations": ("total_unique_ids",),
    "presence": ("devices",), "visitors": ("devices",), "look_back_flows": ("devices",), "profiles": ("devices",),
    "linked_places": ("devices",), "links": ("devices", "trips"),
}  # fmt: skip


def breaches(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return every count of devices below five that can be read or computed from tables, in words."""
    found = [*_read(tables), *_in_texts(tables)]
    for name in ("findings", "heat", "explanations"):
        if name in tables:
            found += _from_ratios(name, tables[name])
    found += _from_differences(tables)
    found += _from_nested(tables)
    found += _from_origins_of_one_place(tables)
    found += _from_earlier_windows(tables)
    found += _from_profiles(tables)
    if "look_back_flows" in tables:
        for _asked, rows in tables["look_back_flows"].groupby(["look_back_id", "direction"]):
            found += _from_shares("look_back_flows", rows)
    for name in ("origins", "flows"):
        if name in tables:
            for _asked, rows in tables[name].groupby(["finding_id", "direction"]):
                found += _from_shares(name, rows)
    return found


def _read(tables: dict[str, pd.DataFrame]) -> list[str]:
    found = []
    for name, columns in COUNTS.items():
        for column in columns if name in tables else ():
            values = tables[name][column]
            numbers = pd.to_numeric(values.astype(str).str.replace(",", ""), errors="coerce")
            found += [f"{name}.{column}: {value}" for value in numbers[numbers < MIN_SHOWN]]
    if "explanations" in tables:
        drivers = tables["explanations"].query("kind == 'driver'")
        found += [f"driver: {value}" for value in drivers["observed"].dropna() if value < MIN_SHOWN]
    return found


def _in_texts(tables: dict[str, pd.DataFrame]) -> list[str]:
    found = []
    for name, table in tables.items():
        for column in table.columns:
            if table[column].dtype == object and column != "geometry":
                told = table[column].dropna()
                texts = told[~told.map(lambda one: isinstance(one, bytes)).astype(bool)].astype(str)  # no shapes
                for pattern in IN_TEXT:
                    found += [f"{name}.{column}: {text}" for text in texts[texts.str.contains(pattern)]]
    return found


def _from_ratios(name: str, table: pd.DataFrame) -> list[str]:
    """A ratio times its expectation is a count, wherever both stand."""
    if "ratio" not in table:
        return []
    computed = (table["ratio"] * table["expected"]).dropna()
    return [f"{name}: ratio x expected = {value:.3f}" for value in computed if round(value) < MIN_SHOWN]


def _from_differences(tables: dict[str, pd.DataFrame]) -> list[str]:
    """What is told of all devices of a finding, and of those among them that had one thing in common, or of its place.

    Four fewer may be one to four, and five may be more. What another finding there says anyway is not asked.
    """
    found = []
    findings = tables.get("findings", pd.DataFrame())
    if {"explanations", "findings"} <= set(tables):
        drivers = tables["explanations"].query("kind == 'driver'")
        keys = ["spot_id", "key_date"]
        both = drivers.merge(findings[["finding_id", *keys, "observed"]], on="finding_id", suffixes=("", "_all"))
        told = set(map(tuple, findings[[*keys, "observed"]].to_numpy()))
        for spot, day, part, whole in both[[*keys, "observed", "observed_all"]].dropna().to_numpy():
            is_range = whole - part == MIN_SHOWN - 1 or (part == MIN_SHOWN and whole - part > 1)
            if 0 < whole - part < MIN_SHOWN and not is_range and (spot, day, part) not in told:
                found.append(f"driver: {whole:.0f} less {part:.0f}")
    if {"heat", "findings"} <= set(tables) and len(findings):
        keys = ["spot_id", "key_date"]
        both = tables["heat"].merge(findings[[*keys, "observed"]], on=keys, suffixes=("", "_found"))
        both = both[~both["spot_id"].str.startswith("square:")]  # heat is of another cell of the square
        less = (both["observed"] - both["observed_found"]).dropna()
        found += [f"heat: {value:.0f} more than the finding" for value in less if 0 < value < MIN_SHOWN]
    return found


def _from_nested(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Every two counts of one place and key date: the devices of one may be some of the other's.

    Four fewer, or five, may stand for several numbers; not where both are findings, which are told as they are.
    """
    told = _told_of_places(tables)
    told = told[~told["spot_id"].str.startswith("square:")]  # several cells
    found = []
    for (spot, day), rows in told.groupby(["spot_id", "key_date"]):
        counts = sorted(set(zip(rows["count"].astype(int), rows["source"])))
        for (less, one), (more, other) in combinations(counts, 2):
            is_range = more - less == MIN_SHOWN - 1 or (less == MIN_SHOWN and more - less > 1)
            if 0 < more - less < MIN_SHOWN and not (is_range and {one, other} != {"findings"}):
                found.append(f"{spot} {day}: {more} ({other}) less {less} ({one})")
    return found


def _told_of_places(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return spot_id, key_date, source and count of all devices that are told of a place and key date."""
    keys, parts = ["spot_id", "key_date"], []
    for source in ("findings", "heat", "events", "signatures"):
        column = COUNTS[source][0]
        if source in tables and {*keys, column} <= set(tables[source]):
            parts.append(tables[source][[*keys, column]].rename(columns={column: "count"}).assign(source=source))
    if {"explanations", "findings"} <= set(tables) and set(keys) <= set(tables["findings"]):
        drivers = tables["explanations"].query("kind == 'driver'")[["finding_id", "observed"]]
        drivers = drivers.merge(tables["findings"][["finding_id", *keys]], on="finding_id")
        parts.append(drivers.rename(columns={"observed": "count"}).assign(source="drivers")[[*keys, "count", "source"]])
    parts += _kept_of_places(tables)
    told = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*keys, "count", "source"])
    return told[~told["spot_id"].str.match("country:|district")].dropna(subset=["count"])  # means of days


def _kept_of_places(tables: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the same of what a study keeps: cards, and link networks of the days of a key date."""
    if not {"presence", "visitors", "linked_places", "links", "heat"} <= set(tables):
        return []
    days = dict(zip(tables["heat"]["window_start"], tables["heat"]["key_date"]))
    presence, networks = tables["presence"].query("is_key == 1"), tables["linked_places"].query("is_all == 0")
    parts = [(presence["spot_id"], presence["day"].map(days), presence["devices"], "presence")]
    parts.append((networks["spot_id"], networks["window_start"].map(days), networks["devices"], "linked places"))
    day_of = dict(zip(networks["network_id"], networks["window_start"].map(days)))
    for end in ("from_id", "to_id"):
        links = tables["links"]
        parts.append((links[end], links["network_id"].map(day_of), links["devices"], "links"))
    if len(set(days.values())) == 1:  # else visitors are those of several windows
        visitors = tables["visitors"]
        is_home = visitors["kind"] == "home"  # what is told as a home is may be some more: homes are parts of neither
        alike = visitors[is_home].groupby("spot_id")["devices"].agg(set)
        who = visitors[~is_home]
        who = who[[count not in alike.get(spot, ()) for spot, count in zip(who["spot_id"], who["devices"])]]
        homes = visitors[is_home].assign(devices=lambda rows: rows["devices"].astype(int))
        everybody = homes.groupby("spot_id", as_index=False)["devices"].sum()
        day = next(iter(days.values()))
        parts += [(rows["spot_id"], day, rows["devices"], "visitors") for rows in (who, everybody)]
    frames = [
        pd.DataFrame({"spot_id": spot, "key_date": day, "count": pd.to_numeric(count, errors="coerce"), "source": one})
        for spot, day, count, one in parts
    ]
    return [frame.dropna(subset=["count", "key_date"]) for frame in frames]


def _from_profiles(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Counts of facets are in steps, or all: whoever of one shows another, too, it is not told of how many."""
    found = []
    for row in tables["profiles"].itertuples() if "profiles" in tables else ():
        counts = sorted({int(count) for count in row.counts.split()} | {0, int(row.devices)})
        steps = zip(counts, counts[1:])
        found += [f"profiles {row.spot_id} {row.day}: {b} less {a}" for a, b in steps if b - a < MIN_SHOWN]
    return found


def _from_origins_of_one_place(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Of two findings at one place: how many more of one came from somewhere than of the other."""
    if not {"origins", "findings"} <= set(tables) or "window_start" not in tables["findings"]:
        return []
    place, name = ["spot_id", "key_date"], ["direction", "kind", "name"]
    rows = tables["origins"].merge(tables["findings"][["finding_id", *place]], on="finding_id")
    if "look_backs" in tables:  # of all devices of the place
        days = dict(zip(tables["findings"]["window_start"], tables["findings"]["key_date"]))
        kept = tables["look_back_flows"].merge(tables["look_backs"], on="look_back_id")
        names = kept["country"].where((kept["kind"] == "country") & (kept["country"] != ""), kept["name"])
        rows = pd.concat((rows, kept.assign(key_date=kept["window_start"].map(days), name=names)), ignore_index=True)
    rows = rows[~rows["spot_id"].str.startswith("square:")]
    rows = rows.assign(count=pd.to_numeric(rows["devices"], errors="coerce")).dropna(subset=["count"])
    found = []
    for key, same in rows.groupby([*place, *name]):
        for less, more in combinations(sorted(same["count"].astype(int)), 2):
            found += [f"origins {key}: {more} less {less}"] if 0 < more - less < MIN_SHOWN else []
    return found


def _from_earlier_windows(tables: dict[str, pd.DataFrame]) -> list[str]:
    """What sentences on one place say of earlier windows: of the whole of them, and of parts."""
    if "findings" not in tables or "window_start" not in tables["findings"]:
        return []
    findings, found = tables["findings"], []
    for key, same in findings.groupby(["spot_id", "key_date"]):
        told = same["sentence"].str.extract(r"after ([\d, and]+) in earlier windows")[0].dropna()
        counts = [[int(one.replace(",", "")) for one in re.split(r", | and ", text)] for text in told]
        for one, other in combinations(counts, 2):
            found += [f"{key}: {a} and {b} earlier" for a, b in zip(one, other) if 0 < abs(a - b) < MIN_SHOWN]
    return found


def _from_shares(name: str, rows: pd.DataFrame) -> list[str]:
    """Shares tell the whole; what is missing of it, the others; expected shares the control's devices."""
    devices = pd.to_numeric(rows["devices"], errors="coerce")
    whole = (devices / rows["share"]).dropna().round()
    found = []
    if len(whole):
        count = int(whole.iloc[0])
        hidden = rows["share"].dropna() * count
        found += [f"{name}: share x whole = {value:.2f}" for value in hidden if round(value) < MIN_SHOWN]
        rest = count - devices.dropna()
        found += [f"{name}: {value:.0f} of {count} were not there" for value in rest if 0 < value < MIN_SHOWN]
        countries = rows["kind"] == "country"
        few = int((rows["devices"][countries] == "<5").sum())
        if few and not rows["devices"][countries].str.endswith("+").any():
            missing = count - devices[countries].sum()
            found += [f"{name}: {few} hidden countries have {missing:.0f}"] if missing >= few * (MIN_SHOWN - 1) else []
    for kind in ("category", "country"):
        found += [f"{name}: control {value}" for value in control_of(rows[rows["kind"] == kind])]
    return found


def control_of(rows: pd.DataFrame) -> list[int]:
    """Return the control's devices from 1 to 3 at each name, from expected shares alone: (devices + 1/2) / (all + 1).

    All that the shares have in common is the whole; 4 is what is said of any from 1 to 4.
    """
    shares = rows["expected_share"].dropna().to_numpy()
    if len(shares) < 2:
        return []
    whole = np.arange(5, 20_000)
    devices = shares[:, None] * (whole + 1.0) - 0.5
    fits = np.flatnonzero((np.abs(devices - np.rint(devices)) < 1e-6).all(axis=0))
    if len(fits) == 0:
        return []
    likely = np.rint(devices[:, fits[0]]).astype(int)
    return [int(value) for value in likely if 0 < value < MIN_SHOWN - 1]
