"""The world, countries, sites, categories, spots, and which of them holds a position."""

from . import categories, countries, country_codes
from .asked_words import asked_categories
from .categories import SENSITIVE_CATEGORIES, Vocabulary, listed_categories
from .countries import locate
from .country_codes import NOWHERE
from .country_names import CountryNames
from .excluded import EXCLUDED_MARGIN_KM, excluded_notes, is_excluded, with_territories
from .sensitive import SensitivePlaces, find_sensitive, is_sensitive, open_sites, sensitive_notes
from .site_lookup import SiteLookup
from .spots import Holders, SpotFinder, Spots, airfields, encloses, find_spots, sites_at
from .tag_columns import TagColumns, find_tag_columns, tag_texts
from .world import DISPUTED, HELD_BY_OTHERS, Places, Sites, World, are_same_sites, find_world

__all__ = [
    "CountryNames",
    "DISPUTED",
    "EXCLUDED_MARGIN_KM",
    "HELD_BY_OTHERS",
    "NOWHERE",
    "Places",
    "SENSITIVE_CATEGORIES",
    "SensitivePlaces",
    "Holders",
    "SiteLookup",
    "SpotFinder",
    "Sites",
    "Spots",
    "TagColumns",
    "Vocabulary",
    "World",
    "airfields",
    "asked_categories",
    "categories",
    "countries",
    "country_codes",
    "excluded_notes",
    "encloses",
    "are_same_sites",
    "find_sensitive",
    "is_sensitive",
    "find_spots",
    "find_tag_columns",
    "find_world",
    "is_excluded",
    "listed_categories",
    "locate",
    "open_sites",
    "sensitive_notes",
    "sites_at",
    "tag_texts",
    "with_territories",
]
