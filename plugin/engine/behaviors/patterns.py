"""Pattern numbers: a combination of WHO, WHEN and WHAT as one whole number."""

from __future__ import annotations

from .library import Library


def pattern_parts(pattern: int, library: Library) -> tuple[int, int, int]:
    """Return the indices (who, when, what) into the library of a pattern number."""
    when, what = len(library.when), len(library.what)
    return pattern // (when * what), pattern // what % when, pattern % what
