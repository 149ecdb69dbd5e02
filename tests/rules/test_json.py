"""JSON from outside may be nested so deeply that Python gives up: who parses it is ready for that."""

from __future__ import annotations

import ast

from rules.source_tree import nodes_of, shipped_python

# Reads what the plugin itself hands to it.
OWN_TEXTS = "plugin/data/trial_reader.py"


def _parses(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in {("json", "loads"), ("json", "load")}
    )


def _is_ready(attempt: ast.Try) -> bool:
    caught = {name.id for handler in attempt.handlers if handler.type for name in ast.walk(handler.type)
              if isinstance(name, ast.Name)}  # fmt: skip
    return bool(caught & {"RecursionError", "Exception"})


def test_whoever_parses_json_catches_what_is_nested_too_deeply():
    unready, number = [], 0
    for path in shipped_python():
        safe = {
            id(inner)
            for node in nodes_of(path, ast.Try) if _is_ready(node)
            for statement in node.body for inner in ast.walk(statement)
        }  # fmt: skip
        calls = [node for node in nodes_of(path, ast.Call) if _parses(node)]
        number += len(calls)
        if str(path) != OWN_TEXTS:
            unready += [f"{path}:{call.lineno}" for call in calls if id(call) not in safe]
    assert number > 5 and unready == []
