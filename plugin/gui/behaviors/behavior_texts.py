"""What behaviors are, in words and HTML: titles of the axes, counts, definitions and what they are confused with."""

from __future__ import annotations

import html
from collections.abc import Sequence

from qgis.PyQt.QtCore import QCoreApplication

from ...engine.behaviors import AXES, OWN_PREFIX, Entry, Library, NamedBehavior, Selection, describe

translate = QCoreApplication.translate
MAX_TITLES = 6


def axis_title(axis: str) -> str:
    """Return the title of an axis."""
    titles = {
        "who": translate("BehaviorTexts", "Who"), "when": translate("BehaviorTexts", "When"),
        "what": translate("BehaviorTexts", "What"), "change": translate("BehaviorTexts", "Change"),
    }  # fmt: skip
    return titles[axis]


def count_text(library: Library, chosen: Sequence[Selection]) -> str:
    """Return how many of the library's models are chosen: "1,024 of 16,384 models"."""
    total = library.asked.size
    if not chosen:
        return translate("BehaviorTexts", "All {total} models").format(total=f"{total:,}")
    count = int(library.choose(chosen).asked.sum())
    text = translate("BehaviorTexts", "{count} of {total} models")
    return text.format(count=f"{count:,}", total=f"{total:,}")


def chosen_text(library: Library, named: Sequence[NamedBehavior], chosen: Sequence[Selection]) -> str:
    """Return what is chosen as one sentence; of several selections their names, the first few of many."""
    if len(chosen) < 2:
        return describe(library, chosen[0] if chosen else Selection())
    titles = [selection_title(library, named, selection) for selection in chosen[:MAX_TITLES]]
    more = len(chosen) - len(titles)
    if more:
        titles.append(translate("BehaviorTexts", "and {count} more").format(count=more))
    return " · ".join(titles)


def selection_title(library: Library, named: Sequence[NamedBehavior], selection: Selection) -> str:
    """Return the name of a selection if it has one, else its sentence."""
    return next((one.title for one in named if one.selection == selection), "") or describe(library, selection)


def confused_text(library: Library, entry: Entry) -> str:
    """Return what an entry is easily confused with, entries by their titles."""
    titles = {other.id: other.title for axis in AXES for other in getattr(library, axis)}
    return ", ".join(titles.get(word, word) for word in entry.confused_with)


def entry_html(library: Library, entry: Entry) -> str:
    """Return title, definition and what an entry is confused with."""
    parts = [f"<b>{html.escape(entry.title)}</b>", html.escape(entry.definition)]
    if entry.confused_with:
        label = translate("BehaviorTexts", "Easily confused with: {words}.")
        parts.append("<i>" + html.escape(label.format(words=confused_text(library, entry))) + "</i>")
    if entry.id.startswith(OWN_PREFIX):
        parts.append(html.escape(translate("BehaviorTexts", "Own entry, id {id}.").format(id=entry.id)))
    return "<p>" + "<br>".join(parts) + "</p>"


def named_html(library: Library, named: NamedBehavior) -> str:
    """Return name, reason and models of a named behavior."""
    parts = [
        f"<b>{html.escape(named.title)}</b>", html.escape(named.why),
        html.escape(f"{describe(library, named.selection)}."),
        html.escape(count_text(library, (named.selection,))),
    ]  # fmt: skip
    return "<p>" + "<br>".join(parts) + "</p>"


def selection_html(library: Library, named: Sequence[NamedBehavior], selection: Selection) -> str:
    """Return its name if it has one, and the definitions of all entries that are picked."""
    own_name = next((named_html(library, one) for one in named if one.selection == selection), "")
    picked = [
        entry_html(library, library.entry(axis, entry_id))
        for axis in AXES for entry_id in getattr(selection, axis)
    ]  # fmt: skip
    return own_name + "".join(picked)
