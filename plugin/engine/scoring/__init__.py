"""Expectation, tests, calibration, combination over kinds and spots."""

from .combine import LEVEL, Scores, score
from .expectation import PRIOR_DEVICES
from .exposure import country_rates
from .kinds import find_families, score_kinds
from .measured import Measured
from .measuring import measure
from .window_tests import find_tests

__all__ = [
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
