"""Categories as an analyst asks for them: words of the vocabulary, or of the sites themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..base import near_words, unknown_word
from .categories import Vocabulary


def asked_categories(vocabulary: Vocabulary, words: Sequence[str], used: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the categories that `words` name, each once: ours, or those of sites (`used`) that are none of ours.

    Raises InputError naming the first word that is neither, with the known words that are written like it.
    """
    found = tuple(vocabulary.category_of(word) for word in words)
    known = {*vocabulary.categories, *used}
    for word, category in zip(words, found):
        if category not in known:
            near = near_words(word, {**dict.fromkeys(used, ""), **vocabulary.words})
            listed = dict.fromkeys(_with_category(text, vocabulary.words.get(text, text)) for text in near)
            raise unknown_word("category", word, listed, f"ours are {', '.join(vocabulary.categories)}")
    return tuple(dict.fromkeys(found))


def _with_category(word: str, category: str) -> str:
    return word if word == category else f"{word} ({category})"
