"""Reads what countries are called from the plugin's gazetteer."""

from __future__ import annotations

import csv
from functools import lru_cache

from ..engine.base import InputError
from ..engine.places import CountryNames
from .world import RESOURCES


@lru_cache(maxsize=1)
def load_country_names() -> CountryNames:
    """Return the codes and English names of all countries, read once; raise InputError if the file is missing."""
    path = RESOURCES / "gazetteer" / "countries.csv"
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return CountryNames.from_rows(list(csv.reader(file))[1:])
    except (OSError, ValueError) as error:
        raise InputError(f"The list of countries {path} cannot be read: restore the file from the plugin.") from error
