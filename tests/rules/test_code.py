"""Rules that every shipped Python file keeps: size, forms that break QGIS or the plugin gate, docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from rules.source_tree import ROOT, nodes_of, shipped_python, tree_of

MAX_LINES = 400
MAX_FUNCTION_LINES = 60
SHIPPED = shipped_python()
FIELD_OWNER = Path("plugin/data/field_types.py")
ENGINE = [path for path in SHIPPED if path.parts[:2] == ("plugin", "engine")]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` of a chain of attributes, or an empty text."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def test_no_file_is_too_long():
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in SHIPPED}
    assert {path: n for path, n in lengths.items() if n > MAX_LINES} == {}


def test_no_function_is_too_long():
    long = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in SHIPPED
        for node in nodes_of(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_no_module_is_a_dumping_ground():
    assert [
        path for path in SHIPPED if path.stem in {"utils", "util", "helpers", "misc", "common", "tools"}
    ] == []


def test_no_assert_bare_except_or_silent_except():
    wrong = []
    for path in SHIPPED:
        wrong += [f"{path}:{node.lineno} assert" for node in nodes_of(path, ast.Assert)]
        for node in nodes_of(path, ast.ExceptHandler):
            if node.type is None:
                wrong.append(f"{path}:{node.lineno} bare except")
            if all(isinstance(line, ast.Pass) for line in node.body):
                wrong.append(f"{path}:{node.lineno} except: pass")
    assert not wrong, "\n".join(wrong)


def test_no_call_that_breaks_qgis_or_the_gate():
    forbidden_names = {"print", "eval", "exec", "__import__", "breakpoint"}
    forbidden_attributes = {
        "fromFunction": "loses results and swallows errors; subclass QgsTask",
        "exec_": "is gone in Qt 6; call exec()",
        "processEvents": "re-enters the event loop",
        "iterrows": "is slow; use arrays",
        "itertuples": "is slow; use arrays",
    }
    wrong = []
    for path in SHIPPED:
        for node in nodes_of(path, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in forbidden_names:
                wrong.append(f"{path}:{node.lineno} calls {node.func.id}()")
            if isinstance(node.func, ast.Name) and node.func.id == "QVariant" and not node.args:
                wrong.append(f"{path}:{node.lineno} QVariant() is gone in PyQt6; use NULL")
            if isinstance(node.func, ast.Name) and node.func.id == "QgsField" and path != FIELD_OWNER:
                wrong.append(f"{path}:{node.lineno} QgsField takes other types in each QGIS; use make_field")
            is_resolve = isinstance(node.func, ast.Attribute) and node.func.attr == "resolve"
            if is_resolve and "__file__" not in ast.dump(node):
                wrong.append(f"{path}:{node.lineno} Path.resolve raises on Windows for addresses; use os.path.realpath")
        for node in nodes_of(path, ast.Attribute):
            is_variant = isinstance(node.value, ast.Name) and node.value.id == "QVariant"
            if is_variant and path != FIELD_OWNER:
                wrong.append(f"{path}:{node.lineno} QVariant.{node.attr} is gone in Qt 6; use data/field_types.py")
            if node.attr in forbidden_attributes:
                wrong.append(f"{path}:{node.lineno} {node.attr} {forbidden_attributes[node.attr]}")
    assert not wrong, "\n".join(wrong)


def test_worker_modules_do_not_touch_the_project():
    """Engine and data run in a background thread: the project and the interface belong to the main thread."""
    wrong = [
        f"{path}:{node.lineno} {name}"
        for path in SHIPPED
        if path.parts[:2] in {("plugin", "engine"), ("plugin", "data")}
        for node in nodes_of(path, ast.Name, ast.Attribute)
        for name in [getattr(node, "id", getattr(node, "attr", ""))]
        if name in {"QgsProject", "iface", "QgsMapCanvas"}
    ]
    assert not wrong, "\n".join(wrong)


def python_39_breaks(tree: ast.Module) -> list[int]:
    """Return the lines with syntax that Python 3.9 does not read."""
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Match)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords}
            name = dotted(node.func).rpartition(".")[2]
            if (name == "zip" and "strict" in keywords) or (name == "dataclass" and "slots" in keywords):
                lines.append(node.lineno)
    return lines


def test_syntax_is_python_3_9():
    wrong = []
    for path in SHIPPED:
        ast.parse((ROOT / path).read_text(encoding="utf-8"), feature_version=(3, 9))
        wrong += [f"{path}:{line}" for line in python_39_breaks(tree_of(path))]
    assert not wrong, "\n".join(wrong)


def qgis_names(path) -> dict[str, object]:
    """Return the QGIS and Qt objects that `path` imports by name."""
    found = {}
    for node in nodes_of(path, ast.ImportFrom):
        if (node.module or "").split(".")[0] == "qgis" and not node.level:
            module = importlib.import_module(node.module)
            for alias in node.names:
                found[alias.asname or alias.name] = getattr(module, alias.name, None)
    return found


def enum_owner(owner: type, name: str) -> bool:
    """Return whether `name` is the value of an enum that the class `owner` has."""
    kind = type(getattr(owner, name, None))
    return id(kind) in {id(vars(base).get(kind.__name__)) for base in owner.__mro__}


def unscoped_enums(path) -> list[str]:
    """Return uses like `Qt.AlignLeft`: an enum's value without the name of the enum, which PyQt6 needs."""
    classes = {name: value for name, value in qgis_names(path).items() if inspect.isclass(value)}
    wrong = []
    named = {
        getattr(target, "id", None)
        for node in nodes_of(path, ast.Assign)
        for target in node.targets
        if isinstance(node.value, (ast.Attribute, ast.IfExp))
    }
    for node in nodes_of(path, ast.Attribute):
        name = node.value.id if isinstance(node.value, ast.Name) else None
        owner = classes.get(name)
        # An object's own, as in fields.OriginEdit; a name for an enum itself is none.
        if name not in {None, *named} and owner is None and node.attr[:1].isupper():
            owner = next((one for one in classes.values() if enum_owner(one, node.attr)), None)
        if owner is None or owner.__name__ == "QVariant":
            continue
        kind = type(getattr(owner, node.attr, None))
        if enum_owner(owner, node.attr):
            wrong.append(
                f"{path}:{node.lineno} {owner.__name__}.{node.attr}: write {kind.__qualname__}.{node.attr}"
            )
    return wrong


