"""Events as the panel lists them: one card for each thing that happened, its findings folded inside."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication

from ...engine.scoring import LEVEL
from ...engine.tables import empty_table
from .explanations import explain_finding
from .result_models import Card, finding_card, probability

translate = QCoreApplication.translate
FINDING = "finding:"
"""How the names of links begin that unfold another finding of an event."""
_OF_EVENT = {
    "event_rank": "rank", "event_title": "title", "event_sentence": "sentence", "event_q": "q_value",
    "based_at": "based_at", "places": "places",
}  # fmt: skip


def event_rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per event: its main finding, with what the event says; of an earlier study each finding.

    `rank` is that of the event, `of_event` the sentences of all its findings.
    """
    findings, events = tables["findings"], tables.get("events", empty_table("events"))
    if len(events) == 0:
        return findings
    told = events.set_index("finding_id")[list(_OF_EVENT.values())].set_axis(list(_OF_EVENT), axis=1)
    rows = findings.merge(told, left_on="finding_id", right_index=True)
    sentences = findings.groupby("event_id")["sentence"].agg(" ".join)
    return rows.assign(rank=rows["event_rank"], of_event=rows["event_id"].map(sentences))


def event_card(row: dict[str, Any]) -> Card:
    """Return the card of an event, or of a finding where a study of an earlier version knows no events."""
    if "event_title" not in row:
        return finding_card(row)
    chance = translate("ResultModels", "q = {q}").format(q=probability(row["event_q"])).replace("= <", "<")
    parts = [row["key_date"], chance]
    if row["places"] > 1:
        parts.append(translate("ResultModels", "{count} places").format(count=int(row["places"])))
    section = translate("ResultModels", "Holds at q ≤ {level}, lowest q first").format(level=LEVEL)
    if not row["event_q"] <= LEVEL:
        section = translate("ResultModels", "Weaker, lowest q first")
        parts.append(translate("ResultModels", "not beyond chance"))
    return Card(str(row["rank"]), row["event_title"], row["event_sentence"], " · ".join(parts), section)


def findings_of(row: dict[str, Any], findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of an event; of a study of an earlier version, which knows none, the finding itself."""
    if "event_title" not in row:
        return findings[findings["finding_id"] == row["finding_id"]]
    return findings[findings["event_id"] == row["event_id"]]


def itineraries_of(row: dict[str, Any], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the itineraries that were reached from the findings of an event."""
    itineraries = tables["itineraries"]
    return itineraries[itineraries["finding_id"].isin(findings_of(row, tables["findings"])["finding_id"])]


def explain_event(
    row: dict[str, Any], tables: Mapping[str, pd.DataFrame], unfolded: frozenset[str] = frozenset()
) -> str:
    """Return HTML: what the main finding of an event rests on, then its other findings, each behind a link."""
    # A study written by an earlier version lacks some tables.
    explanations, origins = (tables.get(name, empty_table(name)) for name in ("explanations", "origins"))
    told = explain_finding(row, explanations, origins, unfolded)
    if "event_title" not in row:
        return told
    findings = findings_of(row, tables["findings"])
    others = findings[findings["finding_id"] != row["finding_id"]]
    parts = [f"<p><b>{html.escape(row['sentence'])}</b></p>", told, _drawn_text(len(itineraries_of(row, tables)))]
    if len(others):
        heading = translate("Explanations", "Other findings of this event: {count}").format(count=len(others))
        parts.append(f"<h4>{html.escape(heading)}</h4>")
    for other in others.sort_values("rank").to_dict("records"):
        name = f"{FINDING}{other['finding_id']}"
        sentence = html.escape(other["sentence"])
        if name in unfolded:
            told_html = explain_finding(other, explanations, origins, unfolded)
            parts.append(f"<p><b>{sentence}</b></p>{told_html}")
        else:
            parts.append(f"<p><a href='{html.escape(name)}'>{sentence}&nbsp;▸</a></p>")
    return "".join(parts)


def _drawn_text(count: int) -> str:
    """Return how many itineraries the map draws for an event, as HTML."""
    text = translate("Explanations", "No itinerary was reached from this event, so the map draws none.")
    if count:
        text = translate("Explanations", "The map draws the itineraries reached from this event: {count}.")
    return f"<p>{html.escape(text.format(count=count))}</p>"
