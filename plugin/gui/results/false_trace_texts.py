"""How many innocent visitors would look like the devices of a list of itineraries, in sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication

from ...engine.itineraries import STRONG, count_lookalikes

translate = QCoreApplication.translate


def about_false_traces(itineraries: pd.DataFrame) -> str:
    """Return what stands above a list: how many of it are strong traces, and how many look like visitors by chance."""
    if len(itineraries) == 0:
        return ""
    counts = count_lookalikes(itineraries)
    if counts is None:
        return translate(
            "FalseTraces",
            "How many innocent visitors look like these is not known: the data have too few ordinary dates, or the "
            "study is of an earlier version.",
        )
    text = translate(
        "FalseTraces",
        "{strong} of {count} are strong: on ordinary dates and at like places at most {level} innocent visitors of "
        "such a list look like them. {innocent} look like more than one innocent visitor.",
    )
    return text.format(strong=counts.strong, count=counts.listed, level=STRONG, innocent=counts.common)


def lookalikes_short(row: dict[str, Any]) -> str:
    """Return the same of one itinerary in a few words; nothing where it is not known."""
    alike = row["lookalikes"]
    if pd.isna(alike):
        return ""
    if alike <= STRONG:
        return translate("FalseTraces", "strong")
    if alike <= 1:
        return translate("FalseTraces", "at most one innocent alike")
    return translate("FalseTraces", "innocents alike: {count}").format(count=_number(alike))


def lookalikes_sentence(row: dict[str, Any]) -> str:
    """Return the same of one itinerary as a sentence; nothing where it is not known."""
    alike = row["lookalikes"]
    if pd.isna(alike):
        return ""
    if alike <= 1:
        text = translate(
            "FalseTraces",
            "On ordinary dates and at like places, at most {count} innocent visitors of such a list look at least like "
            "this.",
        )
        return text.format(count=STRONG if alike <= STRONG else 1)
    text = translate(
        "FalseTraces",
        "On ordinary dates and at like places, about {count} innocent visitors of such a list look at least like this.",
    )
    return text.format(count=_number(alike))


def _number(alike: float) -> str:
    return f"{alike:.2g}" if alike < 100 else f"{alike:,.0f}"
