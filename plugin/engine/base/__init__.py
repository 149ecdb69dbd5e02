"""What knows no word of the domain: errors, progress, threads, runs of equal rows, keys, timed events."""

from .columns import Columns
from .errors import Cancelled, InputError, SitelightError, StudyError, memory_told
from .faults import fault_place, fault_trace
from .meant_digits import meant_degrees, meant_metres, meant_millimetres, meant_probability
from .near_words import near_words, unknown_word
from .position_keys import mixed, position_keys
from .progress import Progress
from .runs import (
    begins_run,
    block_borders,
    distinct_pairs,
    ends_run,
    expand_ranges,
    pairs,
    place_in_run,
    run_ends,
    run_starts,
    split_pairs,
)
from .threads import require_room, work_in_threads
from .timed_events import TimedEvents
from .value_kinds import value_kind

__all__ = [
    "meant_degrees",
    "meant_metres",
    "meant_millimetres",
    "meant_probability",
    "memory_told",
    "Cancelled",
    "Columns",
    "InputError",
    "Progress",
    "SitelightError",
    "StudyError",
    "TimedEvents",
    "begins_run",
    "block_borders",
    "distinct_pairs",
    "ends_run",
    "expand_ranges",
    "fault_place",
    "fault_trace",
    "mixed",
    "near_words",
    "pairs",
    "place_in_run",
    "position_keys",
    "run_ends",
    "run_starts",
    "split_pairs",
    "unknown_word",
    "value_kind",
    "require_room",
    "work_in_threads",
]
