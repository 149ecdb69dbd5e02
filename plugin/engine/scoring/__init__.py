"""Expectation, tests, calibration, combination over kinds and spots."""

from .combine import LEVEL, Scores, score
from .expectation import PRIOR_DEVICES
from .exposure import country_rates
from .kind_scores import find_families, score_kinds
from .measured import Measured
from .measuring import measure
from .together import Together
from .window_tests import find_tests

__all__ = [
    "LEVEL",
    "Measured",
    "PRIOR_DEVICES",
    "Scores",
    "Together",
    "country_rates",
    "find_families",
    "find_tests",
    "measure",
    "score",
    "score_kinds",
]
