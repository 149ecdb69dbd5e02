"""The zip of the last commit: what plugins.qgis.org asks, and a bare profile in which it runs a first study."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from dev import package
from rules.source_tree import ROOT

QGIS_PROCESS = Path("/usr/bin/qgis_process.bin")  # Debian's wrapper adds an option that it does not know


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    given = os.environ.get("SITELIGHT_PACKAGE")  # built elsewhere: tests/qgis.sh has no history where it runs tests
    if given:
        return Path(given)
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs git and a checkout with its .git folder")
    target = tmp_path_factory.mktemp("package") / "sitelight.zip"
    package.build(target)
    return target


def test_the_package_is_small_and_keeps_the_rules_of_the_plugin_site(built):
    assert package.find_problems(built) == []
    assert built.stat().st_size < 4_000_000
    with zipfile.ZipFile(built) as archive:
        names = {name for name in archive.namelist() if name.endswith((".npz", ".csv", ".html", ".qml", ".svg"))}
    assert {"sitelight/resources/gazetteer/borders.npz", "sitelight/resources/help/guide.html"} <= names


@pytest.mark.parametrize(
    ("name", "mode", "told"),
    [("sitelight/run.py", 0o755, "executable"), ("sitelight/a.dll", 0o644, "does not belong"),
     ("sitelight/.hidden", 0o644, "hidden"), ("other/a.py", 0o644, "outside"), ("sitelight/../a.py", 0o644, "outside"),
     ("sitelight/__pycache__/a.py", 0o644, "does not belong")],
)  # fmt: skip
def test_what_the_plugin_site_refuses_is_seen(built, tmp_path, name, mode, told):
    path = shutil.copy(built, tmp_path / "changed.zip")
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o100000 | mode) << 16
        archive.writestr(entry, "text")
    assert any(told in problem for problem in package.find_problems(path))


@pytest.mark.slow
def test_bandit_and_detect_secrets_find_nothing(built):
    assert package.scan(built) == []


@pytest.mark.slow
def test_the_package_runs_a_first_study_in_a_bare_profile(built, tmp_path):
    if not QGIS_PROCESS.exists():
        pytest.skip(f"needs {QGIS_PROCESS}")
    profile = tmp_path / "config" / "profiles" / "default"
    (profile / "QGIS").mkdir(parents=True)
    (profile / "QGIS" / "QGIS3.ini").write_text("[PythonPlugins]\nsitelight=true\n", encoding="utf-8")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(profile / "python" / "plugins")
    ran = {"DEVICES": "40", "DAYS": "100", "OUTPUT_FOLDER": str(tmp_path / "sample")}
    made = run(tmp_path, "makescenario", ran)
    study = tmp_path / "study.gpkg"
    asked = {
        "OBSERVATIONS_FILE": str(tmp_path / "sample" / "observations.csv"), "SITES": made["SITES"],
        "KEY_DATES": "2023-08-30", "OUTPUT": str(study),
    }  # fmt: skip
    told = run(tmp_path, "analyze", asked)
    assert study.stat().st_size > 100_000 and int(told["FINDINGS"]) >= 0 and len(told["SEAL"]) == 64
    assert not list(tmp_path.rglob(".sitelight-*"))


def run(folder: Path, algorithm: str, parameters: dict[str, str]) -> dict[str, str]:
    """Run an algorithm as a user's QGIS would, with its own profile, and return its results."""
    command = [QGIS_PROCESS, "--json", "run", f"sitelight:{algorithm}", *(f"--{k}={v}" for k, v in parameters.items())]
    own = {"QGIS_CUSTOM_CONFIG_PATH": str(folder / "config"), "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, env={**environment, **own}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout)["results"]
