"""Errors whose text is a sentence for the analyst: what is wrong and what to do next."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

MOST_LETTERS = 600
"""Of a message; what is beyond is left out of its middle. By hand: a message names files, columns and values, and a
damaged file has names of megabytes."""


class SitelightError(Exception):
    """Base of every error that is shown to the analyst; `str(error)` is the whole message, in one line."""

    def __init__(self, message: str = "") -> None:
        # A NUL ends a text for Qt, and a bell or a mark of direction is no part of a sentence.
        line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(message)).split())
        half = MOST_LETTERS // 2
        super().__init__(line if len(line) <= MOST_LETTERS else f"{line[:half]} … {line[-half:]}")


class InputError(SitelightError):
    """A file, layer or column cannot be used as it is."""


class StudyError(SitelightError):
    """The study's parameters do not fit each other or the data."""


class Cancelled(SitelightError):
    """The analyst cancelled the run; nothing was written."""


@contextlib.contextmanager
def memory_told() -> Iterator[None]:
    """Turn a want of memory inside, whoever of the libraries met it, into a StudyError."""
    try:
        yield
    except SitelightError:
        raise
    except Exception as error:
        # pandas says in words only that its parser got none.
        if not isinstance(error, MemoryError) and "out of memory" not in str(error).lower():
            raise
        raise StudyError(
            "There is not enough memory for these data: close other programs, or take fewer of them, such as a shorter"
            " time or a smaller area."
        ) from error
