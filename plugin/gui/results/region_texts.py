"""Findings of whole countries and districts: what is said of them, and what is drawn."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any, Optional

from qgis.core import QgsGeometry
from qgis.PyQt.QtCore import QCoreApplication

from ...engine.findings import COUNTRY, DISTRICT, out_words

translate = QCoreApplication.translate


def is_region(row: dict[str, Any]) -> bool:
    """Return whether a finding is of a whole country or district."""
    return row["spot_kind"] in (COUNTRY, DISTRICT)


def no_card_text(row: dict[str, Any]) -> str:
    """Return why there is no card of a whole country or district, and what to do."""
    return translate(
        "RegionTexts",
        "{name} as a whole has no card: it is many places. Right-click one of them on the map, or draw an area.",
    ).format(name=row["spot_name"])


def no_example_text() -> str:
    """Return why a whole country or district is no example of a signature, and what to do."""
    return translate(
        "RegionTexts",
        "Whole countries and districts are no examples of a signature, which is learned at places: choose findings of "
        "sites and cells.",
    )


def about_region(row: dict[str, Any]) -> str:
    """Return HTML: what was counted, and why nobody is followed from there."""
    out = out_words(row["when"])
    if out:
        counted = translate(
            "RegionTexts",
            "Between {start} and {end}, {devices} devices were {out} per day, on average; {expected} were expected. "
            "Out is away from home.",
        )
    else:
        counted = translate(
            "RegionTexts",
            "Between {start} and {end}, {devices} devices were present per day, on average; {expected} were expected.",
        )
    counted = counted.format(
        start=row["window_start"][:10], end=row["window_end"][:10], devices=row["told_observed"],
        expected=f"{row['expected']:,.0f}", out=out,
    )  # fmt: skip
    once = translate(
        "RegionTexts",
        "What moved the whole is told here, once: its places are compared with what is left there. No origins and no "
        "itineraries are followed from it, since most of its devices are just there; choose one of its places.",
    )
    return "".join(f"<p>{html.escape(text)}</p>" for text in (counted, once))


def joined_outline(outlines: Iterable[Any]) -> Optional[bytes]:
    """Return the outlines (WKB) of a finding as one, None where there are none."""
    parts = []
    for blob in outlines:
        part = QgsGeometry()
        part.fromWkb(bytes(blob))
        parts.append(part)
    return bytes(QgsGeometry.unaryUnion(parts).asWkb()) if parts else None
