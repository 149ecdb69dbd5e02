"""Entries of the library as an analyst asks for them: by their ids, or by their titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from ..base import near_words, unknown_word
from .entries import Entry
from .named import NamedBehavior

Offered = Sequence[Union[Entry, NamedBehavior]]


def asked_entries(kind: str, words: Sequence[str], offered: Offered) -> tuple[str, ...]:
    """Return the ids of the entries that `words` name by id or title, each once; case and _ for a blank do not matter.

    `kind` says what they are in the InputError that names the first word that is none, with those written like it.
    """
    by_key = {_key(text): entry.id for entry in offered for text in (entry.title, entry.id)}
    for word in words:
        if _key(word) not in by_key:
            near = near_words(_key(word), by_key)
            otherwise = f"choose of {', '.join(entry.id for entry in offered)}"
            raise unknown_word(kind, word, dict.fromkeys(by_key[key] for key in near), otherwise)
    return tuple(dict.fromkeys(by_key[_key(word)] for word in words))


def _key(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())
