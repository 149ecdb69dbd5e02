"""The category vocabulary: words and OSM tags in several languages, false friends, unknown words."""

from __future__ import annotations

import copy
import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.data import library
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.behaviors import WHO_ATOMS
from sitelight.plugin.engine.places import categories
from sitelight.plugin.engine.places.categories import SENSITIVE_CATEGORIES, Vocabulary
from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES

VOCABULARY = library.load_vocabulary()
CONTENT = json.loads((library.RESOURCES / "categories.json").read_text(encoding="utf-8"))

CASES = {
    "military": (
        "garrison|caserne|Kaserne|cuartel militar|ثكنة عسكرية|казармы|воинская часть 12345|kazarma|"
        "barracks|Army base|military=barracks|landuse=military|military_base|"
        "Camp militaire (caserne)|police militaire|1st Brigade"
    ),
    "air base": (
        "military airfield|Air-Base|AIRBASE|base aérienne|Luftwaffenstützpunkt|Militärflughafen|"
        "base aérea|قاعدة جوية|مطار عسكري|авиабаза|military=airfield|"
        "aeroway=aerodrome;military=airfield|Port Sudan Air Base|aeroway=aerodrome; landuse=military"
    ),
    "airport": (
        "Airports|aéroport|Flughafen|aeropuerto|مطار|المطار|аэропорт|aeroport|aeroway=aerodrome|"
        "Aerodrome"
    ),
    "port": (
        "port|Ports|harbour|Hafen|puerto|ميناء|порт|landuse=harbour|Port autonome"
    ),
    "border crossing": (
        "border_crossing|BorderCrossing|poste-frontière|Grenzübergang|paso fronterizo|معبر حدودي|"
        "пограничный пункт|barrier=border_control|douane|customs post|passport control"
    ),
    "government": (
        "building=government|Hôtel de Ville|ministère|Rathaus|gobierno|وزارة الداخلية|министерство|"
        "Ministry of Mines|Ministry of Education|Presidential palace (Republican Guard)|"
        "upper house of parliament|Trésor public|passport office|office=government|palace"
    ),
    "embassy": (
        "Embassies|Russian embassy|ambassade|Botschaft|embajada|السفارة الروسية|посольство|"
        "posolstvo|amenity=embassy|office=diplomatic|diplomatic=embassy|amenity=embassy;building=yes"
    ),
    "police": (
        "police station|Hôtel de police|gendarmerie barracks|Polizeiwache|comisaría|شرطة|полиция|"
        "amenity=police|airport police"
    ),
    "energy or mining": (
        "gold mine|mine d'or|Bergwerk|mina de oro|منجم|рудник|man_made=petroleum_well|"
        "landuse=quarry|power plant|oil terminal|energy or mining|Port Harcourt refinery"
    ),
    "telecom": (
        "telecom mast|cell tower|antenne relais|Funkmast|برج اتصالات|телебашня|"
        "man_made=communications_tower"
    ),
    "hotel": (
        "hotel|Hôtels|airport hotel|Hôtel de l'Aéroport|Flughafenhotel|فندق المطار|гостиница|"
        "tourism=hotel|Embassy Suites Hotel|guest_house"
    ),
    "market": (
        "market|souq|Grand marché|mercado|سوق|рынок|amenity=marketplace|shop=supermarket"
    ),
    "transport hub": (
        "gare routière|train station|Bahnhof|estación de tren|محطة قطار|вокзал|railway=station|"
        "bus station"
    ),
    "medical": (
        "hospital|Hôpital militaire|Krankenhaus|clínica|مستشفى|больница|amenity=hospital|"
        "military hospital|nursing home|maison de retraite|Seniorenheim|banco de sangre|ospedale|hastane|лікарня|"
        "posto de saúde|роддом|healthcare=laboratory|amenity=hospice"
    ),
    "religious": (
        "mosque|église|Kirche|iglesia|مسجد|мечеть|amenity=place_of_worship|building=church|"
        "Islamic Centre|Kingdom Hall|salle de prière|chiesa|cami|igreja|монастир|مصلى|religion=jewish|"
        "amenity=monastery"
    ),
    "correctional": (
        "prison|maison d'arrêt|Gefängnis|cárcel|سجن|тюрьма|amenity=prison|"
        "juvenile detention|immigration detention centre|maison centrale|Justizvollzugsanstalt|reformatorio|carcere|"
        "cezaevi|следственный изолятор|landuse=prison"
    ),
    "union": (
        "trade union|bourse du travail|Gewerkschaft|sindicato|نقابة|профсоюз|office=union|"
        "labor federation|confédération syndicale|Gewerkschaftshaus|camera del lavoro|sendika|профспілка|"
        "office=trade_union"
    ),
    "education": (
        "school|École|Universität|escuela|مدرسة|университет|amenity=school|hotel school|"
        "primary school|groupe scolaire|Kindertagesstätte|guardería|scuola|okul|ліцей|حضانة|гимназия|"
        "amenity=kindergarten|landuse=school"
    ),
    "shelter": (
        "homeless shelter|refugee camp|camp de réfugiés|Flüchtlingslager|مخيم لاجئين|приют|"
        "Salvation Army|social_facility=shelter|women's refuge|banque alimentaire|Frauenhaus|Asylbewerberheim|"
        "comedor social|campo profughi|sığınma evi|نازحين|беженцы|amenity=refugee_site|social_facility:for=homeless"
    ),
    "food": (
        "Restaurant|Pub|bar|Café|Gaststätte|مطعم|ресторан|amenity=fast_food|police station bar"
    ),
    "workplace": (
        "Workplace|office building|usine|Fabrik|oficina|مصنع|завод|building=office"
    ),
    "residential": (
        "Apartment|Apartments|immeuble résidentiel|Wohnhaus|residencial|شقة|жилой дом|"
        "building=apartments"
    ),
    "road stop": (
        "gas station|truck stop|station-service|Tankstelle|gasolinera|محطة وقود|АЗС|amenity=fuel"
    ),
}


