"""Reads the behavior library and the category vocabulary from the plugin's resources."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..engine.behavior_entries import read_axis
from ..engine.behaviors import AXES, Library
from ..engine.categories import Vocabulary
from ..engine.errors import InputError

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


@lru_cache(maxsize=4)
def load_library(folder: Path | None = None) -> Library:
    """Return the behavior library in `folder` (who, when, what and change.json), by default the plugin's own.

    Read once per folder. Raises InputError naming the file, the entry and the field that is wrong.
    """
    home = RESOURCES / "behaviors" if folder is None else Path(folder)
    rows = {}
    for axis in AXES:
        path = home / f"{axis}.json"
        rows[axis] = _read_json(path)
        try:
            read_axis(axis, rows[axis])
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
    return Library.from_entries(rows)


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Return the plugin's category vocabulary, read once.

    Raises InputError naming the file if it is broken.
    """
    path = RESOURCES / "categories.json"
    content = _read_json(path)
    try:
        return Vocabulary.from_content(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The file {path} cannot be read ({error.strerror}); check its path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The file {path} is not UTF-8 text; save it as UTF-8 and load it again.") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"The file {path} is not valid JSON: {error.msg} in line {error.lineno}; correct that line."
        ) from error
