"""Expectation, tests, calibration, combination over kinds and spots."""

from .combine import LEVEL, Scores, score
from .expectation import PRIOR_DEVICES
from .exposure import country_rates
from .hours_out import AFTER_DARK, BY_NIGHT, away_from_home
from .kind_scores import find_families, score_kinds
from .measured import Measured
from .measuring import measure
from .plain_counts import DAYS, Plain, measure_plain
from .region_measures import REGION_CHANGE
from .region_tree import OWN_PART, RegionChange, Regions
from .regions import RegionLevel
from .together import Together
from .window_tests import find_tests

__all__ = [
    "AFTER_DARK",
    "BY_NIGHT",
    "DAYS",
    "LEVEL",
    "Measured",
    "OWN_PART",
    "PRIOR_DEVICES",
    "Plain",
    "REGION_CHANGE",
    "RegionChange",
    "RegionLevel",
    "Regions",
    "Scores",
    "Together",
    "away_from_home",
    "country_rates",
    "find_families",
    "find_tests",
    "measure",
    "measure_plain",
    "score",
    "score_kinds",
]
