"""Which columns of a table of sites are read: those with a role, those with OpenStreetMap tags, and no other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from ..engine.base import InputError
from ..engine.places import TagColumns, find_tag_columns
from ..engine.screening import readable, require_readable
from .library import load_vocabulary

SITE_FIELDS = ("name", "category", "radius", "country", "id")
_NAMES = {
    "name": "name sitename placename locationname title label site place venue operator venueid nom nombre nome"
    " bezeichnung denominazione наименование название имя назва isim اسم الاسم 名称 名前 이름",
    "category": "category sitecategory placecategory type sitetype placetype venuetype kind class fclass topcategory"
    " categorie catégorie categoría categoria kategorie kategori категория категорія tipo typ tip tür art тип"
    " فئة الفئة نوع النوع 类型 类别",
    "radius": "radiusm radius radiusmeters radiusmetres radiusinmeters radiusinm radiuskm radiusinkm radiuskilometers"
    " radiusft radiusfeet radiusinfeet radiusmi radiusmiles radiusinmiles radiusyards radiusnmi bufferm buffer"
    " bufferkm bufferft buffermiles bufferradius rayon rayonm rayonkm radio radiom radiokm raggio raggiom"
    " raggiokm raio raiom raiokm halbmesser радиус радиусм радіус yarıçap",
    "country": "country countrycode isocountrycode isoa2 iso2 iso adm0a2 pays país pais land страна paese ülke",
    "id": "siteid id placeid venueid osmid fullid qid safegraphplaceid placekey",
}
_SHAPE_OR_SIZE = re.compile(
    r"radius|radii|rayon|radio|raggio|raio|halbmesser|радиус|diam|durchmesser|buffer|polygon|geojson"
    r"|(?:^|[^a-z])wk[tb](?:$|[^a-z])",
    re.IGNORECASE,
)
# Beside OpenStreetMap tags these say something else: "multipolygon", "node", a kind of road, a class of boundary.
_NO_CATEGORY_BESIDE_TAGS = ("type", "kind", "class", "fclass")


def detect_site_fields(names: Sequence[str]) -> dict[str, str]:
    """Return the field for each role of `SITE_FIELDS` by its name, "" where none is known.

    In a table with OpenStreetMap tags the category is a column of tags, which stands for all of them.
    """
    offered = readable(names)
    by_plain = {re.sub(r"[\W_]+", "", name).lower(): name for name in reversed(offered)}
    tags = tags_among(names).columns()
    words = {role: listed.split() for role, listed in _NAMES.items()}
    if tags:
        words["category"] = [word for word in words["category"] if word not in _NO_CATEGORY_BESIDE_TAGS]
        # A key such as "place" or "operator" is no name.
        by_plain = {plain: name for plain, name in by_plain.items() if name not in tags}
    found = {role: next((by_plain[word] for word in listed if word in by_plain), "") for role, listed in words.items()}
    return {**found, "category": found["category"] or next(iter(tags), "")}


def tags_among(names: Sequence[str]) -> TagColumns:
    """Return the columns with OpenStreetMap tags that may be read."""
    return find_tag_columns(readable(names), load_vocabulary().keys)


def unused_columns(names: Sequence[str], read: Sequence[str], shapes: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns that seem to hold shapes (those of `shapes` do) or sizes and are not among those read."""
    return tuple(name for name in names if name not in read and (name in shapes or _SHAPE_OR_SIZE.search(name)))


@dataclass(frozen=True)
class SiteColumns:
    """What is read of a table: `field` of each role ("" for none), columns with `tags`, and `names` of all of them.

    `asks_id` tells that the ids were asked for, and not only found.
    """

    field: Mapping[str, str]
    tags: TagColumns
    names: tuple[str, ...]
    asks_id: bool


def settle_columns(
    names: Sequence[str], asked: Optional[Mapping[str, Optional[str]]], more: Sequence[str], title: str
) -> SiteColumns:
    """Return what is read of a table with these `names`: roles as `asked` ("" for none) or detected, tags, and `more`.

    Raises InputError for a role's column that is not there, and for any that is never read.
    """
    given = {role: name for role, name in (asked or {}).items() if name is not None}
    for role, name in given.items():
        if name and name not in names:
            raise InputError(f'{title} has no column "{name}" for the sites\' {role}.')
    require_readable([*filter(None, given.values()), *more])
    field, tags = {**detect_site_fields(names), **given}, tags_among(names)
    wanted = {*field.values(), *tags.columns(), *more}
    return SiteColumns(field, tags, tuple(name for name in names if name in wanted), bool(given.get("id")))
