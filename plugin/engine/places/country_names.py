"""Countries by what people call them: codes of ISO 3166 of two and three letters, and English names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..base import near_words, unknown_word

_BRACKETED = re.compile(r"\([^()]*\)")
_NOT_WORD = re.compile(r"[\W_]+")
_SPELLINGS = {"the": "", "st": "saint"}


@dataclass(frozen=True)
class CountryNames:
    """Maps a country, as it was written, to its ISO 3166 alpha-2 code; `titles` has the usual English name of each."""

    titles: dict[str, str]
    _by_key: dict[str, str] = field(repr=False)

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[str]]) -> CountryNames:
        """Return the names of rows of code, code of three letters, usual name, and other names with | between."""
        titles, by_key = {}, {}
        for code, iso3, title, others in rows:
            titles[code] = title
            by_key.update({_key(text): code for text in (code, iso3, title, *filter(None, others.split("|")))})
        return cls(titles, by_key)

    def code_of(self, text: str) -> str:
        """Return the code of a country; "" for none. Case and accents do not matter, brackets need not be there."""
        return self._by_key.get(_key(text)) or self._by_key.get(_key(_BRACKETED.sub(" ", text)), "")

    def codes_of(self, values: np.ndarray) -> np.ndarray:
        """Return the code of each of `values` (any dtype, (n,)) as an object array; "" where missing or unknown."""
        numbers, distinct = pd.factorize(np.asarray(values, dtype=object))
        known = np.array([self.code_of(str(value)) for value in distinct] + [""], dtype=object)
        return known[numbers]

    def asked(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the codes that `words` name, each once; raise InputError naming the first that names no country."""
        found = tuple(self.code_of(word) for word in words)
        for word, code in zip(words, found):
            if not code:
                near = near_words(word, self.titles.values())
                otherwise = "write its English name, or its ISO 3166 code such as NE or NER"
                raise unknown_word("country", word, near, otherwise)
        return tuple(dict.fromkeys(found))


def _key(text: str) -> str:
    """Return a text without accents, case, punctuation and articles."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "".join(_SPELLINGS.get(word, word) for word in _NOT_WORD.split(bare))
