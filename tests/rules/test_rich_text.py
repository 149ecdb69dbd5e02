"""Texts from data reach Qt as plain text or escaped: Qt takes what looks like HTML for HTML, and loads what that names.

Labels come from `form_parts` (`plain_label`, or `rich_label` for HTML), tooltips go through `tip`, and HTML is put
together from escaped parts only.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from rules import source_tree
from rules.source_tree import nodes_of, shipped_python, tree_of

GUI = [path for path in shipped_python() if path.parts[:2] in {("plugin", "gui"), ("plugin", "layers")}]
GUI.append(Path("plugin/plugin.py"))
# Where labels and text browsers are made; the second stands in the panel's place while packages are missing.
MAKERS = {"plugin/gui/widgets/form_parts.py", "plugin/gui/widgets/page_parts.py", "plugin/gui/requirements_panel.py"}
WIDGETS = {"QLabel", "QTextBrowser", "QTextEdit", "QMessageBox", "QErrorMessage", "QWhatsThis", "QSplashScreen"}
# What is said by calls of these is shown as HTML where it looks like HTML.
TIPS = {"setToolTip", "setWhatsThis", "showText", "pushMessage", "logMessage", "createMessage"}
HTML = {
    "setHtml", "insertHtml", "appendHtml", "setDetailedText", "setAbstract", "setMapTipTemplate",
    "setDisplayExpression",
}  # fmt: skip
ESCAPES = {"tip", "nbsp", "escape"}
MARKUP = re.compile(r"</?[a-zA-Z]")


def called(node: ast.AST) -> str:
    """Return the name of what a call calls, without what it belongs to."""
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


class Module:
    """A file whose expressions are judged: is a text a literal, a translation or escaped, or HTML of such parts?"""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._owners: dict[ast.AST, ast.AST] = {}
        for function in ast.walk(tree):
            if isinstance(function, (ast.FunctionDef, ast.Module)):
                for node in ast.walk(function):
                    self._owners[node] = function

    def is_safe(self, node: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
        """Return whether no text of an expression can be HTML from data; names are followed within their function."""
        if isinstance(node, ast.Call):
            return self._is_safe_call(node, seen)
        if isinstance(node, ast.Name):
            return self._is_safe_name(node, seen)
        if isinstance(node, ast.FormattedValue):
            is_number = node.format_spec is not None and MARKUP.search(ast.unparse(node.format_spec)) is None
            return is_number or self.is_safe(node.value, seen)
        if isinstance(node, ast.Attribute):
            return node.attr in {"NAME", "TITLE"} or node.attr.endswith(("_html", "COLOR", "MARK"))
        if isinstance(node, (ast.JoinedStr, ast.List, ast.Tuple)):
            return all(self.is_safe(part, seen) for part in getattr(node, "values", getattr(node, "elts", ())))
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return self.is_safe(node.elt, seen)
        if isinstance(node, ast.IfExp):
            return self.is_safe(node.body, seen) and self.is_safe(node.orelse, seen)
        if isinstance(node, ast.BoolOp):
            return all(self.is_safe(value, seen) for value in node.values)
        if isinstance(node, ast.BinOp):
            return self.is_safe(node.left, seen) and self.is_safe(node.right, seen)
        if isinstance(node, ast.Starred):
            return self.is_safe(node.value, seen)
        return isinstance(node, ast.Constant)

    def _is_safe_call(self, node: ast.Call, seen: frozenset[str]) -> bool:
        name = called(node)
        if name in ESCAPES | {"tr", "translate", "int", "len", "round"}:
            return True
        if name == "name":  # of a colour; names of layers and files are data
            return "color" in getattr(node.func.value, "id", "")
        if name == "map":
            return getattr(node.args[0], "attr", getattr(node.args[0], "id", "")) in ESCAPES | self.html_makers()
        if name == "join" and len(node.args) == 1:
            return self.is_safe(node.args[0], seen)
        if name == "replace":
            return self.is_safe(node.func.value, seen)
        if name == "format":
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            return all(self.is_safe(one, seen) for one in (node.func.value, *values))
        return name.endswith("_html") or name in self.html_makers()

    def html_makers(self) -> set[str]:
        """Return the functions of this file all of whose results are safe but for parameters, which callers escape."""
        return {
            one.name for one in ast.walk(self.tree)
            if isinstance(one, ast.FunctionDef) and any(
                isinstance(part, ast.Constant) and isinstance(part.value, str) and MARKUP.search(part.value)
                for part in ast.walk(one)
            )
        }  # fmt: skip

    def _is_safe_name(self, node: ast.Name, seen: frozenset[str]) -> bool:
        if node.id in seen:
            return True  # it is made of itself and of what else is judged
        if node.id.isupper() or node.id.endswith("_html"):  # who names it so says that it is made of escaped parts
            return True
        owner, found = self._owners.get(node, self.tree), []
        for one in ast.walk(owner):
            if isinstance(one, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
                targets = one.targets if isinstance(one, ast.Assign) else [one.target]
                for target in targets:
                    found += values_for(target, one.value, node.id)
            if isinstance(one, ast.Call) and called(one) in {"append", "extend"} and (
                getattr(one.func.value, "id", "") == node.id
            ):
                found += one.args
            if isinstance(one, (ast.comprehension, ast.For)):
                found += [one.iter] if node.id in names_of(one.target) else []
        return bool(found) and all(self.is_safe(one, seen | {node.id}) for one in found)


def values_for(target: ast.AST, value: ast.AST, name: str) -> list[ast.AST]:
    """Return what an assignment gives to a name; of one to several names the part that it gets."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return [part for one, part in zip(target.elts, value.elts) if name in names_of(one)]
    return [value] if name in names_of(target) else []


