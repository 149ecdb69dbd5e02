"""The shipped behavior library: its size, ids, names, sentences and the meaning of its conditions."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest
from sitelight.plugin.data.library import BEHAVIORS, load_library
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.behaviors.entries import ATOMS
from sitelight.plugin.engine.behaviors.library import behavior_id
from sitelight.plugin.engine.behaviors.sentences import behavior_name, behavior_sentence, finding_sentence, window_text
from sitelight.plugin.engine.facets import match

# design 4.3: the order is public, because bit j of a mask is entry j
WHO = [
    "anyone", "resident", "local", "domestic", "neighbouring", "abroad", "unknown_home", "first_time",
    "occasional", "regular", "seen_military", "seen_airport", "seen_air_base", "seen_port",
    "seen_border_crossing", "seen_government", "seen_embassy", "seen_police", "seen_energy_or_mining",
    "seen_telecom", "seen_hotel", "seen_market", "seen_transport_hub", "home_military", "lodged_hotel",
    "foreign_military", "foreign_first_time", "by_air_96h", "foreign_hotel", "foreign_official",
    "military_first_time", "linked",
]
WHEN = [
    "any_hour", "night", "dawn", "working_hours", "evening", "rest_days", "round_the_clock", "off_hours",
]
WHAT = [
    "any_presence", "passing", "short_stop", "meeting_length", "shift", "overnight", "multi_day",
    "daily_return", "arrives_by_air", "from_afar", "across_border", "in_company", "in_group", "in_convoy",
    "goes_on_to_watched", "leaves_country",
]
CHANGE = [
    "appears", "surges", "falls_away", "shifts",
]


@pytest.fixture(scope="module")
def library():
    return load_library(BEHAVIORS)


def parts(library):
    return [model.split(".") for model in library.models]


def test_axes_are_those_of_the_design_in_order(library):
    for axis, ids in (("who", WHO), ("when", WHEN), ("what", WHAT), ("change", CHANGE)):
        assert [entry.id for entry in getattr(library, axis)] == ids


def test_16384_models_with_distinct_ids_names_and_sentences(library):
    models = parts(library)
    assert len(library.models) == 16_384
    assert len(set(library.models)) == 16_384
    assert len({behavior_name(library, *ids) for ids in models}) == 16_384
    assert len({behavior_sentence(library, *ids) for ids in models}) == 16_384
    assert behavior_id("abroad", "night", "overnight", "appears") in library.models


def test_every_sentence_is_well_formed(library):
    broken = re.compile(r"  | ,|,,|\(|any hour|any presence| :|: $|\bNone\b|_", re.IGNORECASE)
    for ids in parts(library):
        sentence = behavior_sentence(library, *ids)
        assert not broken.search(sentence), sentence
        assert sentence.startswith("Devices ") and sentence == sentence.strip()
        assert len(sentence) < 200


def test_every_finding_sentence_is_well_formed(library):
    broken = re.compile(r"  | ,|,,|;;|\.\.|[{}]|any hour|_", re.IGNORECASE)
    window = "in the 8 days around 26 July 2023"
    for devices in (0, 1, 23):
        for ids in parts(library):
            sentence = finding_sentence(library, *ids, devices, window, 4.2, 0, 16, "Hotel X")
            assert not broken.search(sentence), sentence
            assert sentence.endswith(".") and sentence.count("Hotel X") == 1


def test_sentences_read_as_in_the_design(library):
    assert behavior_sentence(library, "abroad", "any_hour", "overnight", "appears") == (
        "Devices from farther abroad, staying overnight: appears"
    )
    assert behavior_sentence(library, "anyone", "night", "any_presence", "falls_away") == (
        "Devices present at night: falls away"
    )
    assert behavior_sentence(library, "seen_military", "rest_days", "in_convoy", "surges") == (
        "Devices recently seen at a military site, arriving in convoy, on rest days: surges"
    )


def test_finding_sentence_of_more_than_expected(library):
    window = window_text(date(2023, 7, 23), date(2023, 7, 30), date(2023, 7, 26))
    assert finding_sentence(library,
        "abroad", "any_hour", "overnight", "appears", 23, window, 0.4, 0, 16, "Hotel X"
    ) == (
        "23 devices from farther abroad stayed overnight at Hotel X in the 8 days around 26 July 2023; "
        "0.4 expected; on 0 of 16 ordinary dates something this strong appeared anywhere."
    )


def test_finding_sentence_of_fewer_than_expected(library):
    one = finding_sentence(library,
        "anyone", "working_hours", "any_presence", "falls_away", 1, "on 1 May 2023", 18.2, 1, 1, "Embassy {Y}"
    )
    assert one == (
        "Fewer than 5 devices were at Embassy {Y} in working hours, on 1 May 2023; 18.2 expected; "
        "on 1 of 1 ordinary date something this strong appeared anywhere."
    )
    none = finding_sentence(library,
        "resident", "any_hour", "overnight", "falls_away", 0, "on 1 May 2023", 1234.0, 0, 0, "Z"
    )
    assert none == (
        "Fewer than 5 devices living here stayed overnight at Z on 1 May 2023; 1,234 expected; "
        "the data hold no ordinary date to compare with."
    )
    some = finding_sentence(library,
        "resident", "any_hour", "overnight", "falls_away", 5, "on 1 May 2023", 1234.0, 0, 0, "Z"
    )
    assert some.startswith("Only 5 devices living here stayed overnight at Z")


def test_finding_sentence_of_a_share_that_shifts(library):
    sentence = finding_sentence(library,
        "local", "any_hour", "passing", "shifts", 40, "on 1 May 2023", 0.01, 0, 16, "Z"
    )
    assert "40 devices living nearby passed through Z on 1 May 2023;" in sentence
    assert "under 0.1 expected at their usual share of the devices there;" in sentence


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2023, 7, 26), date(2023, 7, 26), "on 26 July 2023"),
        (date(2023, 7, 26), date(2023, 7, 30), "in the 5 days from 26 July 2023"),
        (date(2023, 7, 20), date(2023, 7, 26), "in the 7 days up to 26 July 2023"),
        (date(2023, 7, 25), date(2023, 7, 27), "in the 3 days around 26 July 2023"),
    ],
)
def test_window_text(start, end, text):
    assert window_text(start, end, date(2023, 7, 26)) == text


def test_combined_entries_mean_what_their_names_say(library):
    """All 2^6 combinations of six atoms, against conditions written out by hand."""
    names = ("abroad", "neighbouring", "seen_military", "seen_air_base", "home_military", "first_time")
    cases = np.array(np.meshgrid(*[[False, True]] * 6)).reshape(6, -1)
    atoms = {name: np.zeros(cases.shape[1], dtype=bool) for name in ATOMS["who"]}
    atoms.update(zip(names, cases))
    masks = match(library.who, atoms)
    far, near, seen, air, home, new = cases

    def bit(entry_id):
        return (masks >> np.uint64(WHO.index(entry_id))) & np.uint64(1) == 1

    assert bit("anyone").all()
    assert np.array_equal(bit("foreign_military"), (far | near) & (seen | air | home))
    assert np.array_equal(bit("foreign_first_time"), (far | near) & new)
    assert np.array_equal(bit("military_first_time"), (seen | home) & new)
    assert not bit("foreign_hotel").any() and not bit("linked").any()


def test_every_plain_entry_matches_its_atom_alone(library):
    """With one atom true, exactly `anyone` and the entries that ask for no more than it match."""
    for axis in ("who", "when", "what"):
        entries = getattr(library, axis)
        for atom in ATOMS[axis]:
            atoms = {name: np.array([name == atom]) for name in ATOMS[axis]}
            mask = int(match(entries, atoms)[0])
            matched = [entry for j, entry in enumerate(entries) if mask >> j & 1]
            alone = [entry for entry in matched if entry.requires]
            assert matched[0] is entries[0]
            assert len(alone) == 1, (atom, [entry.id for entry in alone])
            assert alone[0].requires == ((atom,),)


def test_select_keeps_library_order_and_other_axes(library):
    chosen = library.select(who=("abroad", "anyone"), change=("appears",))
    assert [entry.id for entry in chosen.who] == ["anyone", "abroad"]
    assert len(chosen.models) == 2 * 8 * 16 * 1
    assert set(chosen.models) < set(library.models)
    assert library.select().models == library.models


@pytest.mark.parametrize(
    ("axis", "wrong", "near"),
    [("who", "abrod", "abroad"), ("what", "overnigt", "overnight"), ("when", "nite", "night")],
)
def test_select_names_the_unknown_id_and_the_nearest(library, axis, wrong, near):
    with pytest.raises(StudyError, match=f'no {axis} "{wrong}".*{near}'):
        library.select(**{axis: (wrong,)})
    with pytest.raises(StudyError, match=f'no {axis} "{wrong}".*{near}'):
        library.entry(axis, wrong)


def test_confusions_that_look_like_ids_are_ids_of_the_same_library(library):
    known = set(WHO + WHEN + WHAT + CHANGE)
    for axis in ("who", "when", "what", "change"):
        for entry in getattr(library, axis):
            assert entry.confused_with and entry.id not in entry.confused_with
            for word in entry.confused_with:
                assert word in known or "_" not in word, (entry.id, word)
