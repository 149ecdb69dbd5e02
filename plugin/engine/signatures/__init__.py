"""A behavior learned from examples and looked for elsewhere."""

from .examples import Examples
from .file_format import FORMAT, from_content, to_content
from .learn import (
    MAX_NAME,
    Counted,
    FacetWeight,
    MarkedPlace,
    Signature,
    check_name,
    learn_signature,
    missing_facet,
)
from .marks import Mark, find_examples
from .matches import Units, rank_units, score_signature
from .profiles import facets_of, find_profiles
from .skill import Skill
from .tables import KeyWindow, match_rows, signatures_table

__all__ = [
    "Counted",
    "Examples",
    "FORMAT",
    "FacetWeight",
    "KeyWindow",
    "MAX_NAME",
    "Mark",
    "MarkedPlace",
    "Signature",
    "Skill",
    "Units",
    "check_name",
    "facets_of",
    "find_examples",
    "find_profiles",
    "from_content",
    "learn_signature",
    "match_rows",
    "missing_facet",
    "rank_units",
    "score_signature",
    "signatures_table",
    "to_content",
]
