"""An attacker who has all that was written, knows the method, and looks for counts of devices below five."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

MIN_SHOWN = 5
IN_TEXT = (
    re.compile(r"^No device was |\b(?:[0-4]|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our) (?:more )?devices?\b"),
    re.compile(r"\bof (?:the )?[0-4] (?:more )?devices?\b"),
    re.compile(r"\b[0-4] of (?:the )?[\d,]+ (?:more )?devices?\b"),
)
COUNTS = {
    "findings": ("observed", "devices"), "heat": ("observed",), "origins": ("devices",), "flows": ("devices",),
    "signatures": ("devices",), "itineraries": ("n_same_route",), "network_places": ("devices",),
    "network_links": ("devices", "trips"), "meeting_locations": ("total_unique_ids",),
}  # fmt: skip


def breaches(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return every count of devices below five that can be read or computed from tables, in words."""
    found = [*_read(tables), *_in_texts(tables)]
    for name in ("findings", "heat", "explanations"):
        if name in tables:
            found += _from_ratios(name, tables[name])
    found += _from_differences(tables)
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
                texts = table[column].dropna().astype(str)
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
