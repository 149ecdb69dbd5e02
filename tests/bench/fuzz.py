"""What comes of damaged inputs: `make bench fuzz` runs ten thousand, in an hour or two; `make fuzz` records nothing."""

from __future__ import annotations

from fuzz.__main__ import fuzz

NUMBER, SEED = 10_000, 41


def main() -> None:
    """Run the cases and print what came of them."""
    fuzz(NUMBER, SEED)
