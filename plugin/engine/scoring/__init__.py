"""Expectation, tests, calibration, combination over kinds and spots."""

from .changes import CHANGES, FALLS_AWAY
from .combine import LEVEL, Scores, measure, score
from .expectation import PRIOR_DEVICES
from .exposure import country_rates
from .kinds import find_families, score_kinds
from .measured import Measured
from .window_tests import find_tests

__all__ = [
    "CHANGES",
    "FALLS_AWAY",
    "LEVEL",
    "Measured",
    "PRIOR_DEVICES",
    "Scores",
    "country_rates",
    "find_families",
    "find_tests",
    "measure",
    "score",
    "score_kinds",
]
