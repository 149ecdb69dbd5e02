"""Files that another program, or QGIS itself, has open: on Windows they are neither replaced nor removed.

That is found out before a run. A file that is taken during it costs no work: what was written is kept beside.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from ..engine.base import InputError
from .file_paths import files_with
from .reasons import reason_of


def require_free(path: Path) -> None:
    """Raise InputError if a file at `path`, or one that its format keeps beside it, cannot be replaced now."""
    for one in files_with(Path(os.path.realpath(path))):
        try:
            if os.path.lexists(one):
                os.replace(one, one)  # changes nothing, and asks the system for the right to
        except OSError as error:
            if error.errno == errno.EROFS:
                raise InputError(
                    f"{path.name} cannot be written to ({reason_of(error)}): choose another folder."
                ) from error
            raise InputError(
                f"{path.name} cannot be replaced ({reason_of(error)}): close it in QGIS and in other programs, or"
                " choose another file name."
            ) from error


def keep_beside(drafts: Sequence[Path], places: Sequence[Path]) -> list[Path]:
    """Give whole files free names beside the places that they cannot take, and return their paths.

    Raises OSError where that cannot be done either.
    """
    named = (_renamed(places, f"new{number or ''}") for number in count())
    kept = next(paths for paths in named if not any(map(os.path.lexists, paths)))
    for draft, path in zip(drafts, kept):
        os.replace(draft, path)
    return kept


def _renamed(places: Sequence[Path], word: str) -> list[Path]:
    """Return paths with a word before the first dot's ending, which files of one layer have in common."""
    parts = [(path, *path.name.partition(".")) for path in places]
    return [path.with_name(f"{stem}.{word}{dot}{ending}") for path, stem, dot, ending in parts]
