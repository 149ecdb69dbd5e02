"""Movements (stays, visits, legs of whole devices), and what is known of each device at each moment."""

from .history import History, build_history
from .movements import Known, Movements, find_legs, find_movements
from .prepare import Inputs, Prepared, prepare
from .runners import Runner

__all__ = [
    "Runner",
    "Inputs",
    "Known",
    "Movements",
    "Prepared",
    "prepare",
    "History",
    "build_history",
    "find_legs",
    "find_movements",
]
