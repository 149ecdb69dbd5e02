"""Words for categories, countries and behaviors: known ones are mapped, others refused with what is near."""

from __future__ import annotations

import pytest
from sitelight.plugin.data.country_names import load_country_names
from sitelight.plugin.data.library import load_library, load_named, load_vocabulary
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.behaviors import asked_entries
from sitelight.plugin.engine.places import asked_categories


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("garrison", "military"), ("caserne", "military"), ("Kaserne", "military"), ("aeroway=aerodrome", "airport"),
        ("AIR BASE", "air base"), ("diplomatic=embassy", "embassy"), ("ambassade", "embassy"), ("hotels", "hotel"),
    ],
)  # fmt: skip
def test_words_of_the_vocabulary_name_our_categories(word, category):
    assert asked_categories(load_vocabulary(), [word]) == (category,)


def test_words_of_the_sites_themselves_are_categories_too():
    assert asked_categories(load_vocabulary(), ["Ice Rink", "caserne", "garrison"], {"ice rink"}) == (
        "ice rink", "military",
    )  # fmt: skip


def test_an_unknown_word_is_refused_with_near_ones():
    with pytest.raises(InputError, match="no category “garison”; near it: .*“garrison .military.”") as raised:
        asked_categories(load_vocabulary(), ["military", "garison"])
    assert "\n" not in str(raised.value)
    with pytest.raises(InputError, match="no category “qqqq”; ours are .*military"):
        asked_categories(load_vocabulary(), ["qqqq"])
    with pytest.raises(InputError, match="“ice rnk”; near it: .*“ice rink”"):
        asked_categories(load_vocabulary(), ["ice rnk"], {"ice rink"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NE", "NE"), ("ner", "NE"), ("Niger", "NE"), ("Ivory Coast", "CI"), ("Côte d'Ivoire", "CI"),
        ("DR Congo", "CD"),
        ("Congo, Democratic Republic of (Zaire)", "CD"), ("Russia (Soviet Union)", "RU"), ("Namibia", "NA"),
        ("the Gambia", "GM"), ("St. Lucia", "LC"), ("Bosnia & Herzegovina", "BA"), ("Türkiye", "TR"), ("Kosovo", "XK"),
        ("Atlantis", ""), ("", ""), ("Korea", ""),
    ],
)  # fmt: skip
def test_countries_by_code_and_by_name(text, code):
    assert load_country_names().code_of(text) == code


def test_every_country_of_the_world_map_is_known_by_code_and_name():
    world, names = load_world(), load_country_names()
    for code, name, disputed in zip(world.country_code, world.country_name, world.disputed):
        assert not code or names.code_of(code) == code
        # Areas cut out of countries have names of their own.
        assert disputed or not code or not name or names.code_of(name) in (code, ""), name
    known = {names.code_of(name) for name in world.country_name}
    assert {"RU", "ML", "NE", "GA", "LY", "TG", "UA", "FR"} <= known


def test_unknown_countries_are_refused_with_near_ones():
    assert load_country_names().asked(["Niger", "NER", "mali"]) == ("NE", "ML")
    with pytest.raises(InputError, match="no country “Nigerr”; near it: .*“Niger”"):
        load_country_names().asked(["Nigerr"])


def test_behaviors_by_id_and_by_title():
    library = load_library()
    entry = library.who[1]
    assert asked_entries("entry of WHO", [entry.title.upper(), entry.id], library.who) == (entry.id,)
    named = load_named()[0]
    assert asked_entries("named behavior", [named.title], load_named()) == (named.id,)
    with pytest.raises(InputError, match="no entry of WHEN “nigth”; near it: .*“night”"):
        asked_entries("entry of WHEN", ["nigth"], library.when)
