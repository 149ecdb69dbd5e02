"""Stands in for QGIS over PyQt6, since no QGIS with Qt 6 can be installed where the tests run.

All classes, methods, signals and enums are those of QGIS's published type stubs: another name raises AttributeError,
and so does an enum's value without the enum's name. A method that QGIS has deprecated raises when it is called.
Widgets are real ones of Qt 6; methods return what their annotation says, an empty value of its type.
"""

from __future__ import annotations

import ast
import enum
import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

SHIMS = ("QtCore", "QtGui", "QtWidgets", "QtXml", "QtNetwork", "sip")
EMPTY: dict[str, Callable[[], Any]] = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
# What QGIS always has, though its stubs call every pointer optional.
THERE = {"instance", "lineEdit", "layerTreeRoot", "messageLog", "taskManager", "processingRegistry", "model"}


def install(stubs: Path, osgeo: Path) -> None:
    """Put `qgis` over PyQt6 into sys.modules, from the folder of the package qgis-stubs; `osgeo` is that of GDAL."""
    pyqt = _module("qgis.PyQt")
    for name in SHIMS:
        module = importlib.import_module(f"PyQt6.{name}")
        sys.modules[f"qgis.PyQt.{name}"] = module
        setattr(pyqt, name, module)
    _move_what_qt6_moved()
    known = {name: importlib.import_module(f"PyQt6.{name}") for name in ("QtCore", "QtGui", "QtWidgets", "QtXml")}
    core = _classes(stubs / "_core.pyi", "qgis.core", known)
    gui = _classes(stubs / "_gui.pyi", "qgis.gui", {**known, "_core": core})
    _rename(stubs / "core" / "__init__.py", core)
    _rename(stubs / "gui" / "__init__.py", gui)
    gui.QgsCheckableComboBox.__init__ = _editable
    core.QgsWkbTypes.Type = core.Qgis.WkbType  # QGIS renames this one, too; its stubs leave it out
    core.QgsProject.mapLayers = lambda project, validOnly=False: {}
    core.NULL = None
    core.Qgis.versionInt = staticmethod(lambda: 40_000)
    core.Qgis.QGIS_VERSION_INT = 40_000
    _module("qgis.utils").iface = None
    _module("processing").createAlgorithmDialog = lambda *arguments: None
    form = importlib.util.spec_from_file_location
    spec = form("osgeo", osgeo / "__init__.py", submodule_search_locations=[str(osgeo)])
    sys.modules["osgeo"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["osgeo"])


def _editable(combo: Any, parent: Any = None) -> None:
    """QGIS's combo of check boxes shows what is checked in a line."""
    type(combo).__mro__[1].__init__(combo, parent)
    combo.setEditable(True)


def _move_what_qt6_moved() -> None:
    """As QGIS's own qgis.PyQt does: names that Qt 6 keeps in another module are found where Qt 5 had them."""
    from PyQt6 import QtGui, QtWidgets

    for name in ("QAction", "QActionGroup", "QShortcut"):
        setattr(QtWidgets, name, getattr(QtGui, name))


def _module(name: str) -> Any:
    if name not in sys.modules:
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = []
        parent, _dot, own = name.rpartition(".")
        if parent:
            setattr(_module(parent), own, sys.modules[name])
    return sys.modules[name]


def _classes(path: Path, name: str, known: dict[str, Any]) -> Any:
    module = _module(name)
    waiting = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    names = {node.name for node in waiting}
    while waiting:  # bases first
        later = []
        for node in waiting:
            bases = {ast.unparse(base).strip("'") for base in node.bases}
            if any(base in names and not hasattr(module, base) for base in bases):
                later.append(node)
                continue
            setattr(module, node.name, _class(node, module, known))
        if len(later) == len(waiting):
            raise ValueError(f"{path} has circles: {[node.name for node in later][:5]}")
        waiting = later
    return module


def _class(node: ast.ClassDef, module: Any, known: dict[str, Any]) -> type:
    bases = [base for base in (_named(ast.unparse(one), module, known) for one in node.bases) if base is not None]
    body: dict[str, Any] = {"__module__": module.__name__}
    if not any(hasattr(base, "metaObject") for base in bases):
        body["__init__"] = lambda self, *arguments, **options: None
    for name, member in _members(node, bases, module, known):
        body[name] = member
    return type(node.name, tuple(bases), body)


