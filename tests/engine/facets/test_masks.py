"""Facet masks: what was put in by name comes out by number, up to the last of 64 entries."""

from __future__ import annotations

import numpy as np
from sitelight.plugin.engine.behaviors import Entry
from sitelight.plugin.engine.facets import Facets, has_entry, match


def random_masks(rows=500):
    holds = np.random.default_rng(4).random((64, rows)) < 0.3
    entries = [Entry(f"e{number}", "", "", "", requires=((f"a{number}",),)) for number in range(64)]
    return holds, match(entries, {f"a{number}": own for number, own in enumerate(holds)})


def test_every_entry_is_read_back():
    holds, mask = random_masks()
    for number, own in enumerate(holds):
        assert np.array_equal(has_entry(mask, number), own)
    assert np.array_equal(has_entry(mask, np.arange(64)[:, None]), holds)


def test_facets_are_read_by_axis_and_by_row():
    holds, mask = random_masks()
    none = np.zeros_like(mask)
    facets = Facets(np.arange(len(mask)), none, mask, none)
    rows = np.array([3, 3, 499, 0])
    assert np.array_equal(facets.has("when", 63), holds[63])
    assert np.array_equal(facets.take(rows).has("when", 7), holds[7][rows])
    assert not facets.has("who", 7).any() and not facets.has("what", 7).any()
