"""Ids drawn anew, rotated, and panels that grow or shrink at once: named, on the right day; turnover that is usual is
not."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.engine.health import CHECKS
from worlds.engine_worlds import MONDAY
from worlds.panel_rows import checks, examined, make_panel, screened_only

PANEL = make_panel()
RENEWED, SHORT_LIVED, JUMP = "ids renewed", "short-lived ids", "panel jumps"


def test_an_ordinary_panel_has_no_fault_and_stays_as_it_is():
    screened, health = examined(PANEL)
    assert health.faults == () and health.notes() == ()
    assert screened.counts == screened_only(PANEL).counts
    assert health.settled.all() and len(health.gaps.missing) == 0 and not health.gaps.always_new


@pytest.mark.parametrize("seed", range(20, 26))
@pytest.mark.parametrize("bursts", [0.7, 6.0])
def test_sparse_and_dense_panels_have_no_fault(seed, bursts):
    _, health = examined(make_panel(seed, 100, 60, bursts))
    assert health.faults == ()


@pytest.mark.parametrize("day", [20, 45, 64])
@pytest.mark.parametrize("share", [0.25, 0.6, 1.0])
def test_ids_drawn_anew_are_named_on_their_day(day, share):
    chosen = (PANEL.day >= day) & (PANEL.device < share * 120)
    _, health = examined(PANEL.renamed(chosen))
    assert checks(health) == [RENEWED]
    fault = health.faults[0]
    assert fault.start == fault.end == MONDAY + day
    assert fault.share == pytest.approx(share, abs=0.1)
    assert health.gaps.doubled.tolist() == health.gaps.renewed.tolist() == [MONDAY + day]


@pytest.mark.parametrize("life", [7, 14, 28])
@pytest.mark.parametrize("staggered", [True, False])
def test_ids_that_live_some_weeks_are_named_with_their_life(life, staggered):
    panel = make_panel(3, 120, 100)
    number = (panel.day + staggered * panel.device * 5) // life + 1
    _, health = examined(panel.renamed(np.ones(len(panel), bool), number))
    assert checks(health) == [SHORT_LIVED] and health.gaps.always_new
    assert f"some {life} days" in health.faults[0].sentence or f"some {life - 1} days" in health.faults[0].sentence


def test_a_panel_that_doubles_at_once_is_told_from_ids_drawn_anew():
    _, health = examined(PANEL.take((PANEL.day >= 40) | (PANEL.device % 2 == 0)))
    assert checks(health) == [JUMP] and "grew" in health.faults[0].sentence
    assert health.gaps.renewed.tolist() == [MONDAY + 40] and len(health.gaps.doubled) == 0


def test_a_panel_that_halves_at_once_forgets_nothing():
    _, health = examined(PANEL.take((PANEL.day < 40) | (PANEL.device % 2 == 0)))
    assert checks(health) == [JUMP] and "shrank" in health.faults[0].sentence
    assert len(health.gaps.renewed) == 0


def test_devices_that_join_and_leave_evenly_are_no_fault():
    rng = np.random.default_rng(8)
    panel = make_panel(8, 300, 90)
    first, last = rng.integers(-60, 90, 300), rng.integers(0, 150, 300)
    _, health = examined(panel.take((panel.day >= first[panel.device]) & (panel.day <= last[panel.device])))
    assert health.faults == ()


def test_a_handful_of_devices_is_no_panel():
    few = PANEL.take(PANEL.device < 12)
    _, health = examined(few.renamed(few.day >= 40))
    assert health.faults == ()


def test_every_fault_has_a_name_of_the_list_and_one_sentence():
    _, health = examined(PANEL.renamed(PANEL.day >= 40))
    for fault in health.faults:
        assert fault.check in CHECKS
        assert fault.sentence.endswith(".") and fault.done.endswith(".")