@pytest.mark.parametrize(
    ("text", "category"), [(text, name) for name, texts in CASES.items() for text in texts.split("|")]
)
def test_words_and_tags(text, category):
    assert VOCABULARY.category_of(text) == category


@pytest.mark.parametrize(
    "text",
    [
        "passport", "sports club", "fire brigade", "caserne de pompiers", "military museum", "Port Sudan",
        "vehicle checkpoint", "amenity=fountain", "building=yes", "military=no", "African Union",
        "support centre", "examine", "undermined", "—", "9", "international", "интернациональный",
        "rehearsal", "reception",
    ],
)
def test_false_friends_and_unknown_words_stay_their_own_category(text):
    assert VOCABULARY.category_of(text) == text.lower()


def test_unknown_word_is_trimmed_and_lower_cased():
    assert VOCABULARY.category_of("  Weird \t Thing ") == "weird thing"


def test_each_category_of_the_brief_exists_and_names_itself():
    assert set(CASES) <= set(VOCABULARY.categories)
    for name in VOCABULARY.categories:
        assert VOCABULARY.category_of(name) == name
    assert VOCABULARY.sensitive == {
        "medical", "religious", "correctional", "union", "education", "shelter"
    }
    assert set(SENSITIVE_CATEGORIES) == VOCABULARY.sensitive


def test_linked_categories_and_seen_atoms_use_the_same_words():
    assert set(DEFAULT_LINKED_CATEGORIES) <= set(VOCABULARY.categories)
    seen = {atom[len("seen_"):] for atom in WHO_ATOMS if atom.startswith("seen_")} - {"linked_2"}
    assert seen <= {name.replace(" ", "_") for name in VOCABULARY.categories}


