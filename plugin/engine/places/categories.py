"""Categories of sites: analysts' words and OpenStreetMap tags, in several languages, mapped to our words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..base import InputError
from . import tag_columns

MILITARY, AIR_BASE, AIRPORT, PORT = "military", "air base", "airport", "port"
BORDER_CROSSING, TRANSPORT_HUB = "border crossing", "transport hub"
GOVERNMENT, EMBASSY, POLICE = "government", "embassy", "police"
ENERGY_OR_MINING, TELECOM, HOTEL, MARKET = "energy or mining", "telecom", "hotel", "market"
"""Categories of resources/categories.json that the method itself knows; there are more of them there."""

AIRFIELDS = (AIRPORT, AIR_BASE)
"""What aircraft use: the definition of these categories."""

SENSITIVE_CATEGORIES = ("medical", "religious", "correctional", "union", "education", "shelter")
"""Categories whose places are never looked at, unless a study says otherwise; marked in categories.json too."""

LONGEST_WORD = 40  # of the vocabulary that stands for all words that begin with it; the longest of ours has 20 letters
MOST_LETTERS = 30  # of a category in a message: the longest of ours has 16

# Words are looked at from their beginnings only: a text of megabytes takes no longer than its length.
_TAG = re.compile(r"(?<![\w:])([\w:]+)\s*=\s*\"?([^\s;,|&\"]+)")
_DENIED = re.compile(r"(?<![\w:])[\w:]+\s*=\s*no\b", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NOT_WORD = re.compile(r"[\W_]+")
# Letters that are written one for the other (Arabic, Turkish), and the stretching stroke
_ALIKE = str.maketrans({"ة": "ه", "ى": "ي", "ـ": None, "ı": "i"})
_IGNORED = ""
_MAIN_KEYS = ("amenity", "tourism", "railway", "landuse", "aeroway", "office", "man_made", "power", "building")


@dataclass(frozen=True)
class Vocabulary:
    """Maps a site's category, as the analyst wrote it, to one of our categories.

    `categories` are our words in order of precedence: where a text names several, the first listed wins.
    `titles` are their names for people, `sensitive` those whose places are never analysed, `words` the known words as
    they are written, each with its category.
    """

    categories: tuple[str, ...]
    titles: dict[str, str]
    sensitive: frozenset[str]
    _whole: dict[str, str] = field(repr=False)
    _phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = field(repr=False)
    _tags: dict[str, str] = field(repr=False)
    _by_value: dict[str, str] = field(repr=False)
    _together: tuple[tuple[frozenset[str], str], ...] = field(repr=False)
    words: dict[str, str] = field(repr=False)

    @classmethod
    def from_content(cls, content: Any) -> Vocabulary:
        """Return the vocabulary in `content`, parsed from categories.json.

        Raises InputError naming the category and the field that is wrong.
        """
        rows = content.get("categories") if isinstance(content, dict) else None
        if not isinstance(rows, list) or not rows:
            raise InputError("The vocabulary has no list \"categories\"; restore the file from the plugin.")
        for number, row in enumerate(rows, start=1):
            _check_row(number, row)
        names = tuple(row["name"] for row in rows)
        _check_extras(content, names)
        whole: dict[str, str] = {}
        written: dict[str, str] = {}
        tags: dict[str, str] = {}
        phrases = [(phrase, _IGNORED) for phrase in content["ignored"]]
        for row in rows:
            name = row["name"]
            words = [word for group in row["words"].values() for word in group]
            phrases += [(word, name) for word in words]
            classes = [tag.partition("=")[2] for tag in row["tags"] if tag.startswith(f"{tag_columns.GEOFABRIK_KEY}=")]
            for word in (name, *row["whole"], *words, *classes):
                whole.setdefault("".join(_tokens(word)), name)
                written.setdefault(word.rstrip("*"), name)
            for tag in row["tags"]:
                tags.setdefault(tag, name)
        return cls(
            names,
            {row["name"]: row["title"] for row in rows},
            frozenset(row["name"] for row in rows if row["sensitive"]),
            whole,
            _index(phrases),
            tags,
            _index_values(tags),
            tuple((frozenset(item["found"]), item["category"]) for item in content["together"]),
            written,
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the OpenStreetMap tags that tell a category, each once."""
        return tuple(dict.fromkeys(tag.partition("=")[0] for tag in self._tags))

    def category_of(self, text: str) -> str:
        """Return our category for `text`; if it names none, `text` itself, trimmed and lower-cased.

        Case, accents, plurals and separators do not matter. Tags such as `amenity=embassy` count before
        words, the whole text before words in it, words outside brackets before those inside.
        """
        tags = self._by_tags(text)
        if tags:
            return self._choose(tags)
        words = _DENIED.sub(" ", text)
        squashed = "".join(_tokens(words))
        if squashed in self._whole:
            return self._whole[squashed]
        for part in (_BRACKETED.sub(" ", words), words):
            found = self._by_words(_tokens(part))
            if found:
                return self._choose(found)
        return " ".join(text.lower().split())

    def categories_of(self, values: np.ndarray) -> np.ndarray:
        """Return our category for each of `values` (any dtype, (n,)) as an object array of str, (n,).

        Missing values (None, NaN, empty) give "". Each distinct value is looked up once.
        """
        codes, distinct = pd.factorize(np.asarray(values, dtype=object))
        known = np.array([self.category_of(str(value)) for value in distinct] + [""], dtype=object)
        return known[codes]

    def _by_tags(self, text: str) -> set[str]:
        pairs = [(key.lower(), value.lower()) for key, value in _TAG.findall(text)]
        exact = {self._tags[tag] for tag in (f"{key}={value}" for key, value in pairs) if tag in self._tags}
        classes = [value for key, value in pairs if key == tag_columns.GEOFABRIK_KEY]
        exact |= {self._by_value[value] for value in classes if value in self._by_value}
        if exact:
            return exact
        wanted = (f"{key}=*" for key, value in pairs if value != "no")
        return {self._tags[tag] for tag in wanted if tag in self._tags}

    def _by_words(self, tokens: list[str]) -> set[str]:
        found: set[str] = set()
        position = 0
        while position < len(tokens):
            length, category = self._longest_phrase(tokens, position)
            if category:
                found.add(category)
            position += max(1, length)
        return found

    def _longest_phrase(self, tokens: list[str], start: int) -> tuple[int, str]:
        first = tokens[start]
        best = (0, _IGNORED)
        for key in (first, *(first[:end] + "*" for end in range(1, min(len(first), LONGEST_WORD) + 1))):
            for pattern, category in self._phrases.get(key, ()):
                if len(pattern) > best[0] and _matches(pattern, tokens[start : start + len(pattern)]):
                    best = (len(pattern), category)
        return best

    def _choose(self, found: set[str]) -> str:
        for parts, category in self._together:
            if parts <= found:
                found = (found - parts) | {category}
        return min(found, key=self.categories.index)


