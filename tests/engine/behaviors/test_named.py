"""Named behaviors and selections: the shipped list, its faults, what a selection says and what a study tests of it."""

from __future__ import annotations

import copy
import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.data import library as library_module
from sitelight.plugin.data.library import BEHAVIORS, load_library, load_named
from sitelight.plugin.engine.base import InputError, StudyError
from sitelight.plugin.engine.behaviors.library import AXES
from sitelight.plugin.engine.behaviors.named import name_of, read_named
from sitelight.plugin.engine.behaviors.selection import Selection
from sitelight.plugin.engine.behaviors.sentences import behavior_sentence, describe
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES, town
from worlds.engine_worlds import square_world

LIBRARY = load_library(BEHAVIORS)
NAMED = load_named()
ROWS = json.loads((BEHAVIORS / "named.json").read_text(encoding="utf-8"))
FAMILIES_OF_THE_ISSUE = {
    "Garrison and rotation", "Convoy and halt", "Lodging of outsiders", "Diplomatic traffic",
    "Government under pressure", "Border and smuggling routes", "Evacuation and absence", "Mining and energy",
    "Air bridge",
}  # fmt: skip


def models_by_hand(selection: Selection) -> set[str]:
    """Return the models of a selection, by the definition: one entry per axis, all of them where none is named."""
    axes = [getattr(selection, axis) or [entry.id for entry in getattr(LIBRARY, axis)] for axis in AXES]
    return {".".join(ids) for ids in product(*axes)}


def test_there_are_about_sixty_in_the_families_asked_for():
    assert 55 <= len(NAMED) <= 70
    families = [one.family for one in NAMED]
    assert set(families) >= FAMILIES_OF_THE_ISSUE
    assert min(families.count(family) for family in set(families)) >= 3


def test_each_resolves_to_models_and_says_why_in_one_sentence():
    known = set(LIBRARY.models)
    for one in NAMED:
        models = models_by_hand(one.selection)
        assert models and models <= known
        assert set(LIBRARY.choose([one.selection]).models) == models
        assert one.why.endswith(".") and one.why.count(". ") == 0 and len(one.why) <= 140
        assert not {"person", "persons", "people"} & set(one.why.lower().replace(".", "").split())
        assert len(one.title) <= 32 and describe(LIBRARY, one.selection).startswith("Devices ")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"id": ""}, "id"), ({"id": 3}, "id"), ({"title": None}, "title"), ({"title": "x" * 61}, "title"),
        ({"family": "two  spaces"}, "family"), ({"why": ""}, "why"), ({"who": []}, "who"), ({"when": "night"}, "when"),
        ({"what": ["overnight", "overnight"]}, "what"), ({"change": ["apears"]}, "change"), ({"who": [1]}, "who"),
        ({"reason": "x"}, "reason"), ({"id": ROWS[1]["id"]}, "id"), ({"title": ROWS[1]["title"]}, "title"),
        ({axis: ROWS[1][axis] for axis in AXES}, "selection"),
    ],
)  # fmt: skip
def test_a_broken_named_behavior_is_named_with_its_field(changes, name):
    rows = copy.deepcopy(ROWS[:2])
    rows[0].update(changes)
    with pytest.raises(InputError, match=f'^Named behavior ".+": field "{name}" [^.]+\\.$'):
        read_named(rows, LIBRARY)


@pytest.mark.parametrize("rows", [None, {}, [3]])
def test_a_file_that_is_no_list_of_objects_is_refused(rows):
    with pytest.raises(InputError, match="[Nn]amed behavior"):
        read_named(rows, LIBRARY)


def test_a_broken_file_of_named_behaviors_is_named(tmp_path, monkeypatch):
    (tmp_path / "named.json").write_text('[{"id": "x"}]', encoding="utf-8")
    monkeypatch.setattr(library_module, "BEHAVIORS", tmp_path)
    monkeypatch.setattr(library_module, "_read_library", lambda _folder: LIBRARY)
    load_named.cache_clear()
    try:
        with pytest.raises(InputError) as caught:
            load_named()
    finally:
        load_named.cache_clear()
    assert str(caught.value).startswith(str(tmp_path / "named.json")) and 'field "title"' in str(caught.value)


def test_a_finding_takes_the_narrowest_name():
    narrow, wide = ({"id": "b", "what": ["overnight"]}, {"id": "a", "what": ["overnight", "multi_day"]})
    common = {"family": "f", "why": "Why.", "who": ["abroad"], "when": ["night"], "change": ["appears"]}
    rows = [{**common, **one, "title": one["id"].upper()} for one in (wide, narrow)]
    named = read_named(rows, LIBRARY)
    assert name_of(named, "abroad.night.overnight.appears").title == "B"
    assert name_of(named, "abroad.night.multi_day.appears").title == "A"
    assert name_of(named, "abroad.night.multi_day.surges") is None
    assert name_of(named, "own_kind.night.multi_day.appears") is None


