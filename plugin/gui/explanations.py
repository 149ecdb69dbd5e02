"""What a finding or an itinerary rests on, in sentences; and why a list is empty."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication

from ..data.library import load_named
from ..engine.named_behaviors import name_of
from ..engine.results import Results
from .result_models import probability

translate = QCoreApplication.translate
UNFOLD = "unfold"


def explain_finding(row: dict[str, Any], explanations: pd.DataFrame, unfolded: bool = False) -> str:
    """Return HTML: what was counted, what drives it, what speaks against it, how often chance does as well.

    `explanations` is the result table of that name; behaviors on the same evidence are listed if `unfolded`, else
    counted behind a link.
    """
    mine = explanations[explanations["finding_id"] == row["finding_id"]]
    counted = translate(
        "Explanations",
        "Between {start} and {end}: {observed} devices were counted; {expected} were expected.",
    ).format(
        start=row["window_start"][:10], end=row["window_end"][:10], observed=row["observed"],
        expected=expected_words(row["expected"]),
    )  # fmt: skip
    chance = translate(
        "Explanations",
        "p = {p}: how often chance alone would do this here. q = {q}: the share of findings this strong that would "
        "be false, all places and behaviors considered.",
    ).format(p=probability(row["p_value"]), q=probability(row["q_value"]))
    parts = [counted, chance.replace("= <", "<")]
    if row["placebo_dates"] > 0:
        placebo = translate("Explanations", "Something this strong appeared on {hits} of {dates} ordinary dates.")
        parts.append(placebo.format(hits=row["placebo_hits"], dates=row["placebo_dates"]))
    named = name_of(load_named(), row["behavior_id"])
    if named is not None:
        known = translate("Explanations", "Known as “{title}” ({family}): {why}")
        parts.append(known.format(title=named.title, family=named.family.lower(), why=named.why))
    text = "".join(f"<p>{html.escape(part)}</p>" for part in parts[:1])
    text += _drivers_html(mine[mine["kind"] == "driver"]) + _against_html(mine[mine["kind"] == "against"])
    text += "".join(f"<p>{html.escape(part)}</p>" for part in parts[1:])
    text += _alike_html(row["n_alike"], mine[mine["kind"] == "alike"], unfolded)
    return text + f"<p>{html.escape(translate('Explanations', 'Double-click to see the place.'))}</p>"


def _drivers_html(drivers: pd.DataFrame) -> str:
    if len(drivers) == 0:
        return ""
    line = translate("Explanations", "{levels}: {observed} devices, {expected} expected")
    rows = [
        line.format(levels=text, observed=int(observed), expected=expected_words(expected))
        for text, observed, expected in zip(drivers["text"], drivers["observed"], drivers["expected"])
    ]
    return _list_html(translate("Explanations", "What drives it"), rows)


def _against_html(against: pd.DataFrame) -> str:
    rows = against["text"].tolist()
    return _list_html(
        translate("Explanations", "What speaks against it"),
        rows or [translate("Explanations", "Nothing that was looked for: fixes, accuracy, panel, groups, history.")],
    )


def _alike_html(count: int, alike: pd.DataFrame, unfolded: bool) -> str:
    if count == 0:
        return ""
    heading = translate("Explanations", "Other behaviors that rest on the same evidence: {count}").format(count=count)
    if not unfolded and len(alike):
        return f'<p><a href="{UNFOLD}">{html.escape(heading)} ▸</a></p>'
    rows = alike["text"].tolist()
    if count > len(rows) > 0:
        rows.append(translate("Explanations", "and {count} more").format(count=count - len(rows)))
    return _list_html(heading, rows)


def _list_html(heading: str, rows: list[str]) -> str:
    items = "".join(f"<li>{html.escape(row)}</li>" for row in rows)
    return f"<p style='margin-bottom:0'><b>{html.escape(heading)}</b></p><ul style='margin-top:0'>{items}</ul>"


def expected_words(expected: float) -> str:
    """Return an expectation with one digit, small ones as a bound."""
    if expected != expected:
        return translate("Explanations", "an unknown number")
    return translate("Explanations", "under 0.1") if expected < 0.05 else f"{expected:.1f}"


def explain_itinerary(row: dict[str, Any]) -> str:
    """Return HTML with the stops as a list and what they are related to."""
    stops = "".join(f"<li>{html.escape(stop.strip())}</li>" for stop in row["stops"].split("→"))
    about = translate("Explanations", "Device {device}, from {start} to {end}; key date {key_date}.").format(
        device=row["device"], start=row["started"][:10], end=row["finished"][:10], key_date=row["key_date"]
    )
    borders = ""
    if row["borders"]:
        crossed = translate("Explanations", "Borders: {borders}.").format(borders=row["borders"])
        borders = f"<p>{html.escape(crossed)}</p>"
    limits = translate("Explanations", "A device is not a person; being at a place does not tell why.")
    return f"<p>{html.escape(about)}</p><ol>{stops}</ol>{borders}<p>{html.escape(limits)}</p>"


def was_tested(results: Results) -> bool:
    """Return whether any place had enough history to be tested."""
    return bool(results.tables["heat"]["score"].notna().any())


def no_findings_text(results: Results) -> str:
    """Return why there are no findings, with the run's notes."""
    text = translate(
        "Explanations",
        "Nothing unusual was found around the key dates. Try more days before and after, or other dates.",
    )
    if not was_tested(results):
        text = translate("Explanations", "Nothing could be tested. The map and the Place tab show counts only.")
    return "\n\n".join((text, *results.notes))


def no_itineraries_text(results: Results) -> str:
    """Return why there are no itineraries and what to do."""
    text = translate(
        "Explanations",
        "No itineraries. They are shown for studies with a written purpose, and start from findings and linked sites.",
    )
    return "\n\n".join((text, *results.notes))
