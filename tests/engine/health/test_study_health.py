"""A study of a faulty delivery: the fault stands in the table, the notes and the report, and nothing is found for it.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.study_report import report_html
from sitelight.plugin.engine.study import Study, run
from worlds.engine_worlds import MONDAY, ListSource
from worlds.panel_rows import WORLD, Panel, make_panel

KEY = date(1970, 1, 1) + timedelta(days=MONDAY + 100)
PANEL = make_panel(31, 150, 110)


def study(panel: Panel):
    study = Study((KEY,), world=WORLD, library=load_library(), rekey=b"key")
    return run(study, ListSource(panel.device, panel.time_ms, panel.lat, panel.lon))


def told(results) -> str:
    return " ".join(results.notes)


def significant(results):
    findings = results.tables["findings"]
    return findings[findings["q_value"] < 0.05]


def test_a_faultless_delivery_has_no_row_and_no_section():
    results = study(PANEL)
    assert len(results.tables["data_health"]) == 0 and results.evidence.windows.remembers.all()
    assert "Trust in the data" not in report_html("s", results, "")


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_ids_drawn_anew_in_the_window_make_no_finding(share):
    results = study(PANEL.renamed((PANEL.day >= 99) & (PANEL.device < share * 150)))
    table = results.tables["data_health"]
    assert table["check"].tolist() == ["ids renewed"]
    assert table["sentence"][0] in told(results) and table["sentence"][0] in report_html("s", results, "")
    windows = results.evidence.windows
    assert windows.length_days == 6 and len(windows.tested) == 1 and not windows.remembers.any()
    assert "were not tested" in told(results) and "6 instead of 7 days" in told(results)
    assert len(significant(results)) == 0
    asked = results.evidence.library.asked
    who = [entry.id for entry, is_asked in zip(results.evidence.library.who, asked.any(axis=(1, 2, 3))) if is_asked]
    assert who == ["anyone"]


def test_made_up_devices_in_the_window_are_not_counted():
    rng = np.random.default_rng(1)
    device = 5000 + np.repeat(np.arange(90), 30)
    start = PANEL.time_ms.min() // 86_400_000 * 86_400_000 + 98 * 86_400_000
    made = Panel(
        device, start + rng.integers(0, 7 * 86_400_000, len(device)), rng.uniform(4, 6, len(device)),
        rng.uniform(4, 16, len(device)),
    )  # fmt: skip
    results = study(Panel.joined([PANEL, made]))
    assert results.tables["data_health"]["check"].tolist() == ["made-up devices"]
    screening = results.tables["screening"].set_index("reason")["rows"]
    assert screening["made-up device"] > 1000 and screening.drop("read").sum() == screening["read"]
    assert len(significant(results)) == 0


def test_a_key_date_that_was_not_delivered_is_not_tested_and_says_so():
    results = study(PANEL.take((PANEL.day < 97) | (PANEL.day > 103)))
    assert results.tables["data_health"]["check"].tolist() == ["days missing"]
    assert "days of its window were not delivered" in told(results)
    assert len(results.evidence.windows.tested) == 0


def test_a_country_that_was_not_delivered_is_not_looked_at():
    results = study(PANEL.take(~((PANEL.lon > 10) & (PANEL.day >= 99) & (PANEL.day <= 101))))
    assert results.tables["data_health"]["country"].tolist() == ["BB"]
    assert "Beland" in told(results)
    assert set(results.tables["findings"]["country"]) <= {"AA"}
    assert len(significant(results)) == 0