def test_every_model_is_named_by_its_own_combination_or_a_narrower_one():
    for one in NAMED:
        for model in models_by_hand(one.selection):
            found = name_of(NAMED, model)
            assert model in models_by_hand(found.selection)
            assert len(models_by_hand(found.selection)) <= len(models_by_hand(one.selection))


# Selections

ids_of = {axis: st.sampled_from([entry.id for entry in getattr(LIBRARY, axis)]) for axis in AXES}
some = [st.lists(ids, max_size=3, unique=True) for ids in ids_of.values()]
selections = st.builds(lambda *ids: Selection(*map(tuple, ids)), *some)


@settings(max_examples=40, deadline=None)
@given(st.lists(selections, min_size=1, max_size=4))
def test_a_union_of_selections_is_the_union_of_their_models(chosen):
    library = LIBRARY.choose(chosen)
    by_hand = set().union(*map(models_by_hand, chosen))
    assert set(library.models) == by_hand and len(library.models) == len(by_hand) == library.asked.sum()
    assert set(library.models) <= set(LIBRARY.models) and library.version == LIBRARY.version


@settings(max_examples=40, deadline=None)
@given(selections)
def test_a_selection_reads_as_a_sentence_and_survives_as_json(selection):
    sentence = describe(LIBRARY, selection)
    assert sentence.startswith("Devices ") and "  " not in sentence and ",," not in sentence and " ," not in sentence
    assert not sentence.endswith((":", ": ", "or"))
    assert Selection.from_values(json.loads(json.dumps(selection.values()))) == selection


def test_one_entry_of_each_axis_reads_as_the_model_itself():
    for model in LIBRARY.models[::97]:
        ids = model.split(".")
        assert describe(LIBRARY, Selection(*((one,) for one in ids))) == behavior_sentence(LIBRARY, *ids)


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (Selection(), "Devices of any kind, doing anything, at any time: any change"),
        (
            Selection(("abroad", "resident"), ("night",), ("overnight", "multi_day"), ("appears", "surges")),
            "Devices from farther abroad or living here, staying overnight or staying for days, at night: "
            "appears or surges",
        ),
        (Selection(("anyone",), ("any_hour",), ("in_convoy",)), "Devices arriving in convoy: any change"),
        (
            Selection(("resident", "local", "domestic", "abroad"), (), ("any_presence",), ("surges",)),
            "Devices living here, living nearby or 2 others, present, at any time: surges",
        ),
    ],
)
def test_sentences_of_selections(selection, sentence):
    assert describe(LIBRARY, selection) == sentence


@pytest.mark.parametrize("values", [None, [], {"who": "abroad"}, {"who": [""]}, {"where": ["x"]}, {"who": [1]}])
def test_what_is_no_selection_is_refused(values):
    with pytest.raises(InputError, match="selection"):
        Selection.from_values(values)


def test_an_unknown_entry_is_named_with_the_nearest():
    with pytest.raises(StudyError, match='no who "abrod".*abroad'):
        LIBRARY.choose([Selection(who=("abrod",))])


# What a study tests


def make_study(**changed) -> Study:
    return Study((KEY_DATE,), LIBRARY, SITES, square_world(), rekey=b"key", **changed)


@pytest.fixture(scope="module")
def source():
    return town(4407)


def test_a_study_tests_the_union_and_nothing_else(source):
    """Between the two selections lie models of both lists that neither asks for."""
    chosen = (
        Selection(("abroad",), ("any_hour",), ("multi_day",), ("appears", "shifts")),
        Selection(("anyone", "resident"), ("night",), ("any_presence",), ("falls_away",)),
    )
    results = run(make_study(behaviors=chosen), source)
    found = set(results.tables["findings"].behavior_id)
    asked = set().union(*map(models_by_hand, chosen))
    assert found and found <= asked
    library, scores = results.evidence.library, results.evidence.scores
    patterns = scores.counts.pattern[scores.row]
    shape = tuple(len(axis) for axis in (library.who, library.when, library.what))
    who, when, what = np.unravel_index(patterns, shape)
    changes = ("appears", "surges", "falls_away", "shifts")
    tested = {
        ".".join((library.who[i].id, library.when[j].id, library.what[k].id, changes[c]))
        for i, j, k, c in zip(who, when, what, scores.change)
    }
    assert tested and tested <= asked


def test_one_selection_is_the_same_as_its_lists(source):
    lists = {"who": ("abroad", "foreign_hotel"), "what": ("overnight", "multi_day"), "change": ("appears", "surges")}
    by_lists = run(make_study(**lists), source).tables["findings"]
    by_selection = run(make_study(behaviors=(Selection(**lists),)), source).tables["findings"]
    assert len(by_lists) > 0
    assert by_lists.drop(columns="geometry").equals(by_selection.drop(columns="geometry"))


def test_lists_and_selections_together_are_refused(source):
    with pytest.raises(StudyError, match="not by both"):
        run(make_study(behaviors=(Selection(who=("abroad",)),), when=("night",)), source)
