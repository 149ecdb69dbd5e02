"""What killed runs leave: `make bench kills` kills sixty; `make kills` kills any number and records nothing."""

from __future__ import annotations

from fuzz.kills import kills

NUMBER, SEED = 60, 7


def main() -> None:
    """Kill the runs and print what was found."""
    kills(NUMBER, SEED)