def test_every_listed_word_and_tag_gives_its_own_category():
    """No word is hidden by another category's entry; a wildcard matches its bare stem too."""
    for row in CONTENT["categories"]:
        words = [word for group in row["words"].values() for word in group]
        for word in words + row["whole"]:
            assert VOCABULARY.category_of(word.replace("*", "")) == row["name"], word
        for tag in row["tags"]:
            assert VOCABULARY.category_of(tag.replace("=*", "=something")) == row["name"], tag


def test_no_word_is_listed_under_two_categories():
    owner = {}
    for row in CONTENT["categories"]:
        for word in {word for group in row["words"].values() for word in group}:
            assert owner.setdefault(word, row["name"]) == row["name"], word


@given(st.sampled_from([text for texts in CASES.values() for text in texts.split("|") if "=" not in text]))
def test_case_spacing_and_accents_do_not_matter(text):
    wanted = VOCABULARY.category_of(text)
    assert VOCABULARY.category_of(f"  {text.lower()} ") == wanted
    assert VOCABULARY.category_of(text.lower().replace(" ", "_")) == wanted
    assert VOCABULARY.category_of(text.lower().replace(" ", "-")) == wanted
    assert VOCABULARY.category_of(unicodedata.normalize("NFD", text)) == wanted


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_gets_a_word(text):
    category = VOCABULARY.category_of(text)
    assert category in VOCABULARY.categories or category == " ".join(text.lower().split())


def test_columns_of_any_kind():
    values = np.array(["Hotel", None, "hôtel", float("nan"), "", "  ", 7, "Foo"], dtype=object)
    found = VOCABULARY.categories_of(values)
    assert found.dtype == object
    assert found.tolist() == ["hotel", "", "hotel", "", "", "", "7", "foo"]
    assert VOCABULARY.categories_of(np.array([], dtype=object)).tolist() == []
    assert VOCABULARY.categories_of(np.array(["Hotel", "x"])).tolist() == ["hotel", "x"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c.pop("categories"), "categories"),
        (lambda c: c["categories"][2].pop("title"), '"religious".*"title"'),
        (lambda c: c["categories"][2].pop("name"), "number 3"),
        (lambda c: c["categories"][2]["whole"].append(4), '"religious"'),
        (lambda c: c["categories"][2]["words"].update(en="church"), '"religious"'),
        (lambda c: c.pop("ignored"), "ignored"),
        (lambda c: c["together"].append({"found": ["airport"], "category": "nowhere"}), "nowhere"),
        (lambda c: c["categories"].insert(0, "text"), "number 1"),
    ],
)
def test_a_broken_vocabulary_is_refused_with_the_place_named(change, says):
    content = copy.deepcopy(CONTENT)
    change(content)
    with pytest.raises(InputError, match=says):
        Vocabulary.from_content(content)


def test_a_broken_vocabulary_file_is_named(tmp_path, monkeypatch):
    (tmp_path / "categories.json").write_text('{"categories": [{}]}', encoding="utf-8")
    monkeypatch.setattr(library, "RESOURCES", tmp_path)
    library.load_vocabulary.cache_clear()
    try:
        with pytest.raises(InputError, match="categories.json"):
            library.load_vocabulary()
    finally:
        monkeypatch.undo()
        library.load_vocabulary.cache_clear()


def test_the_words_that_the_method_knows_are_categories_of_the_file():
    known = {value for name, value in vars(categories).items() if name.isupper() and isinstance(value, str) and value}
    assert {"military", "air base", "transport hub", "market"} <= known
    assert known <= {row["name"] for row in CONTENT["categories"]}


@pytest.mark.parametrize("text", ["9", "(", "a ", "a=b;", "=", "[x", "mosque", " "])
def test_texts_of_megabytes_are_read_in_the_time_of_their_length(text):
    """A search that began at every letter of 600,000 would take hours; this takes a second or two."""
    long = text * (600_000 // len(text))
    assert VOCABULARY.category_of(long) in (*VOCABULARY.categories, " ".join(long.lower().split()))
