"""What the layout tests look at: the files of the repository, and their syntax trees."""

from __future__ import annotations

import ast
import fnmatch
import functools
import os
from collections.abc import Iterator
from pathlib import Path

from sitelight_package import ROOT

PLUGIN = ROOT / "plugin"


@functools.cache
def committed_files() -> tuple[Path, ...]:
    """Return the files of the checkout that .gitignore lets git commit, as paths relative to the root.

    They are walked to, not asked of git: a checkout may have been unpacked without .git, on a machine without git.
    """
    rules = [line for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines() if line]
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        inside = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name != ".git" and not _is_ignored(inside / name, True, rules)]
        found += [inside / name for name in files if name != ".git" and not _is_ignored(inside / name, False, rules)]
    return tuple(sorted(found))


def _is_ignored(path: Path, is_folder: bool, rules: list[str]) -> bool:
    """Return whether a rule of .gitignore names `path`; in use are `/name` at the root, `name` and `name/`."""
    return any(
        fnmatch.fnmatchcase(path.as_posix() if rule.startswith("/") else path.name, rule.strip("/"))
        for rule in rules
        if is_folder or not rule.endswith("/")
    )


@functools.cache
def left_out_of_package() -> tuple[Path, ...]:
    """Return the files and folders that .gitattributes keeps out of the package, relative to the root."""
    lines = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    return tuple(Path(line.split()[0].lstrip("/")) for line in lines if line.endswith(" export-ignore"))


def shipped_python() -> list[Path]:
    """Return the Python files that reach the user, relative to the root."""
    return [
        path for path in committed_files()
        if path.suffix == ".py" and not any(path == out or out in path.parents for out in left_out_of_package())
    ]  # fmt: skip


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of `path` (relative to the root)."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def nodes_of(path: Path, *kinds: type) -> Iterator[ast.AST]:
    """Yield the nodes of these kinds anywhere in `path`, nested ones too."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, kinds))


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """Yield (absolute module name, line) of every import in `path`; the root package is `sitelight`."""
    package = ("sitelight", *path.parts[:-1])
    for node in nodes_of(path, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
            continue
        base = package[: len(package) - node.level + 1] if node.level else ()
        module = ".".join((*base, *([node.module] if node.module else [])))
        yield module, node.lineno
        for alias in node.names:
            yield f"{module}.{alias.name}", node.lineno
