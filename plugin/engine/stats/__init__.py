"""Tests and measures that know no device and no place."""

from .bipartite_null import attendance, expected_common
from .clumped_fisher import more_than_control, squared_excess
from .heavy_tails import with_heavy_tail
from .multiple_tests import adjust, adjust_families, adjust_in_groups, simes
from .negative_binomial import lower_tail, poisson_upper_tail, upper_tail
from .network_measures import Graph, make_graph, measure, shortest_path

__all__ = [
    "poisson_upper_tail",
    "Graph",
    "adjust",
    "adjust_families",
    "adjust_in_groups",
    "attendance",
    "expected_common",
    "lower_tail",
    "make_graph",
    "measure",
    "more_than_control",
    "shortest_path",
    "simes",
    "squared_excess",
    "upper_tail",
    "with_heavy_tail",
]
