"""Where from and where to, as a table in words: the strongest origins and destinations of each kind."""

from __future__ import annotations

import html

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication

from ...engine.origins import AFTER, BEFORE, ORIGIN_KINDS
from .result_models import probability

ROWS_SHOWN = 5
NOTHING = "–"
translate = QCoreApplication.translate


def origins_html(origins: pd.DataFrame) -> str:
    """Return HTML of rows of table `origins`: before, then after, each with its sites, categories and countries."""
    titles = {
        BEFORE: translate("OriginTexts", "In the Days Before"), AFTER: translate("OriginTexts", "In the Days After")
    }
    return "".join(
        f"<h4>{html.escape(title)}</h4>{_table(origins[origins['direction'] == direction])}"
        for direction, title in titles.items()
    )


def _table(origins: pd.DataFrame) -> str:
    heads = {
        "site": translate("OriginTexts", "Sites"), "category": translate("OriginTexts", "Kinds of sites"),
        "country": translate("OriginTexts", "Countries"),
    }  # fmt: skip
    figures = ("n", "%", translate("OriginTexts", "usual"), "p")
    lines = []
    for kind in ORIGIN_KINDS:
        rows = origins[origins["kind"] == kind].head(ROWS_SHOWN)
        if rows.empty:
            continue
        lines.append(_line(f"<i>{html.escape(heads[kind])}</i>", *(f"<i>{html.escape(name)}</i>" for name in figures)))
        for row in rows.to_dict("records"):
            p = NOTHING if pd.isna(row["p_value"]) else probability(row["p_value"]).replace(" ", "\u00a0")
            cells = (str(row["devices"]), _percent(row["share"]), _percent(row["expected_share"]), p)
            lines.append(_line(html.escape(str(row["name"])), *map(html.escape, cells)))
    if not lines:
        return f"<p>{html.escape(translate('OriginTexts', 'Seen nowhere else.'))}</p>"
    return f"<table width='100%' cellspacing='0' cellpadding='1'>{''.join(lines)}</table>"


def _line(name_html: str, *figures_html: str) -> str:
    cells = "".join(f"<td align='right' style='padding-left: 6px'>{figure}</td>" for figure in figures_html)
    return f"<tr><td>{name_html}</td>{cells}</tr>"


def _percent(share: float) -> str:
    return NOTHING if pd.isna(share) else f"{100 * share:.0f}"
