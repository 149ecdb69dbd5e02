"""Own entries: ids of all other models stay, every fault is one sentence, files are replaced as a whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.data import own_behaviors
from sitelight.plugin.data.library import BEHAVIORS, load_library, offered_library
from sitelight.plugin.data.own_behaviors import add_own, import_own, remove_own, write_own
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.engine.base import InputError, StudyError
from sitelight.plugin.engine.behaviors import ATOMS, Selection, behavior_sentence, own_rows, read_own
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.study import Study

SHIPPED = load_library(BEHAVIORS)


def entry(name: str = "guest", **changes):
    row = {
        "id": f"own_{name}", "title": f"Own {name}", "sentence": f"of the kind {name}", "definition": "Mine.",
        "confused_with": ["first_time"], "requires": [["unknown_home"], ["first_time", "occasional"]],
    }  # fmt: skip
    return {**row, **changes}


@pytest.fixture()
def kept(tmp_path, monkeypatch):
    """Return the path of the profile's own entries, in a folder that is not there yet."""
    path = tmp_path / "profile" / "sitelight" / "behaviors.json"
    monkeypatch.setattr(own_behaviors, "own_path", lambda _profile: path)
    return path


def own_entries(axis: str):
    atoms = st.sampled_from(ATOMS[axis])
    groups = st.lists(st.lists(atoms, min_size=1, max_size=3), min_size=1, max_size=3)
    return st.lists(groups, max_size=6).map(
        lambda many: [entry(f"{axis}_{number}", requires=groups) for number, groups in enumerate(many)]
    )


@settings(max_examples=40, deadline=None)
@given(own_entries("who"), own_entries("when"), own_entries("what"), st.randoms(use_true_random=False))
def test_own_entries_change_no_id_and_no_meaning_of_other_models(who, when, what, random):
    rows = {"who": who, "when": when, "what": what}
    before = SHIPPED.with_own(read_own(rows))
    more = {axis: [*own, entry(f"more_{axis}", requires=[[ATOMS[axis][0]]])] for axis, own in rows.items()}
    after = SHIPPED.with_own(read_own(more))
    assert len(before.models) == (32 + len(who)) * (8 + len(when)) * (16 + len(what)) * 4
    assert set(SHIPPED.models) <= set(before.models) <= set(after.models)
    assert len(set(after.models)) == len(after.models)
    for model in random.sample(before.models, 50):
        ids = model.split(".")
        assert behavior_sentence(after, *ids) == behavior_sentence(before, *ids)
        assert all(after.entry(axis, one) == before.entry(axis, one) for axis, one in zip(rows, ids))
    assert after.version != before.version
    assert own_rows(before.own) == {axis: own for axis, own in rows.items() if own}


def test_removing_gives_back_the_library_there_was():
    own = read_own({"who": [entry("a"), entry("b")]})
    assert SHIPPED.with_own(own).without_own("who", "own_b") == SHIPPED.with_own(read_own({"who": [entry("a")]}))
    assert SHIPPED.with_own(read_own({"who": [entry("a")]})).without_own("who", "own_a") == SHIPPED
    with pytest.raises(StudyError, match="comes with the plugin"):
        SHIPPED.without_own("who", "abroad")
    with pytest.raises(StudyError, match='no who "own_c"'):
        SHIPPED.without_own("who", "own_c")


BREAKS = [
    ({"id": None}, "id"), ({"id": "guest"}, "id"), ({"id": "own_Guest"}, "id"), ({"id": "own_" + "x" * 60}, "id"),
    ({"id": "own_first"}, "id"), ({"title": ""}, "title"), ({"title": 3}, "title"), ({"title": "x" * 61}, "title"),
    ({"title": "First time"}, "title"), ({"sentence": ""}, "sentence"), ({"sentence": " x"}, "sentence"),
    ({"sentence": "new here"}, "sentence"), ({"sentence": "x" * 121}, "sentence"), ({"definition": ""}, "definition"),
    ({"definition": "two\nlines"}, "definition"), ({"definition": "x" * 401}, "definition"),
    ({"confused_with": "local"}, "confused_with"), ({"confused_with": [""]}, "confused_with"),
    ({"requires": []}, "requires"), ({"requires": [[]]}, "requires"), ({"requires": ["abroad"]}, "requires"),
    ({"requires": [["abrod"]]}, "requires"), ({"requires": None}, "requires"), ({"past": "was {spot}"}, "past"),
    ({"tail": "upper"}, "tail"), ({"color": "red"}, "color"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "name"), BREAKS)
