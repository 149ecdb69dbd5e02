"""The repository is what a newcomer and the plugin site expect: files, versions, licence, resources."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest
from rules.source_tree import ROOT, committed_files

TOP_LEVEL = {
    "metadata.txt", "__init__.py", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml",
    "CONTRIBUTING.md", ".ci", ".github", ".qgis-plugin-ci", "mkdocs.yml", ".gitattributes", ".gitignore",
    ".pre-commit-config.yaml", "plugin", "resources", "tests", "i18n",
}  # fmt: skip
PLUGIN_PARTS = {"README.md", "__init__.py", "plugin.py", "engine", "data", "tasks", "layers", "gui", "algorithms"}
TEXT_SUFFIXES = {".py", ".md", ".txt", ".toml", ".json", ".qml", ".svg", ".sh", ".csv", ".ts", ".yml", ""}


@pytest.fixture(scope="module")
def metadata() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return parser["general"]


def test_files_walked_to_are_those_that_git_commits():
    command = ["git", "-c", "safe.directory=*", "-c", "core.excludesFile=", "ls-files", "-coz", "--exclude-standard"]
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs git and a checkout with its .git folder")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    assert set(committed_files()) == {Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()}


def test_top_level_holds_only_what_belongs_there():
    assert {path.parts[0] for path in committed_files()} <= TOP_LEVEL


def test_plugin_folder_holds_only_its_parts():
    assert {path.parts[1] for path in committed_files() if path.parts[0] == "plugin"} == PLUGIN_PARTS


def test_no_path_of_a_machine_is_committed():
    places = "|".join(["tmp", "work", "root", "home", "Users"])
    machine_path = re.compile(rf"(?<![\w.~/}}>)*-])/(?:{places})/[\w.]")
    wrong = []
    for path in committed_files():
        if path.suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
            if machine_path.search(line):
                wrong.append(f"{path}:{number} {line.strip()[:80]}")
    assert not wrong, "\n".join(wrong)


def test_no_file_is_a_program_archive_or_larger_than_it_should_be():
    forbidden = {".pyc", ".so", ".dll", ".exe", ".zip", ".pkl", ".parquet", ".qm", ".bat"}
    assert [path for path in committed_files() if path.suffix in forbidden] == []
    sizes = {path: (ROOT / path).stat().st_size for path in committed_files()}
    assert {path: size for path, size in sizes.items() if size > 3_000_000} == {}


@pytest.mark.parametrize(
    "key",
    ["name", "description", "version", "qgisMinimumVersion", "qgisMaximumVersion", "author", "email", "about",
     "homepage", "tracker", "repository", "icon", "category", "tags"],
)  # fmt: skip
def test_metadata_has_what_the_plugin_site_requires(metadata, key):
    assert metadata[key].strip()


def test_metadata_declares_versions_and_provider(metadata):
    assert (metadata["qgisMinimumVersion"], metadata["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert metadata["hasProcessingProvider"] == "yes"
    assert "supportsQt6" not in metadata
    assert "/" not in metadata["author"]
    assert "<" not in metadata["about"] + metadata["description"]
    for topic in ("Dependencies:", "Platforms:", "Limits:", "Privacy:"):
        assert topic in metadata["about"]


def test_metadata_icon_exists(metadata):
    assert (ROOT / metadata["icon"]).is_file()


def test_versions_agree(metadata):
    changelog = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert metadata["version"] == changelog.group(1) == project.group(1)
    assert metadata["changelog"].startswith(metadata["version"])


def test_licence_is_the_whole_gpl_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 2, June 1991" in text
    assert "How to Apply These Terms to Your New Programs" in text


@pytest.mark.parametrize("path", [p for p in committed_files() if p.suffix == ".json"], ids=str)
def test_json_parses(path):
    assert json.loads((ROOT / path).read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize(
    "path", [p for p in committed_files() if p.suffix in {".qml", ".svg", ".ui", ".ts"}], ids=str
)
def test_xml_parses(path):
    root = xml.etree.ElementTree.parse(ROOT / path).getroot()
    assert root.tag.rpartition("}")[2] in {"qgis", "svg", "ui", "TS"}


def test_documents_name_only_make_targets_that_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    for name in ("README.md", "CONTRIBUTING.md", "plugin/README.md"):
        named = set(re.findall(r"make ([a-z-]+)", read_text(name)))
        assert named <= targets, name
    assert targets - {"help", "peers"} <= set(re.findall(r"make ([a-z-]+)", read_text("CONTRIBUTING.md")))


def read_text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_tests_mirror_what_they_test():
    """One folder per part and per package of the engine, beside the tests' own tools; no test lies at the top."""
    tests = [path for path in committed_files() if path.parts[0] == "tests"]
    folders = {path.parts[1] for path in tests if len(path.parts) > 2}
    parts = PLUGIN_PARTS - {"__init__.py", "plugin.py", "README.md"}
    assert folders <= {*parts, "plugin", "rules", "worlds", "bench", "demo", "dev", "fuzz", "qt6"}
    packages = {path.parts[2] for path in committed_files() if path.parts[:2] == ("plugin", "engine")}
    assert {path.parts[2] for path in tests if path.parts[1] == "engine" and len(path.parts) > 3} <= packages
    assert [path for path in tests if len(path.parts) == 2 and path.name.startswith("test_")] == []


def test_ci_script_only_needs_the_repository():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    steps = [line for line in script.splitlines() if line.startswith("bash ")]
    assert steps == ["bash tests/run.sh", "bash tests/qgis.sh 3.44 || code=$?"]


@pytest.mark.parametrize(("ours", "theirs", "expected"), [(0, 0, 0), (0, 75, 0), (0, 1, 1), (1, 0, 1), (75, 0, 75)])
def test_ci_fails_as_its_tests_do_and_not_where_no_other_qgis_can_be_made(tmp_path, ours, theirs, expected):
    (tmp_path / ".ci").mkdir()
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    for name, code in (("run", ours), ("qgis", theirs)):
        (tmp_path / "tests" / f"{name}.sh").write_text(f"exit {code}\n", encoding="utf-8")
    ended = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], check=False)
    assert ended.returncode == expected


def test_another_qgis_that_cannot_be_made_is_told_and_fails_nothing_else(tmp_path):
    """Without rights and tools it says in one line that nothing was tested, and who calls it knows by the code."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "env", "mkdir", "flock"):
        (tools / name).symlink_to(shutil.which(name))
    (tools / "unshare").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tools / "unshare").chmod(0o755)
    surroundings = {"PATH": str(tools), "HOME": str(tmp_path), "SITELIGHT_QGIS_CACHE": str(tmp_path / "cache")}
    ended = subprocess.run(
        ["bash", "tests/qgis.sh", "3.44"], cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 75 and ended.stdout == ""
    assert re.fullmatch(r"test-qgis: QGIS 3\.44 WAS NOT TESTED: .+\.\n", ended.stderr)
    unknown = subprocess.run(["bash", "tests/qgis.sh", "3.99"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert unknown.returncode == 2 and "3.40 or 3.44" in unknown.stderr


@pytest.mark.parametrize("command", ["bash tests/run.sh", "bash tests/demo.sh"])
def test_commands_of_the_readme_are_scripts_that_the_makefile_calls(command):
    assert (ROOT / command.split()[1]).read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    assert f"@{command}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_package_is_loaded_under_its_real_name():
    assert Path(sys.modules["sitelight"].__file__) == ROOT / "__init__.py"
    assert not [name for name in sys.modules if name == "plugin" or name.startswith("plugin.")]
