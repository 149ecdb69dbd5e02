"""OpenStreetMap tags in the columns of a table, as its exporters write them: a column for each key, or all in one text.

QuickOSM, HOT's exports and Overpass write a column for each key; GDAL, osm2pgsql and osmium put tags into one column,
as hstore, JSON or key=value; Geofabrik has one word for the main tag in `fclass`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

GEOFABRIK_KEY = "fclass"
_IDS = frozenset({"osmid", "osmtype", "osmwayid", "fullid", "elementtype", "@id", "@type"})
_PACKED = frozenset({"tags", "othertags", "alltags", "osmtags", "hstore"})
# One such column is enough to know the table by; "building" or "port" may stand in anybody's.
_TELLING = frozenset({GEOFABRIK_KEY, "amenity", "healthcare", "aeroway", "man_made", "social_facility", "landuse"})
_BEFORE_KEYS = re.compile(r"^(?:properties|tags?|osm)[._:]")
_SHAPEFILE_WIDTH = 10
_NO_VALUES = ("", "null", "none", "nan", "no", "na", "n/a")


@dataclass(frozen=True)
class TagColumns:
    """Columns with tags: `key` by column where each has one key, and `packed` columns with all tags in one text."""

    key: dict[str, str]
    packed: tuple[str, ...]

    def columns(self) -> list[str]:
        """Return the names of all columns with tags, those with one key first."""
        return [*self.key, *self.packed]


def find_tag_columns(names: Sequence[str], keys: Iterable[str]) -> TagColumns:
    """Return the columns with tags of a table that OpenStreetMap data was exported to, none for any other table.

    `keys` are those that tell a category. Names may be cut to the 10 characters of a shapefile.
    """
    known = {spelling: key for key in (*keys, GEOFABRIK_KEY) for spelling in (_cut(key), key.replace(":", "_"), key)}
    by_name = {name: _BEFORE_KEYS.sub("", name.strip().lower()) for name in names}
    key = {name: known[plain] for name, plain in by_name.items() if plain in known}
    packed = tuple(name for name in names if re.sub(r"[\W_]+", "", name).lower() in _PACKED)
    has_ids = any(name.lower() in _IDS or re.sub(r"[\W_]+", "", name).lower() in _IDS for name in names)
    if not (packed or has_ids or len(key) > 1 or _TELLING & set(key.values())):
        return TagColumns({}, ())
    if GEOFABRIK_KEY in key.values():
        # In Geofabrik's layer of buildings, fclass says "building" and type which one.
        key.update({name: "building" for name, plain in by_name.items() if plain == "type"})
    return TagColumns(key, packed)


def tag_texts(frame: pd.DataFrame, tags: TagColumns, keys: Iterable[str]) -> np.ndarray:
    """Return the tags of each row that have one of `keys`, as "amenity=hospital healthcare=clinic", "" for none.

    Object array of str (n,). A value with several parts (hospital;pharmacy) becomes several tags.
    """
    texts = pd.Series("", index=frame.index, dtype=object)
    for column, key in tags.key.items():
        codes, distinct = pd.factorize(_as_text(frame[column]))
        written = np.array([_pairs(key, value) for value in distinct], dtype=object)
        texts = texts + pd.Series(written[codes], index=frame.index, dtype=object)
    for column in tags.packed:
        texts = texts + _unpacked(frame[column], keys)
    return texts.str.strip().to_numpy(dtype=object)


def _cut(key: str) -> str:
    return key.replace(":", "_")[:_SHAPEFILE_WIDTH]


def _pairs(key: str, value: str) -> str:
    parts = [re.sub(r"\s+", "_", part.strip()) for part in re.split(r"[;,|]", value)]
    return "".join(f" {key}={part}" for part in parts if part.lower() not in _NO_VALUES)


def _unpacked(values: pd.Series, keys: Iterable[str]) -> pd.Series:
    """Return the pairs of `keys` in texts of hstore ("key"=>"value"), JSON ("key": "value") or key=value."""
    named = "|".join(sorted(map(re.escape, keys), key=len, reverse=True))
    quoted = rf"""["']({named})["']\s*(?:=>|:)\s*["'](.*?)(?<!\\)["']"""
    plain = rf"""(?:^|[,;|{{\s])({named})=([^,;|}}\s"']+)"""
    text = _as_text(values)
    found = [text.str.findall(pattern) for pattern in (quoted, plain)]
    return found[0].map(_joined) + found[1].map(_joined)


def _as_text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "").astype(str)


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "".join(_pairs(key, value) for key, value in pairs)
