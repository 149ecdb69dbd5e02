"""Texts as labels show them: where they may break, and where not."""

from __future__ import annotations

import html
import re

LONG_WORD = re.compile(r"\S{24,}")
ZERO_WIDTH_SPACE = "\u200b"


def breakable(text: str) -> str:
    """Return text whose long words, such as paths and names of layers, may be broken after their separators."""
    return LONG_WORD.sub(lambda word: re.sub(r"([_/\\.-])", "\\1" + ZERO_WIDTH_SPACE, word.group()), text)


def nbsp(text: str) -> str:
    """Return text that does not break between words."""
    return html.escape(text).replace(" ", "&nbsp;")
