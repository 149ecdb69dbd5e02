"""Settings of the synthetic scenario: size, history, seed, and the random streams drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import StudyError

DAY_S = 86_400
END_S = 1_694_131_200  # 2023-09-08T00:00:00Z, exclusive
BURN_IN_DAYS = 90  # journeys begin this long before the first record, so that the first day is a day like any other


@dataclass(frozen=True)
class ScenarioSettings:
    """Size and seed of a synthetic scenario; it always ends with 2023-09-07 (UTC) and starts `days` earlier.

    `devices` is the number of background devices (the planted ones come on top), `days` the length of the
    history, `seed` makes it repeatable, `null=True` is the same world with nothing planted.
    Raises StudyError if a number is out of range.
    """

    devices: int = 1000
    days: int = 190
    seed: int = 1
    null: bool = False

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("devices", self.devices, 1, 10_000_000),
            ("days", self.days, 1, 3650),
            ("seed", self.seed, 0, 2**63 - 1),
        ):
            if not low <= value <= high:
                raise StudyError(f"The scenario's {name} is {value}; give a number from {low} to {high}.")

    @property
    def start_s(self) -> int:
        """First second of the scenario, UTC epoch seconds."""
        return END_S - self.days * DAY_S

    @property
    def end_s(self) -> int:
        """First second after the scenario, UTC epoch seconds."""
        return END_S

    def stream(self, *key: int) -> np.random.Generator:
        """Return the random stream named by `key`: the same for the same seed, independent of all others."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))
