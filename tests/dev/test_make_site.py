"""The documentation site builds without a warning, and a link that leads nowhere is one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from rules.source_tree import ROOT

from dev.make_site import write_docs

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="MkDocs is not in this environment (make setup)"
)


@pytest.mark.parametrize("added", ["", "[gone](method.md#no-such-heading)", "[gone](no-such-page.md)", "![](none.png)"])
def test_the_site_builds_unless_a_link_leads_nowhere(tmp_path, added):
    write_docs(tmp_path / "build" / "docs")
    with open(tmp_path / "build" / "docs" / "index.md", "a", encoding="utf-8") as page:
        page.write(f"\n{added}\n")
    (tmp_path / "mkdocs.yml").write_bytes((ROOT / "mkdocs.yml").read_bytes())
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == bool(added), done.stderr
    assert ("WARNING" in done.stderr) == bool(added)
