"""Reads the plugin's own table of public holidays and rest days."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from ..engine.base import InputError
from ..engine.calendars import CountryDays, make_country_days
from .world import RESOURCES


@lru_cache(maxsize=1)
def load_country_days() -> CountryDays:
    """Return the public holidays and weekly rest days of all countries, read once; raise InputError if missing."""
    folder = RESOURCES / "calendars"
    try:
        # "NA" is Namibia, and no missing value.
        holidays, rest_days = (
            pd.read_csv(folder / name, dtype=str, keep_default_na=False)
            for name in ("holidays.csv.gz", "rest_days.csv")
        )
        source = (folder / "source.txt").read_text(encoding="utf-8").strip()
        return make_country_days(holidays, rest_days, source)
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise InputError(f"The calendar in {folder} cannot be read: restore the folder from the plugin.") from error
