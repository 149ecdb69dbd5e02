"""How many innocent visitors look like an itinerary, as the panel says it: above the list, on cards, below them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sitelight.plugin.gui.results.explanations import explain_itinerary
from sitelight.plugin.gui.results.false_trace_texts import about_false_traces
from sitelight.plugin.gui.results.result_models import itinerary_card

ROW = {
    "rank": 1, "device": "d1", "started": "2023-07-20T10:00:00Z", "finished": "2023-08-01T10:00:00Z",
    "key_date": "2023-07-26", "based_at": "Garrison", "stops": "Garrison → Niamey (29 Jul)", "borders": "",
    "closures": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("alike", "card", "below"),
    [
        (0.012, "strong", "at most 0.05 innocent visitors of such a list look at least like this"),  # of an older study
        (0.05, "strong", "at most 0.05 innocent visitors"),
        (0.051, "at most one innocent alike", "at most 1 innocent visitors"),
        (1.0, "at most one innocent alike", "at most 1 innocent visitors"),
        (1.3, "innocents alike: 1.3", "about 1.3 innocent visitors"),
        (37.0, "innocents alike: 37", "about 37 innocent visitors"),
        (1300.0, "innocents alike: 1,300", "about 1,300 innocent visitors"),
    ],
)
def test_cards_and_explanations_say_how_many_innocents_look_alike(qgis_app, alike, card, below):
    row = {**ROW, "lookalikes": alike}
    assert itinerary_card(row).footer.endswith(card)
    assert below in explain_itinerary(row)


def test_of_a_study_that_cannot_tell_nothing_is_said(qgis_app):
    row = {**ROW, "lookalikes": np.nan}
    assert itinerary_card(row).footer.endswith("key date 2023-07-26")
    assert "innocent" not in explain_itinerary(row)


def test_the_list_says_how_many_are_strong_and_how_many_may_be_anybody(qgis_app):
    told = about_false_traces(pd.DataFrame({"lookalikes": [0.01, 0.05, 0.4, 1.0, 30.0]}))
    assert told.startswith("2 of 5 are strong") and "1 look like more than one innocent visitor" in told
    assert "too few ordinary dates" in about_false_traces(pd.DataFrame({"lookalikes": [np.nan, np.nan]}))
    assert about_false_traces(pd.DataFrame({"lookalikes": []})) == ""
