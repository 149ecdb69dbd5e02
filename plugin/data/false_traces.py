"""How many innocent visitors look like a list of itineraries, in English: for the report of a study and for logs."""

from __future__ import annotations

import pandas as pd

from ..engine.itineraries import STRONG, count_lookalikes


def false_traces_text(itineraries: pd.DataFrame) -> str:
    """Return how many of a list are strong traces, and how many look like visitors by chance."""
    counts = count_lookalikes(itineraries)
    if counts is None:
        return (
            "How many innocent visitors look like these is not known: the data have too few ordinary dates, or the "
            "study is of an earlier version."
        )
    return (
        f"{counts.strong} of {counts.listed} are strong: on ordinary dates and at like places at most {STRONG} "
        f"innocent visitors of such a list look like them. {counts.common} look like more than one innocent visitor."
    )


def strong_traces(itineraries: pd.DataFrame) -> list[str]:
    """Return a sentence for each strong trace of a list, by rank."""
    strong = itineraries[itineraries["lookalikes"] <= STRONG].sort_values("rank", kind="stable")
    return [f"Itinerary {rank}: at most {STRONG} innocent visitors look like it." for rank in strong["rank"]]
