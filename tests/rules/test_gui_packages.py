"""The panel's packages import downwards only, nothing goes round, and their `__init__`s import nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from rules.source_tree import imported_modules, nodes_of, shipped_python, tree_of

GUI = Path("plugin/gui")
CODE = [path for path in shipped_python() if GUI in path.parents]
ORDER = re.findall(r"^(\w+): ", ast.get_docstring(tree_of(GUI / "__init__.py")), re.MULTILINE)


def part_of(path: Path) -> str:
    """Return the package or, of a module beside the packages, the module that a file of the panel belongs to."""
    return path.parts[2] if len(path.parts) > 3 else path.stem


def gui_imports(path: Path) -> list[tuple[Path, int]]:
    """Return (module, line) of what `path` imports from the panel, functions' imports and those for types too."""
    modules = {".".join(("sitelight", *module.with_suffix("").parts)): module for module in CODE}
    return [(modules[name], line) for name, line in imported_modules(path) if name in modules]


def test_every_package_and_module_has_its_place_in_the_list():
    assert {part_of(path) for path in CODE} == {*ORDER, "__init__"}
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("part", ORDER)
def test_a_part_imports_only_what_stands_before_it(part):
    allowed = ORDER[: ORDER.index(part) + 1]
    upwards = [
        f"{path}:{line} imports {module}"
        for path in CODE
        if part_of(path) == part
        for module, line in gui_imports(path)
        if part_of(module) not in allowed
    ]
    assert not upwards, "\n".join(upwards)


def test_no_module_leads_back_to_itself():
    arrows = {path: {module for module, _line in gui_imports(path)} for path in CODE}
    assert sum(map(len, arrows.values())) > len(CODE)
    while True:
        leaves = {path for path, targets in arrows.items() if not targets & arrows.keys()}
        if not leaves:
            break
        arrows = {path: targets for path, targets in arrows.items() if path not in leaves}
    assert arrows == {}, "these modules lead back to themselves, or to such: " + ", ".join(map(str, sorted(arrows)))


@pytest.mark.parametrize("path", [path for path in CODE if path.name == "__init__.py"], ids=str)
def test_inits_import_nothing(path):
    assert list(nodes_of(path, ast.Import, ast.ImportFrom)) == []
