"""Reads JSON, with one sentence for whatever keeps it from being read; its numbers are those that programs can hold."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ..engine.base import InputError

# Signatures and behaviors have some thousands of lines at most: what is longer is another file, or an attack.
MOST_BYTES = 1 << 26
MOST_WHOLE = (1 << 63) - 1  # as far as SQLite and numpy count


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raise InputError naming the file and what is wrong with it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"The file {path} is larger than 64 MB: it is no signature and no list of behaviors.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"The file {path} cannot be read ({error.strerror}); check its path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The file {path} is not UTF-8 text; save it as UTF-8 and load it again.") from error
    return parse_json(text, f"The file {path}")


def parse_json(text: str, name: str) -> Any:
    """Return the content of JSON; raise InputError that begins with `name`.

    Numbers that are not finite or beyond 64 bits, and halves of characters, which no file could take again, are faults.
    """
    try:
        content = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise InputError(f"{name} is not valid JSON: {error.msg} in line {error.lineno}; correct that line.") from error
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds half a character (\\ud800 to \\udfff); remove it.") from error
    except ValueError as error:
        raise InputError(f"{name} holds a number that is too long; shorten it.") from error
    except RecursionError as error:
        raise InputError(f"{name} is nested too deeply; give it the form that is documented.") from error
    return content


def _whole(text: str) -> int:
    # Python reads some thousands of digits, and takes the square of their number for it.
    value = int(text) if len(text) < 20 else MOST_WHOLE + 1
    if not -MOST_WHOLE <= value <= MOST_WHOLE:
        raise ValueError(text[:20])
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text[:20])
    return value
