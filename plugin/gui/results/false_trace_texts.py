"""How many innocent visitors would look like the devices of a list of itineraries, in sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication

from ...engine.itineraries import STRONG

translate = QCoreApplication.translate


def about_false_traces(itineraries: pd.DataFrame) -> str:
    """Return what stands above a list: how many of it are strong traces, and how many look like visitors by chance."""
    alike = itineraries["lookalikes"]
    if len(alike) == 0:
        return ""
    if alike.isna().all():
        return translate(
            "FalseTraces",
            "How many innocent visitors look like these is not known: the data have too few ordinary dates, or the "
            "study is of an earlier version.",
        )
    text = translate(
        "FalseTraces",
        "{strong} of {count} are strong: on ordinary dates and at like places fewer than {level} innocent visitors of "
        "such a list look like them. {innocent} look like at least one innocent visitor.",
    )
    return text.format(
        strong=int((alike <= STRONG).sum()), count=len(alike), level=STRONG, innocent=int((alike >= 1).sum())
    )


def lookalikes_short(row: dict[str, Any]) -> str:
    """Return the same of one itinerary in a few words; nothing where it is not known."""
    alike = row["lookalikes"]
    if pd.isna(alike):
        return ""
    if alike <= STRONG:
        return translate("FalseTraces", "strong")
    return translate("FalseTraces", "innocents alike: {count}").format(count=f"{alike:.2g}")


def lookalikes_sentence(row: dict[str, Any]) -> str:
    """Return the same of one itinerary as a sentence; nothing where it is not known."""
    alike = row["lookalikes"]
    if pd.isna(alike):
        return ""
    text = translate(
        "FalseTraces",
        "On ordinary dates and at like places, {count} innocent visitors of such a list look at least like this.",
    )
    return text.format(count=f"{alike:.2g}")
