"""The public result tables: names, columns, geometry; and how small counts are shown."""

from . import schemas
from .schemas import INTEGER, REAL, SCHEMAS, TEXT, TableSchema, as_table, empty_table
from .small_counts import (
    FEW,
    MIN_SHOWN,
    MOST_HIDDEN,
    at_most_few,
    bounds_of,
    differ_by_few,
    fewest_beside,
    hides_part,
    leaves_few,
    shown_count,
    shown_counts,
    told_apart,
    told_counts,
    told_table,
    worded_count,
)
from .titles import column_title

__all__ = [
    "FEW",
    "INTEGER",
    "MIN_SHOWN",
    "MOST_HIDDEN",
    "REAL",
    "SCHEMAS",
    "TEXT",
    "TableSchema",
    "as_table",
    "at_most_few",
    "bounds_of",
    "column_title",
    "differ_by_few",
    "empty_table",
    "fewest_beside",
    "hides_part",
    "leaves_few",
    "schemas",
    "shown_count",
    "shown_counts",
    "told_apart",
    "told_counts",
    "told_table",
    "worded_count",
]
