"""What comes of damaged inputs: `make bench fuzz` runs a thousand; `make fuzz` runs any number, unrecorded."""

from __future__ import annotations

from fuzz.__main__ import fuzz

NUMBER, SEED = 1000, 21


def main() -> None:
    """Run the cases and print what came of them."""
    fuzz(NUMBER, SEED)