def listed_categories(categories: Iterable[str]) -> str:
    """Return categories for a message: words only, since a column chosen in error may hold ids or positions."""
    plain = [text for text in categories if len(text) <= MOST_LETTERS and not any(map(str.isdigit, text))]
    return ", ".join(plain) or "none with words"


def _index_values(tags: dict[str, str]) -> dict[str, str]:
    """Return the category by the value of a tag alone, as `fclass` has it: the keys of `_MAIN_KEYS` in their order."""
    return {
        tag.partition("=")[2]: category
        for key in reversed(_MAIN_KEYS)
        for tag, category in tags.items()
        if tag.startswith(f"{key}=") and not tag.endswith("*")
    }


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text)).casefold().translate(_ALIKE)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [_singular(word) for word in _NOT_WORD.split(bare) if word]


def _singular(word: str) -> str:
    if len(word) > 4 and word.startswith("ال"):
        return word[2:]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 5 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _index(phrases: list[tuple[str, str]]) -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for phrase, category in phrases:
        pattern = tuple(_pattern(phrase))
        by_first.setdefault(pattern[0], []).append((pattern, category))
    return {first: tuple(patterns) for first, patterns in by_first.items()}


def _pattern(phrase: str) -> list[str]:
    words = []
    for word in phrase.split():
        ending = "*" if word.endswith("*") else ""
        words += [token + ending for token in _tokens(word)]
    return words


def _matches(pattern: tuple[str, ...], tokens: list[str]) -> bool:
    return len(pattern) == len(tokens) and all(
        token.startswith(wanted[:-1]) if wanted.endswith("*") else token == wanted
        for wanted, token in zip(pattern, tokens)
    )


def _check_row(number: int, row: Any) -> None:
    name = row.get("name") if isinstance(row, dict) else None
    label = f"\"{name}\"" if isinstance(name, str) and name else f"number {number}"
    kinds = {"name": str, "title": str, "sensitive": bool, "whole": list, "words": dict, "tags": list}
    for key, kind in kinds.items():
        if not isinstance(row, dict) or not isinstance(row.get(key), kind):
            raise InputError(f"Category {label} of the vocabulary: field \"{key}\" is missing or wrong.")
    texts = [row["name"], *row["whole"], *row["tags"]]
    for group in row["words"].values():
        texts += group if isinstance(group, list) else [None]
    if not all(isinstance(text, str) and text for text in texts):
        raise InputError(f"Category {label} of the vocabulary: every word and tag must be text in quotes.")


def _check_extras(content: dict[str, Any], names: tuple[str, ...]) -> None:
    ignored, together = content.get("ignored"), content.get("together")
    if not isinstance(ignored, list) or not all(isinstance(phrase, str) and phrase for phrase in ignored):
        raise InputError("The vocabulary's field \"ignored\" must be a list of phrases in quotes.")
    if not isinstance(together, list):
        raise InputError("The vocabulary's field \"together\" must be a list.")
    for item in together:
        named = [*item.get("found", []), item.get("category")] if isinstance(item, dict) else [None]
        for name in named:
            if name not in names:
                raise InputError(f"The vocabulary's field \"together\" names {name!r}, which is no category.")
