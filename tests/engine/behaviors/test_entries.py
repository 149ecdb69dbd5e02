"""Own entries and broken ones: reading, matching, errors that name file, entry and field."""

from __future__ import annotations

import copy
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.data.library import BEHAVIORS, RESOURCES, load_library
from sitelight.plugin.engine.base import InputError, StudyError
from sitelight.plugin.engine.behaviors.entries import MAX_ENTRIES, WHO_ATOMS, Entry
from sitelight.plugin.engine.behaviors.library import AXES, Library
from sitelight.plugin.engine.behaviors.sentences import finding_sentence
from sitelight.plugin.engine.facets import match


@pytest.fixture(scope="module")
def shipped():
    folder = RESOURCES / "behaviors"
    return {axis: json.loads((folder / f"{axis}.json").read_text(encoding="utf-8")) for axis in AXES}


def own_entry(entry_id, **changes):
    entry = {
        "id": entry_id,
        "title": "Own",
        "sentence": "of my own kind",
        "definition": "Mine.",
        "confused_with": [],
        "requires": [["abroad"]],
    }
    return {**entry, **changes}


def test_one_more_who_adds_512_models_and_changes_no_id(shipped):
    before = Library.from_entries(shipped)
    longer = copy.deepcopy(shipped)
    longer["who"].insert(3, own_entry("own_kind"))
    after = Library.from_entries(longer)
    assert len(after.models) == len(before.models) + 512
    assert set(before.models) < set(after.models)
    assert after.version != before.version
    assert Library.from_entries(copy.deepcopy(shipped)).version == before.version


def test_a_what_entry_without_past_form_still_makes_a_sentence(shipped):
    entries = copy.deepcopy(shipped)
    entries["what"].append(own_entry("lingering", sentence="lingering", requires=[["short_stop"]]))
    sentence = finding_sentence(Library.from_entries(entries),
        "anyone", "any_hour", "lingering", "surges", 5, "on 1 May 2023", 1.0, 0, 16, "Z"
    )
    assert sentence.startswith("5 devices were at Z, lingering, on 1 May 2023;")


BREAKS = [
    ("who", {"id": None}, "id"),
    ("who", {"id": "Bad Id"}, "id"),
    ("who", {"id": "anyone"}, "id"),
    ("who", {"title": ""}, "title"),
    ("who", {"sentence": ""}, "sentence"),
    ("who", {"sentence": "two  spaces"}, "sentence"),
    ("who", {"definition": 3}, "definition"),
    ("who", {"confused_with": "local"}, "confused_with"),
    ("who", {"requires": None}, "requires"),
    ("who", {"requires": ["abroad"]}, "requires"),
    ("who", {"requires": [[]]}, "requires"),
    ("who", {"requires": [["abrod"]]}, "requires"),
    ("who", {"requires": [["goes_on_linked"]]}, "requires"),
    ("who", {"requirs": []}, "requirs"),
    ("who", {"past": "was {spot}"}, "past"),
    ("what", {"requires": [["overnight"]], "past": "stayed"}, "past"),
    ("change", {"requires": [], "tail": "upper"}, "requires"),
]


@pytest.mark.parametrize(("axis", "changes", "name"), BREAKS)
def test_a_broken_entry_is_named_with_its_field(shipped, axis, changes, name):
    entries = copy.deepcopy(shipped)
    entries[axis].append({**own_entry("own_kind"), **changes})
    with pytest.raises(InputError) as caught:
        Library.from_entries(entries)
    label = changes.get("id", "own_kind") or str(len(entries[axis]))
    assert f'Entry "{label}" of {axis}: field "{name}"' in str(caught.value)


@pytest.mark.parametrize("tail", [None, "", 1, "Upper tail"])
def test_a_wrong_tail_is_named(shipped, tail):
    entries = copy.deepcopy(shipped)
    entries["change"][1]["tail"] = tail
    with pytest.raises(InputError, match='Entry "surges" of change: field "tail" must be a word'):
        Library.from_entries(entries)


@pytest.mark.parametrize("rows", [None, [], {}, "text", [1], [own_entry(f"own_{i}") for i in range(65)]])
def test_a_broken_list_is_refused(shipped, rows):
    with pytest.raises(InputError, match="who"):
        Library.from_entries({**shipped, "who": rows})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[{]", "line 1"),
        ("[]", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        ('[{"id": "x"}]', '"title"'),
        (None, "cannot be read"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, says):
    folder = tmp_path / "own"
    shutil.copytree(RESOURCES / "behaviors", folder)
    path = folder / "what.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        load_library(folder)
    assert str(path) in str(caught.value) and says in str(caught.value)


def test_own_folder_is_read_and_the_shipped_one_stays(tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(RESOURCES / "behaviors", folder)
    text = (folder / "who.json").read_text(encoding="utf-8")
    rows = json.loads(text) + [own_entry("own_kind")]
    (folder / "who.json").write_text(json.dumps(rows), encoding="utf-8-sig")
    assert len(load_library(folder).who) == 33
    assert len(load_library().who) == 32
    assert load_library(BEHAVIORS) is load_library(BEHAVIORS)


def test_more_than_64_entries_do_not_fit_a_mask():
    entries = [Entry(f"e{i}", "t", "s", "d") for i in range(MAX_ENTRIES + 1)]
    with pytest.raises(StudyError, match="65 entries"):
        match(entries, {"abroad": np.zeros(2, dtype=bool)})


groups = st.lists(st.lists(st.sampled_from(WHO_ATOMS), min_size=1, max_size=3), max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(groups, min_size=1, max_size=64), st.integers(0, 2**32 - 1), st.integers(0, 9))
def test_masks_equal_the_conditions_read_literally(conditions, seed, count):
    random = np.random.default_rng(seed)
    atoms = {name: random.random(count) < 0.5 for name in WHO_ATOMS}
    entries = [
        Entry(f"e{j}", "t", "s", "d", requires=tuple(tuple(group) for group in condition))
        for j, condition in enumerate(conditions)
    ]
    masks = match(entries, atoms)
    expected = [
        sum(
            1 << j
            for j, condition in enumerate(conditions)
            if all(any(atoms[atom][visit] for atom in group) for group in condition)
        )
        for visit in range(count)
    ]
    assert masks.dtype == np.uint64 and masks.shape == (count,)
    assert masks.tolist() == expected
