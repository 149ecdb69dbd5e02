"""A plain report of a written study in one HTML file: what was found, what was screened, what it cannot say."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ..engine.results import Results
from ..engine.scoring import LEVEL
from .false_traces import false_traces_text, strong_traces
from .geopackage_texts import LIMITS

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{border-bottom:1px solid #8888;padding:.2em .8em .2em 0;text-align:left;"
    "vertical-align:top}td.number{text-align:right}li{margin:.4em 0}.quiet{opacity:.75}pre{white-space:pre-wrap;"
    "overflow-wrap:anywhere;font-size:.85em}@media(prefers-color-scheme:dark){body{background:#1e1e1e;color:#ddd}}"
)


def report_html(name: str, results: Results, seal: str) -> str:
    """Return the report of a study with its `seal`: all texts escaped, and nothing loaded from elsewhere."""
    record, tables = results.run, results.tables
    parts = [
        f"<h1>{_text(name)}</h1>", _head(record, seal), *_events(tables), "<h2>Findings</h2>",
        *_findings(tables["findings"]),
        *_itineraries(tables["itineraries"]), *_closures(tables), "<h2>Limits</h2>", _list((*LIMITS, *results.notes)),
        *_health(tables), "<h2>Screening</h2>", _table(tables["screening"], ("Reason", "Rows"), ("reason", "rows")),
        *_calendar(record, tables), "<h2>Record of the run</h2>",
        f"<pre>{_text(json.dumps(record, indent=1, ensure_ascii=False))}</pre>",
    ]  # fmt: skip
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{_text(name)}</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _head(record: Mapping[str, Any], seal: str) -> str:
    study, versions = dict(record.get("study", {})), dict(record.get("versions", {}))
    source = dict(record.get("source", {}))
    dates = sorted({*study.get("key_dates", ()), *study.get("event_dates", ())})
    rows = (
        ("Key dates", ", ".join(map(str, dates))),
        ("Window", f"{study.get('days_before', '')} days before to {study.get('days_after', '')} days after"),
        ("Purpose", record.get("purpose") or "none was written"), ("Observations", source.get("name", "")),
        ("Run", record.get("finished", "")), ("Sitelight", versions.get("sitelight", "")),
        ("Keep until", record.get("retain_until", "")), ("Seal", seal),
    )  # fmt: skip
    told = "".join(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in rows)
    return f"<table>{told}</table>"


def _events(tables: Mapping[str, pd.DataFrame]) -> Iterable[str]:
    """Yield the events that hold, then the others; of a study of an earlier version, which knew none, nothing."""
    table = tables.get("events")
    if table is None or table.empty:
        return
    ranked = table.sort_values("rank", kind="stable")
    holds = (ranked["q_value"] <= LEVEL).to_numpy()
    yield "<h2>Events</h2>"
    yield f"<p>{int(holds.sum())} of {len(ranked)} hold beyond chance (q ≤ {LEVEL}).</p>"
    yield _list(_told_event(row) for row in ranked[holds].to_dict("records"))
    if not holds.all():
        yield '<p class="quiet">The others may well be chance:</p>'
        yield _list(_told_event(row) for row in ranked[~holds].to_dict("records"))


def _told_event(row: Mapping[str, Any]) -> str:
    return f"{row['rank']}. {row['title']}: {row['sentence']} ({row['key_date']}; q = {row['q_value']:.2g})"


def _findings(table: pd.DataFrame) -> Iterable[str]:
    """Yield the sentences of the findings that hold, then of the others, in their order."""
    ranked = table.sort_values("rank", kind="stable")
    holds = (ranked["q_value"] <= LEVEL).to_numpy()
    titles = (
        (f"<p>{int(holds.sum())} of {len(ranked)} hold beyond chance (q ≤ {LEVEL}).</p>", holds),
        ('<p class="quiet">The others may well be chance:</p>', ~holds),
    )
    for title, rows in titles:
        if len(ranked) == 0 or (title.startswith("<p class") and not rows.any()):
            continue
        yield title
        yield _list(_told(row) for row in ranked[rows].to_dict("records"))
    if len(ranked) == 0:
        yield "<p>There is no finding.</p>"


def _told(row: Mapping[str, Any]) -> str:
    q = row["q_value"]
    rate = "not tested" if pd.isna(q) else f"q = {q:.2g}"
    return f"{row['rank']}. {row['sentence']} ({row['spot_name']}, {row['key_date']}; {rate})"


def _health(tables: Mapping[str, pd.DataFrame]) -> Iterable[str]:
    """Return what was wrong with the delivery; of a study of an earlier version, which was not examined, nothing."""
    table = tables.get("data_health")
    if table is None or table.empty:
        return []
    columns = ("check", "country", "start", "end", "sentence", "done")
    titles = ("Check", "Country", "From", "To", "What was found", "What was done")
    return ["<h2>Trust in the data</h2>", _table(table, titles, columns)]


def _itineraries(table: pd.DataFrame) -> Iterable[str]:
    """Yield how many itineraries there are, how many of them innocent visitors would look like, and the strong ones."""
    if table.empty:
        return
    yield f"<h2>Itineraries</h2><p>{_text(false_traces_text(table))}</p>"
    yield _list(strong_traces(table))


def _closures(tables: Mapping[str, pd.DataFrame]) -> Iterable[str]:
    """Yield which borders and airspaces itineraries crossed while they were closed."""
    table = tables["itineraries"].sort_values("rank", kind="stable")
    closed = table[table["closures"] != ""]
    if len(closed):
        yield "<h2>Crossed while closed</h2>"
        yield _list(f"Itinerary {rank}: {text}." for rank, text in zip(closed["rank"], closed["closures"]))


def _calendar(record: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Iterable[str]:
    """Return the analyst's calendar; public holidays in the windows of key dates stand among the limits."""
    table = tables.get("calendar")
    if table is None:
        return []
    given = table[table["source"] != dict(record.get("study", {})).get("country_days")]
    columns = ("country", "start", "end", "kind", "name", "neighbours", "source")
    titles = ("Country", "From", "To", "Kind", "Name", "Closed towards", "Source")
    return ["<h2>Calendar</h2>", _table(given, titles, columns)] if len(given) else []


def _table(table: pd.DataFrame, titles: Iterable[str], columns: Iterable[str]) -> str:
    head = "".join(f"<th>{_text(title)}</th>" for title in titles)
    body = "".join(
        f"<tr>{''.join(map(_cell, row))}</tr>" for row in zip(*(table[column].tolist() for column in columns))
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f'<td class="number">{value:,.0f}</td>' if is_number and value == value else f"<td>{_text(value)}</td>"


def _list(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences) + "</ul>"


def _text(value: Any) -> str:
    return html.escape("" if value is None else str(value), quote=True)
