"""What the analyst says of a source where its values alone do not tell."""

from __future__ import annotations

from dataclasses import dataclass

from ..base import InputError
from .time_numbers import UNITS
from .time_zones import is_zone

DATE_ORDERS = ("dmy", "mdy", "ymd")


@dataclass(frozen=True)
class ReadingSettings:
    """How times and devices are read; "" leaves it to the values.

    `date_order` is one of `DATE_ORDERS`, `time_unit` a key of `time_numbers.UNITS`, `time_zone` the zone of times
    without one (`Europe/Paris`, `UTC-07:00`; "" is UTC). `one_device` says that all records are of one device. Raises
    InputError for what is none of these.
    """

    date_order: str = ""
    time_unit: str = ""
    time_zone: str = ""
    one_device: bool = False

    def __post_init__(self) -> None:
        if self.date_order not in ("", *DATE_ORDERS):
            raise InputError(f"“{self.date_order}” is no order of a date: take {', '.join(DATE_ORDERS)}.")
        if self.time_unit not in ("", *UNITS):
            raise InputError(f"“{self.time_unit}” is no unit of time: take one of {', '.join(UNITS)}.")
        if self.time_zone and not is_zone(self.time_zone):
            raise InputError(
                f"“{self.time_zone}” is no time zone that is known here: write it as Europe/Paris or UTC-07:00."
            )
