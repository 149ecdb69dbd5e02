"""Tests of the panel see what an analyst sees: no private attributes, and no function of ours replaced."""

from __future__ import annotations

import ast

import pytest
from rules.source_tree import ROOT, committed_files, nodes_of

FOLDERS = {"gui", "demo", "plugin", "layers"}
TESTS = [path for path in committed_files() if path.suffix == ".py" and path.parts[:1] == ("tests",)]
LOOKING = [path for path in TESTS if path.parts[1] in FOLDERS]


def private_attributes(tree: ast.AST) -> list[tuple[int, str]]:
    """Return (line, name) of attributes that begin with `_`, but for those of `self` and those of Python."""
    return sorted(
        (node.lineno, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    )  # fmt: skip


def replaced_names(path) -> list[tuple[int, str]]:
    """Return (line, what) of `setattr` on modules and names of ours; dialogs of Qt may be replaced."""
    ours = {
        alias.asname or alias.name
        for node in nodes_of(path, ast.ImportFrom)
        if (node.module or "").startswith("sitelight")
        for alias in node.names
    }
    found = []
    for node in nodes_of(path, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "setattr" and node.args:
            target = ast.unparse(node.args[0])
            is_path = "sitelight" in target and "QFileDialog" not in target
            if is_path or target.split(".")[0] in ours:
                found.append((node.lineno, target))
    return found


@pytest.mark.parametrize("path", LOOKING, ids=str)
def test_tests_read_no_private_attribute(path):
    found = private_attributes(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    assert found == [], f"{path}: find widgets by their object names"


@pytest.mark.parametrize("path", LOOKING, ids=str)
def test_tests_replace_nothing_of_ours(path):
    assert replaced_names(path) == [], f"{path}: let the code take it as an argument"


def test_the_rule_sees_what_is_private():
    code = "panel._bar.text()\nself._bar\npage.x._y\nname.__doc__\n"
    assert private_attributes(ast.parse(code)) == [(1, "_bar"), (3, "_y")]
