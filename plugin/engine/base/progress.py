"""Progress of a run and its cancellation, without knowing who watches."""

from __future__ import annotations

from typing import Callable, Optional

from .errors import Cancelled


class Progress:
    """Receives the stage name and the overall fraction; raises `Cancelled` once the watcher asks for it.

    `on_report(stage, fraction)` gets the stage's name (English, sentence case) and a fraction in 0..1;
    `is_cancelled()` is polled at every step. Both are called in the thread that runs the study.
    """

    def __init__(
        self,
        on_report: Optional[Callable[[str, float], None]] = None,
        is_cancelled: Optional[Callable[[], bool]] = None,
    ) -> None:
        self._on_report = on_report
        self._is_cancelled = is_cancelled
        self._start = 0.0
        self._end = 1.0

    def part(self, start: float, end: float) -> Progress:
        """Return a progress whose 0..1 maps to `start`..`end` of this one."""
        child = Progress(self._on_report, self._is_cancelled)
        width = self._end - self._start
        child._start = self._start + width * start
        child._end = self._start + width * end
        return child

    def step(self, stage: str, fraction: float) -> None:
        """Report `fraction` (0..1) of `stage`; raise `Cancelled` if the watcher cancelled."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled("The run was cancelled; nothing was written and the earlier result is untouched.")
        if self._on_report is not None:
            clipped = min(1.0, max(0.0, fraction))
            self._on_report(stage, self._start + (self._end - self._start) * clipped)
