"""The public result tables: names, columns, geometry; and how small counts are shown."""

from . import schemas
from .schemas import INTEGER, REAL, SCHEMAS, TEXT, TableSchema, as_table, empty_table
from .small_counts import FEW, MIN_SHOWN, shown_count, shown_counts
from .titles import column_title

__all__ = [
    "FEW",
    "INTEGER",
    "MIN_SHOWN",
    "REAL",
    "SCHEMAS",
    "TEXT",
    "TableSchema",
    "as_table",
    "column_title",
    "empty_table",
    "schemas",
    "shown_count",
    "shown_counts",
]
