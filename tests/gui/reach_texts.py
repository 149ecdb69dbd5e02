"""What the answer of "where from" shows."""

from __future__ import annotations

import re

from gui.panel_runs import part
from qgis.PyQt.QtWidgets import QLabel
from sitelight.plugin.gui.panel import SitelightPanel


def text_of(panel: SitelightPanel) -> str:
    return part(panel, QLabel, "reach_text").text().replace("\u200b", "")


def cells_of(panel: SitelightPanel) -> dict[str, list[str]]:
    """Return the figures of each row of the table by the name of the row."""
    rows = re.findall(r"<tr>(.*?)</tr>", text_of(panel))
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    return {name: figures for name, *figures in cells}
