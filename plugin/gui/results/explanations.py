"""What a finding or an itinerary rests on, in sentences; and why a list is empty."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication

from ...data.library import load_named
from ...engine.behaviors import name_of
from ...engine.results import Results
from ...engine.tables import shown_count
from .false_trace_texts import lookalikes_sentence
from .origin_texts import origins_html
from .region_texts import about_region, is_region
from .result_models import probability

translate = QCoreApplication.translate
# Names of the links that unfold a part of an explanation.
ALIKE, CHANCE, ORIGINS = "alike", "chance", "origins"


def explain_finding(
    row: dict[str, Any], explanations: pd.DataFrame, origins: pd.DataFrame, unfolded: frozenset[str] = frozenset()
) -> str:
    """Return HTML: what was counted, what drives it, what speaks against it, how often chance does as well.

    `explanations` and `origins` are the result tables of these names; the parts named in `unfolded` are shown, others
    are links.
    """
    mine = explanations[explanations["finding_id"] == row["finding_id"]]
    if is_region(row):
        about = about_region({**row, "told_observed": shown_count(row["observed"])})
        return "".join((about, _against_html(mine[mine["kind"] == "against"]), _chance_html(row, unfolded)))
    counted = translate(
        "Explanations",
        "Between {start} and {end}: {observed} devices were counted; {expected} were expected.",
    ).format(
        start=row["window_start"][:10], end=row["window_end"][:10], observed=shown_count(row["observed"]),
        expected=expected_words(row["expected"]),
    )  # fmt: skip
    parts = [
        _paragraph(counted),
        _drivers_html(mine[mine["kind"] == "driver"]),
        _against_html(mine[mine["kind"] == "against"]),
        _chance_html(row, unfolded),
    ]
    named = name_of(load_named(), row["behavior_id"])
    if named is not None:
        known = translate("Explanations", "Known as “{title}” ({family})")
        parts += [_heading(known.format(title=named.title, family=named.family.lower())), _paragraph(named.why)]
    parts.append(_origins_part(origins[origins["finding_id"] == row["finding_id"]], unfolded))
    parts.append(_alike_html(row["n_alike"], mine[mine["kind"] == "alike"], unfolded))
    parts.append(_paragraph(translate("Explanations", "Double-click to see the place."), "quiet"))
    return "".join(parts)


def _drivers_html(drivers: pd.DataFrame) -> str:
    if len(drivers) == 0:
        return ""
    counted, expected = translate("Explanations", "Devices"), translate("Explanations", "Expected")
    lines = [(f"<h4>{html.escape(translate('Explanations', 'What drives it'))}</h4>", counted, expected)]
    lines += [
        (html.escape(text), shown_count(seen), expected_words(usual))
        for text, seen, usual in zip(drivers["text"], drivers["observed"], drivers["expected"])
    ]
    cells = (
        f"<tr><td>{text_html}</td>" + "".join(
            f"<td align='right' valign='{'bottom' if number == 0 else 'top'}' style='padding-left: 8px'"
            f"{' class=quiet' if number == 0 else ''}>{html.escape(figure)}</td>" for figure in figures
        ) + "</tr>"
        for number, (text_html, *figures) in enumerate(lines)
    )  # fmt: skip
    return f"<table width='100%' cellspacing='0' cellpadding='1'>{''.join(cells)}</table>"


def _against_html(against: pd.DataFrame) -> str:
    nothing = translate(
        "Explanations", "Nothing that was looked for: fixes, accuracy, panel, calendar, groups, history."
    )
    heading = _heading(translate("Explanations", "What speaks against it"))
    return heading + _list_html(against["text"].tolist() or [nothing])


def _chance_html(row: dict[str, Any], unfolded: frozenset[str]) -> str:
    lines = [
        translate("Explanations", "p = {p}: how often chance alone would do this here.").format(
            p=probability(row["p_value"])
        ),
        translate(
            "Explanations",
            "q = {q}: the share of findings this strong that would be false, all places and behaviors considered.",
        ).format(q=probability(row["q_value"])),
    ]
    if row["placebo_dates"] > 0:
        placebo = translate("Explanations", "Something this strong appeared on {hits} of {dates} ordinary dates.")
        lines.append(placebo.format(hits=row["placebo_hits"], dates=row["placebo_dates"]))
    heading = _heading(translate("Explanations", "Could it be chance?"))
    told = heading + _list_html([line.replace("= <", "<") for line in lines])
    if row["placebo_dates"] == 0:
        return told
    question = translate("Explanations", "What q and the ordinary dates say")
    if CHANCE not in unfolded:
        return told + _link(CHANCE, question)
    return told + _heading(question) + "".join(map(_paragraph, chance_texts()))


def chance_texts() -> tuple[str, ...]:
    """Return why a small q and several ordinary dates do not contradict each other."""
    return (
        translate(
            "Explanations",
            "q is about this list: of all findings with a q as small, about that share is expected to be false.",
        ),
        translate(
            "Explanations",
            "The ordinary dates ask a harder question: on a date when nothing is known to have happened, did any place "
            "at all show something this strong? With many places one of them now and then does, by chance or because "
            "something else happened there.",
        ),
        translate(
            "Explanations",
            "A small q beside several such dates says: hardly chance, but not rare in this area either. Look for "
            "another cause before linking it to the key date.",
        ),
    )


def _alike_html(count: int, alike: pd.DataFrame, unfolded: frozenset[str]) -> str:
    if count == 0:
        return ""
    heading = translate("Explanations", "Other behaviors that rest on the same evidence: {count}").format(count=count)
    if ALIKE not in unfolded and len(alike):
        return _link(ALIKE, heading)
    rows = alike["text"].tolist()
    if count > len(rows) > 0:
        rows.append(translate("Explanations", "and {count} more").format(count=count - len(rows)))
    return _heading(heading) + (_list_html(rows) if rows else "")


def _origins_part(mine: pd.DataFrame, unfolded: frozenset[str]) -> str:
    if len(mine) == 0:
        return ""
    heading = translate("Explanations", "Where these devices came from and went to")
    if ORIGINS not in unfolded:
        return _link(ORIGINS, heading)
    about = translate(
        "Explanations",
        "n: devices of this finding; usual: share of the control, in %; p: of each row by itself. Rows with p up to "
        "0.05 are drawn as flows on the map.",
    )
    return _heading(heading) + _paragraph(about, "quiet") + origins_html(mine)


def _paragraph(text: str, kind: str = "") -> str:
    return f"<p class='{html.escape(kind)}'>{html.escape(text)}</p>"


def _heading(text: str) -> str:
    return f"<h4>{html.escape(text)}</h4>"


def _link(name: str, text: str) -> str:
    return f"<p><a href='{html.escape(name)}'>{html.escape(text)}&nbsp;▸</a></p>"


def _list_html(rows: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(row)}</li>' for row in rows)}</ul>"


def _numbered_html(rows: list[str]) -> str:
    """Return a numbered list as a table: a list's own numbers are cut off where the indent is narrower than they."""
    lines_html = "".join(
        f"<tr><td align='right'>{number:d}.</td><td style='padding-left: 4px'>{html.escape(row)}</td></tr>"
        for number, row in enumerate(rows, 1)
    )
    return f"<table cellspacing='0' cellpadding='1'>{lines_html}</table>"


