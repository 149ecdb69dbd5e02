"""Small counts: few devices may be one household, so no count of devices below MIN_SHOWN is written or shown.

A column of numbers holds NULL (NaN) for it, a text "<5". Zero is hidden with the others: what is hidden may be any of
0 to 4. Figures that a count could be computed from are hidden with it, or computed as if the count was the one of those
it may be that tells least (`scoring`, `findings.drivers`, `origins`): then they are the same for each of them.

In memory the tables of a run have whole counts; what writes or shows them takes `told_table`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

import numpy as np
import pandas as pd

MIN_SHOWN = 5
"""By hand: a household has fewer (see above)."""
FEW = f"<{MIN_SHOWN}"
MOST_HIDDEN = MIN_SHOWN - 1
WITH_COUNT: dict[str, dict[str, tuple[str, ...]]] = {
    "findings": {"observed": ("devices", "ratio")},
    "events": {"devices": ()},
    "explanations": {"observed": ()},
    "heat": {"observed": ()},
    "itineraries": {"n_same_route": ()},
    "signatures": {"devices": ("score",)},
    "presence": {"devices": ("fixes",)},
    "data_health": {"devices": ()},
}
"""The counts of devices in tables of numbers, and what is empty where they are."""
COARSE_WITH_FEW = {"signatures": "resemblance"}
"""What is told to one digit there: with the score it is a function of the devices, which those of other rows tell."""


def shown_count(count: float) -> str:
    """Return a number of devices as it may be shown; NaN is one that was hidden before."""
    return f"{int(count):,}" if count >= MIN_SHOWN else FEW


def worded_count(count: int) -> str:
    """Return a number of devices for the middle of a sentence."""
    return f"{count:,}" if count >= MIN_SHOWN else f"fewer than {MIN_SHOWN}"


def shown_counts(counts: pd.Series) -> pd.Series:
    """Return numbers of devices as text that may leave the machine, without separators."""
    return counts.astype(str).where(counts >= MIN_SHOWN, FEW).astype(object)


def told_counts(counts: np.ndarray) -> np.ndarray:
    """Return numbers of devices as a column that may leave the machine: int64, or objects with NaN for few."""
    few, told = ~(counts >= MIN_SHOWN), np.nan_to_num(counts).astype(np.int64)
    return np.where(few, np.nan, told.astype(object)) if few.any() else told


def leaves_few(part: np.ndarray, whole: Union[np.ndarray, int]) -> np.ndarray:
    """Return where some are told of a whole that is told too, and few others are left: bool."""
    rest = whole - part
    return (rest > 0) & (rest < MIN_SHOWN)


def bounds_of(part: np.ndarray, whole: Union[np.ndarray, int]) -> np.ndarray:
    """Return the bound that is told of some of a whole where few others are left, int64; -1 where their number may be.
    """
    bound: np.ndarray = np.where(leaves_few(part, whole), np.maximum(whole - MOST_HIDDEN, MIN_SHOWN), -1)
    return bound


def differ_by_few(count: int, other: int) -> bool:
    """Return whether two counts of devices that are told as they are would tell that a few more are in one of them."""
    return min(count, other) >= MIN_SHOWN and 0 < abs(count - other) < MIN_SHOWN


def fewest_beside(counts: np.ndarray, told: Union[np.ndarray, int]) -> np.ndarray:
    """Return int64 counts of devices beside one that is told of the same place and window, as the fewest they may be.

    Who knows both subtracts them: where they differ by one to MOST_HIDDEN, nothing is to tell by how many.
    """
    counts, told = np.broadcast_arrays(np.asarray(counts, np.int64), np.asarray(told, np.int64))
    least = np.maximum(told - MOST_HIDDEN, MIN_SHOWN)
    least = np.where(told - least > 1, least, told)  # a single number would be the number itself
    below = (counts >= MIN_SHOWN) & (counts < told) & (told - counts <= MOST_HIDDEN)
    above = (counts > told) & (counts - told <= MOST_HIDDEN)
    beside = np.where(below, least, np.where(above, told, counts))
    return np.where(told >= MIN_SHOWN, beside, counts)


def told_apart(counts: np.ndarray, told: Iterable[int] = ()) -> np.ndarray:
    """Return int64 counts of devices of one place and window as they may be told beside each other and those `told`.

    From the largest down, each as the fewest that it may be (`fewest_beside`) beside all larger ones and those that
    are told: of two that differ by one to MOST_HIDDEN, it is not said by how many. One that stands for several already
    may be MOST_HIDDEN more than another.
    """
    counts, beside = np.asarray(counts, np.int64), {int(one) for one in told if one >= MIN_SHOWN}
    shown = counts.copy()
    for count in np.unique(counts)[::-1].tolist():
        one = count
        for other in sorted(beside, reverse=True):
            if not 0 < abs(one - other) <= MOST_HIDDEN:
                continue
            if one == count:
                one = int(fewest_beside(np.array([one]), other)[0])
            elif 0 < one - other < MOST_HIDDEN:
                one = other
        shown[counts == count] = one
        beside |= {one} if one >= MIN_SHOWN else set()
    return shown


def told_table(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a result table as it may be written or shown; one that was told before is as it is."""
    told = {}
    for count, others in WITH_COUNT.get(name, {}).items():
        few = (frame[count] < MIN_SHOWN).to_numpy(dtype=bool)
        if name == "explanations":  # the other kinds count nothing
            few &= (frame["kind"] == "driver").to_numpy(dtype=bool)
        if few.any():
            told[count] = np.where(few, np.nan, frame[count].astype(object))
            told.update({other: frame[other].mask(few) for other in others})
            if name in COARSE_WITH_FEW:
                column = COARSE_WITH_FEW[name]
                told[column] = frame[column].where(~few, frame[column].round(1))
    return frame.assign(**told) if told else frame


def hides_part(part: int, whole: int) -> bool:
    """Return whether some devices of a number of them, or the others, are so few that neither may be told."""
    return part < MIN_SHOWN or bool(leaves_few(np.array(part), whole))


def at_most_few(counts: np.ndarray) -> np.ndarray:
    """Return counts with those from 1 to MOST_HIDDEN taken for MOST_HIDDEN: what is computed of them tells them not."""
    return np.where((counts > 0) & (counts < MIN_SHOWN), MOST_HIDDEN, counts)
