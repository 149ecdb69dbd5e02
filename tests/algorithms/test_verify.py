"""`verifystudy` on a study that `analyze` wrote: what fits, what does not, and what only the seal tells."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3

import pytest
from processing_runs import registered_provider, run
from qgis.core import QgsProcessingException
from worlds.small_world import KEY_DATE, write_observations, write_sites


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def analyzed(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return run("analyze", {
        "OBSERVATIONS_FILE": str(write_observations(folder / "pings.csv", seed=4711)),
        "SITES": str(write_sites(folder / "sites.geojson")), "KEY_DATES": KEY_DATE,
        "PURPOSE": "A test of what is proven", "OUTPUT": str(folder / "study.gpkg"),
    })  # fmt: skip


def test_a_study_fits_and_has_the_seal_that_analyze_gave(analyzed):
    results, log = analyzed
    seal = results["SEAL"]
    assert len(seal) == 64
    short = "-".join(seal[at : at + 4] for at in range(0, 24, 4))
    assert f"Seal {short}" in log
    for given in ("", seal, short):
        found, told = run("verifystudy", {"STUDY": results["OUTPUT"], "SEAL": given})
        assert found == {"FITS": True, "MISFITS": "", "FOUND_SEAL": seal}
        assert "Every table fits the log" in told and short in told


def test_half_of_the_rows_deleted_is_said_in_one_sentence(analyzed, tmp_path):
    path = shutil.copy(analyzed[0]["OUTPUT"], tmp_path / "forged.gpkg")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        (count,) = connection.execute("SELECT count(*) FROM heat").fetchone()
        gone = connection.execute("DELETE FROM heat WHERE fid % 2").rowcount
        connection.commit()
    assert gone > 0
    found, told = run("verifystudy", {"STUDY": str(path)})
    sentence = f"heat: {count - gone} rows where {count} were written."
    assert (found["FITS"], found["MISFITS"]) == (False, sentence) and sentence in told


@pytest.mark.parametrize("seal", ["no seal", "1234"])
def test_what_is_no_seal_is_an_error_and_a_wrong_one_a_result(analyzed, seal):
    with pytest.raises(QgsProcessingException, match="24 to 64 digits"):
        run("verifystudy", {"STUDY": analyzed[0]["OUTPUT"], "SEAL": seal})
    found, _told = run("verifystudy", {"STUDY": analyzed[0]["OUTPUT"], "SEAL": "0" * 64})
    assert not found["FITS"] and found["MISFITS"].startswith("The seal is not that of this study")


def test_a_file_that_is_no_study_is_an_error(analyzed, tmp_path):
    other = tmp_path / "other.gpkg"
    other.write_bytes(b"SQLite format 3\x00" + b"\x01" * 2000)
    for path in (other, tmp_path / "none.gpkg"):
        with pytest.raises(QgsProcessingException):
            run("verifystudy", {"STUDY": str(path)})
