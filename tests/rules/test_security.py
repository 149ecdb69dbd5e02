"""The plugin site blocks a package with any finding of Bandit or detect-secrets: there must be none."""

from __future__ import annotations

import json
import subprocess
import sys

from rules.source_tree import ROOT, committed_files, shipped_python


def test_bandit_finds_nothing():
    files = [str(path) for path in shipped_python()]
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-f", "json", *files],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["errors"] == []
    assert {name.removeprefix("./") for name in report["metrics"]} >= set(files)
    found = [f"{hit['filename']}:{hit['line_number']} {hit['test_name']}" for hit in report["results"]]
    assert not found, "\n".join(found)


def test_nothing_is_hidden_from_bandit():
    marks = ("# no" + "sec", "# noqa: S")
    hidden = [
        f"{path}:{number}"
        for path in shipped_python()
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert hidden == []


def test_detect_secrets_finds_nothing():
    outside = {"tests", ".ci", "i18n"}
    # The gazetteer's two tables alone take half a minute; `make package` scans them too.
    files = [str(path) for path in committed_files() if path.parts[0] not in outside and path.suffix != ".csv"]
    files.remove("metadata.txt")
    done = subprocess.run(
        [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "--no-verify", *files],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    results = json.loads(done.stdout)["results"]
    found = [f"{name}:{hit['line_number']} {hit['type']}" for name, hits in results.items() for hit in hits]
    assert not found, "\n".join(found)