def expected_words(expected: float) -> str:
    """Return an expectation with one digit, small ones as a bound."""
    if expected != expected:
        return translate("Explanations", "an unknown number")
    return translate("Explanations", "under 0.1") if expected < 0.05 else f"{expected:.1f}"


def silences_of(itinerary_id: int, silences: pd.DataFrame) -> list[str]:
    """Return what the silences of an itinerary say, one sentence each, in their order."""
    mine = silences[(silences["itinerary_id"] == itinerary_id) & (silences["place_rank"] == 1)]
    return [f"{row['silent_from'][:10]}: {row['sentence']}." for row in mine.sort_values("seq").to_dict("records")]


def explain_itinerary(row: dict[str, Any], silences: Sequence[str] = ()) -> str:
    """Return HTML with the stops as a list, what they are related to, and the sentences of silences."""
    stops = _numbered_html([stop.strip() for stop in row["stops"].split("→")])
    about = translate("Explanations", "Device {device}, from {start} to {end}; key date {key_date}.").format(
        device=row["device"], start=row["started"][:10], end=row["finished"][:10], key_date=row["key_date"]
    )
    borders = closed = ""
    if row["borders"]:
        crossed = translate("Explanations", "Borders: {borders}.").format(borders=row["borders"])
        borders = _paragraph(crossed)
    if row["closures"]:
        closed = _paragraph(f"{row['closures']}.")
    alike = lookalikes_sentence(row)
    innocents = _paragraph(alike) if alike else ""
    silent = ""
    if silences:
        inferred = translate(
            "Explanations", "Inferred, not seen: where it may have stopped meanwhile, and how probably."
        )
        heading = _heading(translate("Explanations", "Silences"))
        silent = heading + _paragraph(inferred, "quiet") + _list_html(list(silences))
    limits = translate("Explanations", "A device is not a person; being at a place does not tell why.")
    return f"{_paragraph(about)}{closed}{stops}{borders}{innocents}{silent}{_paragraph(limits, 'quiet')}"


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
