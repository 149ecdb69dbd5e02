"""Faults, told by where they arose: what an unforeseen error says may quote the data, and is not passed on."""

from __future__ import annotations

import traceback
from typing import Optional


def fault_place(error: BaseException) -> str:
    """Return the file and line where an error arose, "" if it has no traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    name = frames[-1].filename.replace("\\", "/").rpartition("/")[2]
    return f"{name}, line {frames[-1].lineno}"


def fault_trace(error: BaseException) -> str:
    """Return the calls that led to an error, and to those behind it, with the types of all of them and no values."""
    parts: list[str] = []
    one: Optional[BaseException] = error
    while one is not None and len(parts) < 10:  # a chain may be a circle
        parts.append("".join(traceback.format_tb(one.__traceback__)) + type(one).__name__)
        one = one.__cause__ or one.__context__
    return "\nafter\n".join(parts)