def _members(node: ast.ClassDef, bases: list[type], module: Any, known: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    methods: dict[str, list[ast.FunctionDef]] = {}
    nested = {child.name: child for child in node.body if isinstance(child, ast.ClassDef)}
    for child in node.body:
        if isinstance(child, ast.FunctionDef):
            methods.setdefault(child.name, []).append(child)
        if isinstance(child, ast.AnnAssign) and "pyqtSignal" in ast.unparse(child.annotation):
            from PyQt6.QtCore import pyqtSignal

            yield child.target.id, pyqtSignal(object)
    for name, child in nested.items():
        values = [one.targets[0].id for one in child.body if isinstance(one, ast.Assign)]
        if values:
            made = enum.IntFlag(name, {value: 1 << place for place, value in enumerate(values)})
            yield name, made
            if f"{name}s" in nested:
                yield f"{name}s", made
        elif name.rstrip("s") not in nested:
            yield name, _class(child, module, known)
    for name, forms in methods.items():
        is_qt = any(hasattr(base, name) and hasattr(base, "metaObject") for base in bases)
        if not is_qt and name != "__init__":
            yield name, _method(name, forms, module, known)


def _method(name: str, forms: list[ast.FunctionDef], module: Any, known: dict[str, Any]) -> Any:
    marks = [{ast.unparse(mark).partition("(")[0] for mark in form.decorator_list} for form in forms]
    is_static = any("staticmethod" in mark for mark in marks)
    told = next((ast.unparse(form.returns) for form in forms if form.returns is not None), "None")

    def answer(*_arguments: Any, **_options: Any) -> Any:
        if all("deprecated" in mark for mark in marks):
            raise AttributeError(f"{name} is deprecated")
        return _value(name, told, module, known)

    return staticmethod(answer) if is_static else answer


def _value(name: str, told: str, module: Any, known: dict[str, Any]) -> Any:
    """Return an empty value of an annotated type; None for what may be missing."""
    plain = told.replace("'", "")
    if plain.startswith("typing.Optional["):
        plain = plain[len("typing.Optional[") : -1]
        if name not in THERE and plain not in EMPTY:
            return None
    builtin = plain.partition("[")[0].replace("typing.", "").lower()
    if builtin in EMPTY:
        return EMPTY[builtin]()
    if plain.startswith(("tuple[", "typing.Tuple[")):
        parts = ast.parse(plain, mode="eval").body.slice.elts
        return tuple(_value(name, ast.unparse(part), module, known) for part in parts)
    kind = _named(plain, module, known)
    if kind is None:
        return None
    if issubclass(kind, enum.IntFlag):
        return kind(0)
    if name != "instance":
        return kind()
    if "_the_one" not in vars(kind):
        kind._the_one = kind()
    return kind._the_one


def _named(text: str, module: Any, known: dict[str, Any]) -> Any:
    """Return the class that a stub names, None for one that stands for nothing here."""
    text = text.replace("'", "")
    first, _dot, rest = text.partition(".")
    if first in known:
        found = known[first]
    elif first == "PyQt5" or not hasattr(module, first):
        return None
    else:
        found, rest = getattr(module, first), rest
    for part in filter(None, rest.split(".")):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def _rename(path: Path, module: Any) -> None:
    """Give classes the further names that QGIS gives them when it is imported."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            owner, _dot, name = ast.unparse(node.targets[0]).rpartition(".")
            if owner.endswith("Exception") and not hasattr(module, owner):
                setattr(module, owner, type(owner, (Exception,), {"__module__": module.__name__}))
            if name.startswith("__") or not isinstance(node.value, ast.Attribute):
                continue
            try:
                value = _path(ast.unparse(node.value), module)
                setattr(_enum_of(owner, value, module), name, value)
            except AttributeError:  # names of names that are given under a condition
                continue


def _enum_of(path: str, value: Any, module: Any) -> Any:
    """Return what is at a path; an enum that QGIS has moved is known there by its earlier name, too."""
    owner, _dot, name = path.rpartition(".")
    parent = _path(owner, module) if owner else module
    if not hasattr(parent, name) and isinstance(value, enum.Enum):
        setattr(parent, name, type(value))
    return getattr(parent, name)


def _path(text: str, module: Any) -> Any:
    found: Any = module
    for part in text.split("."):
        found = getattr(found, part)
    return found
