"""What the algorithms that write single devices share: they start from fixes, need a purpose, and know a window."""

from __future__ import annotations

from datetime import date
from typing import Any, Optional, Union

from qgis.core import QgsProcessingContext, QgsProcessingParameterString

from ...engine.base import InputError
from ...engine.earth import DAY_MS, EPOCH
from .place_input import parse_moment
from .stays_input import StaysAlgorithm


class WindowAlgorithm(StaysAlgorithm):
    """Base of the algorithms that may be limited to a window of time, in UTC."""

    START, END = "START", "END"

    def add_window(self, start_help: str, end_help: str) -> None:
        """Add start and end; the texts say what they limit."""
        labels = {
            self.START: self.tr("Start (2023-07-26, or with a time: 2023-07-26T06:00Z)"),
            self.END: self.tr("End (a day belongs to the window as a whole)"),
        }
        for name, help_text in ((self.START, start_help), (self.END, end_help)):
            self.add_basic(QgsProcessingParameterString(name, labels[name], optional=True), help_text)

    def read_window(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[Optional[int], Optional[int]]:
        """Return start and end of the window, end excluded, in UTC epoch ms, None where open.

        Raises InputError for a text that is no time, and where the end is not after the start.
        """
        texts = {
            name: self.parameterAsString(parameters, name, context).strip() for name in (self.START, self.END)
        }
        start, end = (parse_moment(text, name) if text else None for name, text in texts.items())
        start_ms = None if start is None else begin_ms(start)
        end_ms = None if end is None else begin_ms(end) + (DAY_MS if isinstance(end, date) else 0)
        if start_ms is not None and end_ms is not None and end_ms <= start_ms:
            raise InputError(f"END ({texts[self.END]}) is not after START ({texts[self.START]}). Swap or change them.")
        return start_ms, end_ms


class DevicesAlgorithm(WindowAlgorithm):
    """Base of the algorithms that write single devices: a purpose must be written first."""

    NEEDS_STAYS = False
    NEEDS_PURPOSE = True


def begin_ms(moment: Union[date, int]) -> int:
    """Return a time in UTC epoch ms, of a day its first one."""
    return (moment - EPOCH).days * DAY_MS if isinstance(moment, date) else int(moment)
