"""The engine's packages import downwards only, and others come in by their fronts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rules.source_tree import committed_files, shipped_python, tree_of

ENGINE = Path("plugin/engine")
ON_TOP = {"kept_card", "purpose", "results", "site_card", "study"}
DOMAIN_FREE = ("base", "earth", "stats")
CODE = [path for path in shipped_python() if ENGINE in path.parents]


def package_order() -> list[str]:
    """Return the packages in the order in which the docstring of the engine lists them."""
    return re.findall(r"^(\w+): ", ast.get_docstring(tree_of(ENGINE / "__init__.py")), re.MULTILINE)


ORDER = package_order()


def engine_imports(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield (module below the engine, name, line) of what `path` imports from the engine, functions' imports too.

    The module is dotted, "" for the engine itself: `from ..stays import detect_stays` yields ("stays", "detect_stays").
    """
    package = path.parts[:-1] if path.parts[0] == "plugin" else ()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node.lineno) for alias in node.names if "plugin.engine" in alias.name)
            continue
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            parts = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
        else:
            parts = tuple((node.module or "").split("."))[1:] if (node.module or "").startswith("sitelight.") else ()
        parts = tuple(part for part in parts if part)
        if parts[:2] == ("plugin", "engine"):
            yield from ((".".join(parts[2:]), alias.name, node.lineno) for alias in node.names)


def package_of(module: str, name: str) -> str:
    return module.split(".")[0] or name


def own_package(path: Path) -> str:
    """Return the package of the engine that a file belongs to, "" for a file of another part or of the tests."""
    if ENGINE not in path.parents:
        return ""
    return path.parts[2] if len(path.parts) > 3 else path.stem


def front_names(package: str) -> set[str]:
    """Return what a package offers: `__all__` of its front."""
    for node in tree_of(ENGINE / package / "__init__.py").body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value))
    raise AssertionError(f"the front of {package} has no __all__")


def test_every_package_has_its_place_in_the_list():
    packages = {path.parts[2] for path in CODE if len(path.parts) > 3}
    assert packages == {*ORDER, "scenario"}
    assert len(ORDER) == len(set(ORDER))
    assert {path.stem for path in CODE if len(path.parts) == 3} == {"__init__", *ON_TOP}


@pytest.mark.parametrize("package", [*ORDER, "scenario"])
def test_a_package_imports_only_what_stands_before_it(package):
    allowed = {"base"} if package == "scenario" else set(ORDER[: ORDER.index(package)])
    upwards = [
        f"{path}:{line} imports {module or name}"
        for path in CODE
        if own_package(path) == package
        for module, name, line in engine_imports(path)
        if package_of(module, name) not in {*allowed, package}
    ]
    assert not upwards, "\n".join(upwards)


def test_no_circle_inside_a_package():
    """A module imports none that leads back to it; packages cannot go round since they import downwards only."""
    known = {".".join(path.with_suffix("").parts[2:]): path for path in CODE}
    arrows = {
        name: {
            target
            for module, imported, _line in engine_imports(path)
            for target in (f"{module}.{imported}".strip("."), module)
            if target in known and target != name
        }
        for name, path in known.items()
    }
    while True:
        leaves = {name for name, targets in arrows.items() if not targets & arrows.keys()}
        if not leaves:
            break
        arrows = {name: targets for name, targets in arrows.items() if name not in leaves}
    assert arrows == {}, "these modules lead back to themselves, or to such: " + ", ".join(sorted(arrows))


def outsiders() -> list[Path]:
    """Return all Python files that may use a package only by its front: all but the package's own and its tests."""
    return [path for path in committed_files() if path.suffix == ".py" and path.parts[0] in {"plugin", "tests"}]


@pytest.mark.parametrize("package", ORDER)
def test_others_come_in_by_the_front(package):
    offered, wrong = front_names(package), []
    for path in outsiders():
        is_own = path.parts[:3] == (*ENGINE.parts, package) or path.parts[:3] == ("tests", "engine", package)
        for module, name, line in engine_imports(path):
            if is_own or package_of(module, name) != package:
                continue
            if module != package or name not in offered:
                wrong.append(f"{path}:{line} imports {name} from {module}")
    assert not wrong, "\n".join(wrong)


def test_what_a_front_offers_is_used_by_others():
    """A front is what others need: a name that nobody outside uses belongs inside."""
    used = {
        (package_of(module, name), name)
        for path in outsiders()
        for module, name, _line in engine_imports(path)
        if own_package(path) != package_of(module, name)
    }
    idle = [f"{package}.{name}" for package in ORDER for name in front_names(package) if (package, name) not in used]
    assert idle == []


@pytest.mark.parametrize("package", DOMAIN_FREE)
def test_the_ground_knows_no_word_of_the_domain(package):
    """`base`, `earth` and `stats` serve any data: no identifier in them speaks of devices, sites or findings."""
    words = {"device", "devices", "pseudonym", "site", "sites", "category", "finding", "findings", "visit", "visits"}
    found = [
        f"{path}:{getattr(node, 'lineno', 0)} {name}"
        for path in CODE
        if own_package(path) == package
        for node in ast.walk(tree_of(path))
        for name in [getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)]
        if isinstance(name, str) and words & set(name.lower().split("_"))
    ]
    assert not found, "\n".join(found)
