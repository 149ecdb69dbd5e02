"""Texts as labels and tooltips show them: where they may break, and never as HTML that they may hold."""

from __future__ import annotations

import html
import re

LONG_WORD = re.compile(r"\S{24,}")
ZERO_WIDTH_SPACE = "\u200b"


def breakable(text: str) -> str:
    """Return text whose long words, such as paths and names of layers, may be broken after their separators."""
    return LONG_WORD.sub(lambda word: re.sub(r"([_/\\.-])", "\\1" + ZERO_WIDTH_SPACE, word.group()), text)


def tip(text: str) -> str:
    """Return a tooltip that shows `text` as it is: Qt takes what looks like HTML for HTML, and loads what it names."""
    return f"<qt>{html.escape(text)}</qt>" if "<" in text else text


def nbsp(text: str) -> str:
    """Return text that does not break between words."""
    return html.escape(text).replace(" ", "&nbsp;")
