"""Answers that a study is asked for after its run stand in its file, and another that is open loses none of them."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import Progress
from sitelight.plugin.engine.networks import NetworkSettings
from sitelight.plugin.engine.study import Study
from sitelight.plugin.tasks.questions import NetworkQuestion, kept_network, network_of
from sitelight.plugin.tasks.study_task import StudyRequest, load_study, run_request
from worlds.small_world import KEY_DATE, write_observations, write_sites

QUESTION = NetworkQuestion(NetworkSettings(with_cells=True))


@pytest.fixture
def study(tmp_path) -> tuple[Path, object]:
    pings, sites = write_observations(tmp_path / "pings.csv", seed=917), write_sites(tmp_path / "sites.geojson")
    path = tmp_path / "study.gpkg"
    asked = Study((date.fromisoformat(KEY_DATE),), purpose="Test on made-up data")
    request = StudyRequest(
        asked, partial(open_observations_file, pings), partial(read_sites_file, sites), str(path), {}
    )
    return path, run_request(request, Progress())


def test_a_network_asked_after_the_run_is_in_the_file_and_the_log_fits(study):
    path, results = study
    assert kept_network(QUESTION, results) is None
    answer = network_of(QUESTION, results, str(path), Progress())
    assert answer.fault is None and answer.check.fits and answer.number > 0
    again = kept_network(QUESTION, load_study(str(path), Progress()))
    assert again.number == answer.number
    columns = ["from_id", "to_id", "devices"]
    pd.testing.assert_frame_equal(
        again.found.links[columns].reset_index(drop=True), answer.tables["links"][columns].reset_index(drop=True),
        check_dtype=False,
    )  # fmt: skip
    assert len(again.found.links)


def test_a_study_that_is_open_twice_loses_no_answer(study):
    path, results = study
    first = network_of(QUESTION, results, str(path), Progress())
    before = load_study(str(path), Progress()).tables["links"]
    second = network_of(QUESTION, results, str(path), Progress())  # whoever asks has not seen the first answer
    assert first.fault is None and second.number == 0 and "meanwhile" in str(second.fault)
    pd.testing.assert_frame_equal(load_study(str(path), Progress()).tables["links"], before)
