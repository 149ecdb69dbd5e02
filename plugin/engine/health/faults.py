"""What can be wrong with a delivery, and one sentence on each that was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pandas as pd

from ..earth import EPOCH
from ..tables import as_table, empty_table

COPIES = "copied devices"
INVENTED = "made-up devices"
CENTRES = "positions at centres"
CLOCK = "clock shifted"
RENEWED = "ids renewed"
SHORT_LIVED = "short-lived ids"
JUMP = "panel jumps"
OFTEN = "seen more often"
DAYS = "days missing"
HOURS = "hours missing"
COUNTRY = "country missing"
CHECKS = (COPIES, INVENTED, CENTRES, CLOCK, RENEWED, SHORT_LIVED, JUMP, OFTEN, DAYS, HOURS, COUNTRY)
"""Names of the checks, as the table of results gives them."""


@dataclass(frozen=True)
class Fault:
    """A fault of a delivery: its check, where and when (days since 1970-01-01, UTC, the last one included).

    `devices`, `rows` that it concerns, `share` of all devices or rows, `sentence` for the analyst, and what was `done`.
    """

    check: str
    start: int
    end: int
    sentence: str
    done: str
    devices: int = 0
    rows: int = 0
    share: float = field(default=0.0)
    country: str = ""


def day_text(day: int) -> str:
    """Return a day number as an ISO date."""
    return (EPOCH + timedelta(days=int(day))).isoformat()


def days_text(first: int, last: int) -> str:
    """Return a span of days in words."""
    return f"on {day_text(first)}" if first == last else f"from {day_text(first)} to {day_text(last)}"


def health_table(faults: tuple[Fault, ...]) -> pd.DataFrame:
    """Return the result table `data_health`, one row per fault in the order of time."""
    if not faults:
        return empty_table("data_health")
    rows = [
        {
            "check": fault.check, "country": fault.country, "start": day_text(fault.start), "end": day_text(fault.end),
            "devices": fault.devices, "rows": fault.rows, "share": round(fault.share, 3), "sentence": fault.sentence,
            "done": fault.done,
        }
        for fault in sorted(faults, key=lambda fault: (fault.start, fault.check, fault.country))
    ]  # fmt: skip
    return as_table("data_health", pd.DataFrame(rows))
