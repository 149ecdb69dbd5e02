"""The analyst's favourite behaviors, kept in the settings of the QGIS profile."""

from __future__ import annotations

import json
from collections.abc import Sequence

from qgis.core import QgsSettings

from ...engine.base import InputError
from ...engine.behaviors import Selection

KEY = "sitelight/behaviors/favourites"


def read_favourites() -> tuple[Selection, ...]:
    """Return the favourites in the order in which they were starred; what cannot be read is none."""
    try:
        values = json.loads(QgsSettings().value(KEY) or "[]")
        return tuple(Selection.from_values(value) for value in values)
    except (TypeError, ValueError, RecursionError, InputError):
        return ()


def write_favourites(favourites: Sequence[Selection]) -> None:
    """Keep the favourites."""
    QgsSettings().setValue(KEY, json.dumps([favourite.values() for favourite in favourites]))