def test_qt_and_qgis_enums_are_scoped():
    wrong = [line for path in SHIPPED for line in unscoped_enums(path)]
    assert not wrong, "\n".join(wrong)


def test_the_enum_rule_sees_unscoped_and_passes_scoped(tmp_path, monkeypatch):
    from rules import source_tree

    sample = tmp_path / "sample.py"
    sample.write_text(
        "from qgis.PyQt.QtCore import Qt\nfrom qgis.PyQt.QtWidgets import QHeaderView\n"
        "from qgis.core import Qgis\n"
        "a = Qt.AlignLeft\nb = Qt.AlignmentFlag.AlignLeft\nc = QHeaderView.Stretch\n"
        "d = QHeaderView.ResizeMode.Stretch\ne = Qgis.MessageLevel.Warning\nf = Qgis.Warning\n"
        "def g(header): return header.Interactive\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(source_tree, "ROOT", tmp_path)
    found = {line.split(" ")[1] for line in unscoped_enums(sample)}
    assert found == {"Qt.AlignLeft:", "QHeaderView.Stretch:", "Qgis.Warning:", "QHeaderView.Interactive:"}


def public_functions(path):
    """Yield the module's public functions and the public methods of its public classes."""
    for node in tree_of(path).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (
                child
                for child in node.body
                if isinstance(child, ast.FunctionDef) and not child.name.startswith("_")
            )
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


@pytest.mark.parametrize("path", ENGINE, ids=str)
def test_engine_functions_say_what_they_do_and_take(path):
    wrong = []
    protocols = {
        child.name
        for node in nodes_of(path, ast.ClassDef)
        if any(dotted(base) == "Protocol" for base in node.bases)
        for child in node.body
        if isinstance(child, ast.FunctionDef)
    }
    if tree_of(path).body and not ast.get_docstring(tree_of(path)):
        wrong.append(f"{path} has no docstring")
    for node in public_functions(path):
        if not ast.get_docstring(node) and node.name not in protocols:
            wrong.append(f"{path}:{node.lineno} {node.name} has no docstring")
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in {"self", "cls"}]
        if bare or node.returns is None:
            wrong.append(f"{path}:{node.lineno} {node.name} lacks annotations: {', '.join(bare) or 'return'}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", [p for p in SHIPPED if tree_of(p).body], ids=str)
def test_annotations_are_not_evaluated_at_run_time(path):
    """Python 3.9 cannot evaluate some annotations that later versions can."""
    if path.name == "__init__.py" and not any(nodes_of(path, ast.FunctionDef, ast.ClassDef)):
        pytest.skip("nothing to annotate")
    if path.parts == ("__init__.py",):
        return
    futures = [node for node in nodes_of(path, ast.ImportFrom) if node.module == "__future__"]
    assert any(alias.name == "annotations" for node in futures for alias in node.names)