def names_of(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def faults_of(path: Path) -> list[str]:
    """Return the calls and texts of a file by which a text from data could become HTML."""
    module, wrong = Module(tree_of(path)), []
    rich = {
        target.attr for node in nodes_of(path, ast.Assign) for target in node.targets
        if isinstance(target, ast.Attribute) and called(node.value) == "rich_label"
    }  # fmt: skip
    for node in nodes_of(path, ast.Call):
        name, told = called(node), f"{path}:{node.lineno} {called(node)}"
        if name in WIDGETS and path.as_posix() not in MAKERS:
            wrong.append(f"{told}: make it by form_parts or page_parts")
        if name in TIPS | HTML:
            texts = node.args[1:2] if name in {"showText", "createMessage"} else node.args[:1]
            wrong += [f"{told}: {ast.unparse(one)}" for one in texts if not module.is_safe(one)]
        if name in {"setItemData", "setData"} and "ToolTipRole" in ast.unparse(node):
            wrong += [f"{told}: tooltip" for one in node.args[1:2] if not module.is_safe(one)]
        is_rich = name == "setText" and getattr(node.func.value, "attr", "") in rich
        if is_rich and not module.is_safe(node.args[0]):
            wrong.append(f"{told} of a rich label: {ast.unparse(node.args[0])}")
        if name == "setTextFormat" and path.as_posix() not in MAKERS:
            wrong.append(f"{told}: labels for HTML come from rich_label")
    for node in nodes_of(path, ast.JoinedStr):
        if any(isinstance(part, ast.Constant) and MARKUP.search(part.value) for part in node.values):
            wrong += [
                f"{path}:{node.lineno} in HTML: {ast.unparse(part.value)}"
                for part in node.values
                if isinstance(part, ast.FormattedValue) and not module.is_safe(part)
            ]
    return wrong


@pytest.mark.parametrize("path", GUI, ids=str)
def test_no_text_from_data_becomes_html(path):
    wrong = faults_of(path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line, is_wrong", [
    ("QLabel(row['spot_name'])", True),
    ("QTextBrowser()", True),
    ("button.setToolTip(row['spot_name'])", True),
    ("button.setToolTip(f'{layer.name()} (layer)')", True),
    ("button.setToolTip(self.tr('Layer {name}').format(name=layer.name()))", True),
    ("button.setToolTip(self.tr('A button'))", False),
    ("button.setToolTip(tip(row['spot_name']))", False),
    ("combo.setItemData(3, entry.definition, Qt.ItemDataRole.ToolTipRole)", True),
    ("combo.setItemData(3, tip(entry.definition), Qt.ItemDataRole.ToolTipRole)", False),
    ("QToolTip.showText(event.globalPos(), bar.tip, self)", True),
    ("bar.pushMessage(str(error), level, 0)", True),
    ("QgsMessageLog.logMessage(sentence, TAG, level, False)", True),
    ("text = f'<p>{name}</p>'", True),
    ("text = f'<p>{html.escape(name)}</p>'", False),
    ("text = f'{name}'", False),
    ("shown = breakable(name)\ntext = f'<b>{shown}</b>'", True),
    ("shown = html.escape(name)\ntext = f'<b>{shown}</b>'", False),
    ("self._text = rich_label('x')\nself._text.setText(name)", True),
    ("self._text = rich_label('x')\nself._text.setText(''.join(rows))", True),
    ("self._text = rich_label('x')\nrows = [escape(one) for one in names]\nself._text.setText(''.join(rows))", False),
    ("self._text = wrapped_label('x')\nself._text.setText(name)", False),
    ("self._text.setTextFormat(Qt.TextFormat.RichText)", True),
    ("details.setHtml(row['sentence'])", True),
    ("layer.setMapTipTemplate(text)", True),
    ("layer.setAbstract(row['sentence'])", True),
])  # fmt: skip
def test_the_rule_sees_what_it_is_for(tmp_path, monkeypatch, line, is_wrong):
    sample = Path(f"sample{abs(hash(line))}.py")
    (tmp_path / sample).write_text("def show(self, row, names, name):\n    " + line.replace("\n", "\n    ") + "\n")
    monkeypatch.setattr(source_tree, "ROOT", tmp_path)
    assert bool(faults_of(sample)) == is_wrong
