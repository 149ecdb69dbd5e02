"""The behavior library: entries, models, selections, names, sentences, pattern numbers; no data."""

from .asked_entries import asked_entries
from .entries import (
    ATOMS,
    MAX_ENTRIES,
    MAX_LENGTH,
    OWN_PREFIX,
    WHAT_ATOMS,
    WHEN_ATOMS,
    WHO_ATOMS,
    Entry,
    own_rows,
    read_axis,
    read_own,
)
from .library import AXES, FACET_AXES, Library, behavior_id
from .named import NamedBehavior, name_of, read_named
from .patterns import Patterns
from .selection import Selection
from .sentences import behavior_sentence, describe, finding_sentence, placebo_text, window_text

__all__ = [
    "ATOMS",
    "AXES",
    "Entry",
    "FACET_AXES",
    "Library",
    "MAX_ENTRIES",
    "MAX_LENGTH",
    "NamedBehavior",
    "OWN_PREFIX",
    "Patterns",
    "Selection",
    "WHAT_ATOMS",
    "WHEN_ATOMS",
    "WHO_ATOMS",
    "asked_entries",
    "behavior_id",
    "behavior_sentence",
    "describe",
    "finding_sentence",
    "name_of",
    "own_rows",
    "read_axis",
    "read_named",
    "read_own",
    "placebo_text",
    "window_text",
]
