"""Signals joined to slots by somebody who goes before those who send them."""

from __future__ import annotations

from typing import Any, Callable, Union

from qgis.PyQt.QtCore import pyqtBoundSignal

Slot = Union[Callable[..., Any], pyqtBoundSignal]


class Connections:
    """Keeps what was joined, so that all of it can be parted at once."""

    def __init__(self) -> None:
        self._made: list[tuple[pyqtBoundSignal, Slot]] = []

    def join(self, signal: pyqtBoundSignal, *slots: Slot) -> None:
        """Call the slots, in their order, whenever `signal` comes."""
        for slot in slots:
            signal.connect(slot)
            self._made.append((signal, slot))

    def part(self) -> None:
        """Listen to none of the signals any more; one by one, since others listen to them, too."""
        while self._made:
            signal, slot = self._made.pop()
            signal.disconnect(slot)
