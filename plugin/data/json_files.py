"""Reads JSON files, with one sentence for whatever keeps them from being read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..engine.base import InputError

# Signatures and behaviors have some thousands of lines at most: what is longer is another file, or an attack.
MOST_BYTES = 1 << 26


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raise InputError naming the file and what is wrong with it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"The file {path} is larger than 64 MB: it is no signature and no list of behaviors.")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The file {path} cannot be read ({error.strerror}); check its path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The file {path} is not UTF-8 text; save it as UTF-8 and load it again.") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"The file {path} is not valid JSON: {error.msg} in line {error.lineno}; correct that line."
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise InputError(f"The file {path} holds a number that is too long; shorten it.") from error
    except RecursionError as error:
        raise InputError(f"The file {path} is nested too deeply; give it the form that is documented.") from error
