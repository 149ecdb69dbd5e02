"""The purpose of a study: what is written must be a sentence, in whatever language, before single devices are shown."""

from __future__ import annotations

import unicodedata

from .base import StudyError

LEAST_WORDS, LEAST_LETTERS, LEAST_DIFFERENT = 3, 15, 5
"""Words, letters, and different ones among them. By hand: a letter or a word is typed to get past a question; whoever
has to write three words has thought of a reason."""
LETTERS_OF_WIDE = 3
"""Letters that a Chinese, Japanese or Korean character stands for. By hand: five of them say what three words say."""


def check_purpose(text: str) -> str:
    """Return a purpose without outer spaces, "" where none is written; raise StudyError for one that is no sentence."""
    text = " ".join(text.split())
    if text and not is_sentence(text):
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        raise StudyError(
            f"The purpose “{shown}” is no sentence: write in three words or more why this is done, for example"
            " “to learn what Sitelight does”."
        )
    return text


def require_purpose(text: str) -> str:
    """Return a purpose that must be written; raise StudyError where it is missing or no sentence."""
    if not text.strip():
        raise StudyError("Give a PURPOSE: single devices are shown only for a written purpose; say why this is done.")
    return check_purpose(text)


def is_sentence(text: str) -> bool:
    """Return whether a text has letters and different words enough to say something.

    Scripts without capitals, such as Chinese, Arabic or Thai, need no spaces between words.
    """
    plain = unicodedata.normalize("NFC", text).casefold()
    words = "".join(one if unicodedata.category(one)[0] in "LM" else " " for one in plain).split()
    letters = "".join(words)
    if len(set(letters)) < LEAST_DIFFERENT or _weight(letters) < LEAST_LETTERS:
        return False
    without_capitals = "".join(one for one in letters if unicodedata.category(one) in ("Lo", "Mc", "Mn"))
    return _weight(without_capitals) >= LEAST_LETTERS or len({one for one in words if len(set(one)) > 1}) >= LEAST_WORDS


def _weight(letters: str) -> int:
    return sum(LETTERS_OF_WIDE if unicodedata.east_asian_width(one) in "WF" else 1 for one in letters)
