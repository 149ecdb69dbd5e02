"""Which tests are told, their tables, drivers, doubts and evidence."""

from .drivers import explanations_table
from .evidence import Evidence
from .tables import findings_table, heat_table, spot_outlines

__all__ = [
    "Evidence",
    "explanations_table",
    "findings_table",
    "heat_table",
    "spot_outlines",
]
