"""Run benchmarks: `make bench` for all, `make bench study` for one; what is printed is recorded in measured.md."""

from __future__ import annotations

import contextlib
import importlib
import sys

from .record import recorded

PARTS = (
    "study", "recovery", "stays", "signatures", "reachback", "itineraries", "lookalikes", "silence", "independent",
    "links", "behaviors", "cotravel", "scoring", "tree", "health", "legs", "fuzz", "kills", "versions",
)  # fmt: skip


def main() -> None:
    """Run the parts named on the command line; "all" is every one."""
    asked = [word for word in sys.argv[1:] if not word.startswith("--")] or ["all"]
    parts = list(PARTS) if asked == ["all"] else asked
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        sys.exit(f"bench: there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}, all.")
    has_options = len(asked) < len(sys.argv) - 1
    for part in parts:
        with contextlib.nullcontext() if has_options else recorded(part):
            importlib.import_module(f"bench.{part}").main()


if __name__ == "__main__":
    main()
