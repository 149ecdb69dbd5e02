"""Runs the plugin as if numpy's default integer had 32 bits, as on Windows with numpy before 2.

`install()` before the plugin is imported. Modules are then compiled so that each call and each sum or product whose
integers have no type of their own yields int32. What would overflow on Windows raises Overflow with file and line
instead of going on with a wrong number. `bash tests/run.sh integers` runs the engine's tests like this.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import operator
import sys
import types
from typing import Any, Callable

import numpy as np

SWITCH = "SITELIGHT_NARROW_INTEGERS"
PREFIX = "sitelight.plugin."
MAKERS = {"arange", "zeros", "ones", "empty", "full", "array", "asarray", "where", "fromiter", "tile", "repeat"}
MAKERS |= {"select", "zeros_like", "ones_like", "empty_like", "full_like", "outer", "dot"}
ADDERS = {"sum", "cumsum", "prod", "cumprod", "accumulate", "reduceat", "reduce", "nansum", "trace"}
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Mult: operator.mul, ast.LShift: operator.lshift, ast.Pow: operator.pow, ast.Add: operator.add,
    ast.Sub: operator.sub, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
LEAST, MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max


class Overflow(Exception):
    """A number that does not fit into the default integer of Windows."""


def install() -> None:
    """Compile all modules of the plugin that are imported from now on for a default integer of 32 bits."""
    sys.meta_path.insert(0, _Finder())


def compiled(source: bytes, path: str) -> types.CodeType:
    """Return the code of a module whose calls and arithmetic go through this one."""
    return compile(ast.fix_missing_locations(_Rewriter().visit(ast.parse(source, path))), path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith(PREFIX):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(name, spec.origin)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name: str) -> types.CodeType:
        """Compile the module anew: compiled files of it are for the true integers."""
        return compiled(self.get_data(self.path), self.path)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__.update(_narrow_call=call, _narrow_operation=operation)
        super().exec_module(module)


class _Rewriter(ast.NodeTransformer):
    """Sends calls of numpy's makers and adders, and arithmetic, through this module."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in MAKERS | ADDERS | {"astype"}:
            return node
        if isinstance(node.func.value, ast.Call) and getattr(node.func.value.func, "id", "") == "super":
            return node
        first = [node.func.value, ast.Constant(node.func.attr)]
        made = ast.Call(ast.Name("_narrow_call", ast.Load()), first + node.args, node.keywords)
        return ast.copy_location(made, node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if type(node.op) not in OPERATORS:
            return node
        arguments = [ast.Constant(type(node.op).__name__), node.left, node.right]
        return ast.copy_location(ast.Call(ast.Name("_narrow_operation", ast.Load()), arguments, []), node)


_BY_NAME = {kind.__name__: function for kind, function in OPERATORS.items()}


def operation(name: str, left: Any, right: Any) -> Any:
    """Return what arithmetic yields where a bool or a small integer meets a plain one."""
    result = _BY_NAME[name](left, right)
    if getattr(result, "dtype", None) == np.int32:
        whole = _BY_NAME[name](*(one.astype(np.int64) if hasattr(one, "astype") else one for one in (left, right)))
        if not np.array_equal(np.asarray(whole), np.asarray(result)):
            raise Overflow(f"{name} does not fit into the 32 bits of Windows' integers")
    return _narrowed(result, (left, right)) if _is_wide(result) else result


def call(owner: Any, name: str, *arguments: Any, **options: Any) -> Any:
    """Return what a maker, an adder or `astype` yields."""
    told = options.get("dtype", arguments[0] if name == "astype" and arguments else None)
    if told is int or (name in MAKERS and int in [one for one in arguments if isinstance(one, type)]):
        told = int
    result = getattr(owner, name)(*arguments, **options)
    if not _is_wide(result) or not _is_numeric(owner):
        return result
    if told is int:
        return _as_narrow(result)
    if told is not None or any(isinstance(one, (np.dtype, type)) for one in arguments):
        return result
    given = arguments if owner is np or isinstance(owner, np.ufunc) else (owner, *arguments)
    return _narrowed(result, (*given, *options.values()))


def _is_numeric(owner: Any) -> bool:
    """Tell numpy and its arrays from the rest; pandas adds in 64 bits everywhere."""
    return owner is np or isinstance(owner, (np.ufunc, np.ndarray, np.generic)) or hasattr(owner, "iloc")


def _is_wide(value: Any) -> bool:
    return getattr(value, "dtype", None) == np.int64 and not hasattr(value, "categories")


def _narrowed(result: Any, given: Any) -> Any:
    """Return int64 as int32 unless something that went in has 64 bits of its own."""
    return result if any(map(_has_own_width, given)) else _as_narrow(result)


def _has_own_width(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return not LEAST <= value <= MOST
    if isinstance(value, (list, tuple)):
        return any(map(_has_own_width, value))
    kind = getattr(value, "dtype", None)
    if kind is None:
        return not isinstance(value, (float, str, type(None), range, slice))
    return not isinstance(kind, np.dtype) or not (kind.kind == "b" or (kind.kind == "i" and kind.itemsize <= 4))


def _as_narrow(result: Any) -> Any:
    values = np.asarray(result)
    if values.size and (int(values.min()) < LEAST or int(values.max()) > MOST):
        raise Overflow(f"{int(np.abs(values).max())} does not fit into the 32 bits of Windows' integers")
    return result.astype(np.int32)
