"""Dates in the words of East Asia (2024年3月10日 下午3時05分), made such as those of other languages."""

from __future__ import annotations

import re

import pandas as pd

_SIGNS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WEEKDAYS = (
    r"(?:星期|周|週|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일"
    r"|\([月火水木金土日월화수목금토일]\)"
)
_HALVES = {"上午|午前|오전|凌晨|早上": " am ", "下午|午後|오후|晚上|夜间": " pm "}
_MARKS = {
    r"(?:年|년)\s*": "-", r"(?:月|월)\s*": "-", "[日号號일]": " ", r"\s*(?:時|时|点|點|시)\s*(?=\d)": ":",
    r"\s*[分분]\s*(?=\d)": ":", "[分秒분초整]": "", r"\s*(?:時|时|点|點|시)(?=\s|$)": ":00",
}  # fmt: skip


def has_signs(texts: str) -> bool:
    """Return whether there are Chinese, Japanese or Korean signs in some texts."""
    return _SIGNS.search(texts) is not None


def with_marks(text: pd.Series) -> pd.Series:
    """Return times with marks and am or pm for the signs, "" where others are left: what they say is not known."""
    for pattern, mark in {_WEEKDAYS: " ", **_HALVES, **_MARKS}.items():
        text = text.str.replace(pattern, mark, regex=True)
    text = text.str.replace(r"\s+", " ", regex=True).str.strip()
    return text.where(~text.str.contains(_SIGNS.pattern, regex=True), "")
