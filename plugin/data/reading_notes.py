"""What a source tells after it was read: how times were read, what could not be, and between when they lie."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..engine.screening import NO_TIME, decoded, form_of

_SPAN_ROWS = 2_000  # of each chunk are looked at: enough for the ends of nearly all times
_SPAN_SHARES = (0.001, 0.999)  # some clocks run years ahead or behind
_MOST_FORMS = 3
_MOST_FORMATS = 3


class ReadingNotes:
    """Collects while chunks are read; `sentences` says it."""

    def __init__(self) -> None:
        self._formats: dict[str, list[str]] = {}
        self._unread = 0
        self._forms: dict[str, None] = {}
        self._times: list[np.ndarray] = []
        self._words: set[str] = set()
        self._unread_accuracies = 0

    def add_format(self, part: str, note: str) -> None:
        """Keep how the times of a part of the source are read."""
        self._formats.setdefault(note, []).append(part)

    def add_times(self, values: pd.Series, time_ms: np.ndarray) -> None:
        """Keep some times, and the forms of values that are none."""
        some = time_ms[:: max(1, len(time_ms) // _SPAN_ROWS)]
        self._times.append(some[some != NO_TIME])
        missing = np.flatnonzero(time_ms == NO_TIME)
        if len(missing) == 0:
            return
        left = decoded(values.iloc[missing].dropna())
        left = left[left.astype(str).str.strip() != ""]
        self._unread += len(left)
        for value in left.iloc[:: max(1, len(left) // 20)].iloc[:20]:
            if len(self._forms) < _MOST_FORMS:
                self._forms.setdefault(form_of(value))

    def add_missing_words(self, words: Iterable[str]) -> None:
        """Keep words that stand where there is no device id."""
        self._words.update(words)

    def add_accuracies(self, values: pd.Series, accuracy_m: np.ndarray) -> None:
        """Keep how many accuracies are no lengths."""
        unread = np.flatnonzero(np.isnan(accuracy_m))
        if len(unread) and values.dtype.kind not in "iuf":
            text = decoded(values.iloc[unread].dropna()).astype(str).str.strip()
            self._unread_accuracies += int((~text.str.upper().isin(["", "NA", "NAN", "NULL", "NONE"])).sum())

    def sentences(self) -> tuple[str, ...]:
        """Return what the analyst should know."""
        notes = []
        for note, parts in list(self._formats.items())[:_MOST_FORMATS]:
            where = f" ({parts[0]}{f' and {len(parts) - 1:,} more' if len(parts) > 1 else ''})"
            notes.append(note + (where if len(self._formats) > 1 else ""))
        if len(self._formats) > _MOST_FORMATS:
            notes.append(f"Times are written in {len(self._formats):,} ways in the parts of this source.")
        if self._unread:
            forms = ", ".join(self._forms)
            notes.append(
                f"{self._unread:,} times could not be read, for example of the form {forms} (9 is a digit, a a letter)."
            )
        times = np.sort(np.concatenate(self._times)) if self._times else np.empty(0, np.int64)
        if len(times):
            low, high = (np.array(_SPAN_SHARES) * (len(times) - 1)).round().astype(int)
            ends = times[[low, high]].astype("datetime64[ms]").astype("datetime64[m]")
            first, last = (str(end).replace("T", " ") for end in ends)
            notes.append(f"Nearly all times lie between {first} and {last} UTC.")
        if self._words:
            words = ", ".join(f"“{word}”" for word in sorted(self._words))
            notes.append(f"Rows whose device id is {words} count as rows without a device.")
        if self._unread_accuracies:
            notes.append(f"{self._unread_accuracies:,} accuracies are no lengths and were not used.")
        return tuple(notes)