def test_a_broken_file_is_one_sentence_and_the_library_in_use_stays(kept, tmp_path, changes, name):
    in_use = add_own(load_library(), {"who": [entry("first")]})
    before = kept.read_bytes()
    broken = tmp_path / "coming.json"
    row = entry("guest", **changes)
    broken.write_text(json.dumps({"who": [entry("good"), row]}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_own(load_library(), broken)
    label = row["id"] or "2"
    assert f'{broken}: Entry "{label}" of who: field "{name}" ' in str(caught.value)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert kept.read_bytes() == before and load_library() == in_use


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "line 1"), (b"\xff\xfe", "UTF-8"), (b"[]", "not an object"), (b'{"change": []}', '"change"'),
        (b'{"who": 3}', "who"), (b'{"who": [3]}', "Entry 1 of who"), (None, "cannot be read"),
        (b"[" * 100_000, "nested"),
    ],
    ids=["cut off", "not text", "list", "change", "number", "no object", "missing", "deep"],
)  # fmt: skip
def test_what_is_no_file_of_entries_is_refused_and_named(kept, tmp_path, content, says):
    path = tmp_path / "coming.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        import_own(load_library(), path)
    assert str(path) in str(caught.value) and says in str(caught.value)
    assert not kept.exists() and load_library() == SHIPPED


def test_a_profile_file_broken_by_hand_stops_a_run_but_no_declaration(kept):
    add_own(load_library(), {"what": [entry("halt", requires=[["short_stop"]])]})
    kept.write_text(kept.read_text(encoding="utf-8").replace("short_stop", "shortstop"), encoding="utf-8")
    with pytest.raises(InputError, match='Entry "own_halt" of what: field "requires" names "shortstop".*short_stop'):
        load_library()
    assert offered_library() == SHIPPED
    with pytest.raises(InputError, match="own_halt"):
        add_own(load_library(), {"who": [entry()]})


def test_entries_travel_by_file_and_come_only_once(kept, tmp_path):
    full = add_own(add_own(load_library(), {"who": [entry("a")]}), {"when": [entry("b", requires=[["dawn"]])]})
    assert load_library() == full and len(full.models) == 33 * 9 * 16 * 4
    exported = tmp_path / "Möbel" / "own entries.json"
    write_own(full, exported)
    assert remove_own(load_library(), "who", "own_a") == load_library()
    assert [e.id for e in load_library().who if e.id.startswith("own_")] == []
    assert set(import_own(load_library(), exported).models) == set(full.models) == set(load_library().models)
    assert import_own(load_library(), exported) == load_library()
    changed = json.loads(exported.read_text(encoding="utf-8"))
    changed["who"][0]["definition"] = "Another meaning under the same id."
    exported.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(InputError, match='Entry "own_a" of who: field "id" is used twice'):
        import_own(load_library(), exported)
    assert [path.name for path in kept.parent.iterdir()] == ["behaviors.json"]


def test_more_entries_than_fit_are_refused(kept):
    rows = [entry(f"n{number}") for number in range(33)]
    assert len(add_own(load_library(), {"who": rows[:32]}).who) == 64
    with pytest.raises(InputError, match="who list has 65 entries"):
        add_own(load_library(), {"who": rows[32:]})


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_own(SHIPPED, tmp_path / "file" / "own.json")


def test_a_record_holds_version_own_entries_and_selections():
    library = SHIPPED.with_own(read_own({"who": [entry()]}))
    chosen = Selection(who=("own_guest",))
    study = Study(key_dates=(), library=library, behaviors=(chosen,))

    class Source:
        name = "none"

        def describe(self):
            return {}

    recorded = make_record(study, Source(), Results(tables={}))["study"]
    assert recorded["library"] == library.version != SHIPPED.version
    assert recorded["own_entries"] == {"who": [entry()]}
    assert recorded["behaviors"] == [chosen.values()]
