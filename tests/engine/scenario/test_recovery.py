"""The whole path on synthetic worlds whose seeds no parameter was tuned on: what is planted is found, else nothing."""

from __future__ import annotations

import pytest
from bench.recovery import study_scenario
from seeds import by_chance, shifted


@pytest.mark.slow
def test_planted_groups_lead_the_findings_and_all_itineraries_come_back_whole():
    found = study_scenario(seed=shifted(7401), null=False)
    assert len(found["groups"]) >= 5
    for name, rank, q_value in found["groups"]:
        assert rank is not None and rank <= 10 and q_value <= 0.05, name
    assert len(found["itineraries"]) == 4
    for name, _rank, is_recovered, stops, modes in found["itineraries"]:
        assert is_recovered, (name, stops, modes)


@pytest.mark.slow
def test_a_world_with_nothing_planted_has_no_more_findings_than_chance_gives():
    found = study_scenario(seed=shifted(7402), null=True)
    assert found["groups"] == [] and found["itineraries"] == []
    assert by_chance(found["significant_spots"], 0.05)
