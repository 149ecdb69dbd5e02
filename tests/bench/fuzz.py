"""What comes of damaged inputs: `make bench fuzz` runs five hundred; `make fuzz` runs any number, unrecorded."""

from __future__ import annotations

from fuzz.__main__ import fuzz

NUMBER, SEED = 500, 24


def main() -> None:
    """Run the cases and print what came of them."""
    fuzz(NUMBER, SEED)
