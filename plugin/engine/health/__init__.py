"""Trust in the data: what is wrong with a delivery, named before anything is tested."""

from .examine import Gaps, Health, examine
from .faults import CHECKS, health_table

__all__ = ["CHECKS", "Gaps", "Health", "examine", "health_table"]
