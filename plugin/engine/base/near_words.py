"""Words that are not known: which known ones they may have been meant as, and the sentence that refuses them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from .errors import InputError

MOST_NEAR = 4
LEAST_ALIKE = 0.6
"""difflib's own default: one or two letters off in a short word."""


def near_words(word: str, known: Iterable[str]) -> list[str]:
    """Return up to MOST_NEAR of `known` that are written like `word`, the nearest first; case does not matter."""
    by_fold = {text.casefold(): text for text in known}
    return [by_fold[fold] for fold in get_close_matches(word.casefold(), by_fold, MOST_NEAR, LEAST_ALIKE)]


def unknown_word(kind: str, word: str, near: Iterable[str], otherwise: str) -> InputError:
    """Return the error for a `word` that is no `kind`: it lists what is near, or says `otherwise` where nothing is."""
    listed = ", ".join(f"“{text}”" for text in near)
    return InputError(f"There is no {kind} “{word}”; {f'near it: {listed}' if listed else otherwise}.")
