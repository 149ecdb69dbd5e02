"""The report says beside a study's itineraries how many of them innocent visitors would look like."""

from __future__ import annotations

import pytest
from sitelight.plugin.data.study_report import report_html
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.tables import SCHEMAS, empty_table


def report_of(*alike: float) -> str:
    tables = {name: empty_table(name) for name in SCHEMAS}
    frame = tables["itineraries"].reindex(range(len(alike)))
    frame = frame.assign(rank=range(1, len(alike) + 1), lookalikes=list(alike), closures="")
    return report_html("study.gpkg", Results({**tables, "itineraries": frame}), "seal")


def test_strong_itineraries_are_named_and_the_others_counted():
    told = report_of(0.004, 0.3, 7.0)
    assert "1 of 3 are strong: on ordinary dates and at like places at most 0.05 innocent visitors" in told
    assert "Itinerary 1: at most 0.05 innocent visitors look like it." in told and "Itinerary 2:" not in told
    assert "1 look like more than one innocent visitor" in told


@pytest.mark.parametrize("alike", [(), (float("nan"), float("nan"))])
def test_where_nothing_is_known_no_number_is_told(alike):
    told = report_of(*alike)
    assert "strong" not in told
    assert ("too few ordinary dates" in told) == bool(alike)
