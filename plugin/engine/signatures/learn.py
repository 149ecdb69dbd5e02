"""Signatures: a behavior learned from example places and windows, as weights on facets that apply anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Optional

import numpy as np

from ..base import Progress, StudyError
from ..behaviors import Library
from ..earth import EPOCH
from ..history import History
from ..tables import MIN_SHOWN
from .examples import Examples, Matched, match_examples
from .profiles import facets_of
from .skill import Skill, common_share, find_skill, log_ratios, smoothed

MAX_NAME = 80


@dataclass(frozen=True)
class FacetWeight:
    """What a device that shows a facet (`axis`: who, when or what; `id`) adds to the score, and one that does not.

    `present`, `absent` are log-likelihood ratios; `example_share`, `background_share` the smoothed shares they
    are made of; `example_devices`, `background_devices` the device-windows that showed it, None below MIN_SHOWN.
    """

    axis: str
    id: str
    title: str
    present: float
    absent: float
    example_share: float
    background_share: float
    example_devices: Optional[int]
    background_devices: Optional[int]

    @property
    def strength(self) -> float:
        """How much the facet tells the two apart: the mean log-likelihood ratio of an example's device."""
        return self.example_share * self.present + (1.0 - self.example_share) * self.absent


@dataclass(frozen=True)
class Counted:
    """What was counted on one side: places, spot-windows and device-windows."""

    places: int
    windows: int
    devices: int


@dataclass(frozen=True)
class MarkedPlace:
    """One example: a spot and the days that were marked there, both included."""

    spot_id: str
    spot_name: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Signature:
    """A named set of facet weights, with the counts behind them and their skill; it holds no device id.

    `library` is the version of the behavior library it was learned with, `marked` where and when its examples were.
    """

    name: str
    weights: tuple[FacetWeight, ...]
    examples: Counted
    background: Counted
    skill: Skill
    library: str
    marked: tuple[MarkedPlace, ...]

    @property
    def strongest(self) -> tuple[FacetWeight, ...]:
        """The weights, those that tell most first."""
        return tuple(sorted(self.weights, key=lambda weight: -weight.strength))


def learn_signature(
    name: str,
    history: History,
    library: Library,
    examples: Examples,
    min_devices: int = 3,
    progress: Optional[Progress] = None,
) -> Signature:
    """Return the signature of `examples` against matched ordinary places, with its leave-one-place-out skill.

    Naive Bayes on facets (each entry of the library that requires something, shown or not by a device in a window);
    the score of a spot in a window is the mean over its devices. Every example place weighs the same, so that a large
    one does not speak for all. Raises StudyError when there are too few examples or ordinary places, Cancelled.
    """
    name = check_name(name)
    progress = progress or Progress()
    matched = match_examples(history, library, examples, min_devices, progress.part(0.0, 0.7))
    skill = find_skill(matched, progress.part(0.7, 1.0))
    return Signature(
        name=name,
        weights=_weights(matched, library),
        examples=Counted(len(matched.spot), int(matched.windows[0]), int(matched.devices[0])),
        background=Counted(int(_ordinary(matched).sum()), int(matched.windows[1]), int(matched.devices[1])),
        skill=skill,
        library=library.version,
        marked=_marked(history, examples),
    )


def _marked(history: History, examples: Examples) -> tuple[MarkedPlace, ...]:
    spots, seen = history.visits.spots, np.flatnonzero(examples.spot >= 0)
    days = [[EPOCH + timedelta(days=int(day)) for day in column[seen]] for column in
            (examples.first_day, examples.last_day)]  # fmt: skip
    spot = examples.spot[seen]
    rows = zip(spots.spot_id[spot].tolist(), spots.name[spot].tolist(), *days)
    return tuple(MarkedPlace(str(spot_id), str(name), first, last) for spot_id, name, first, last in rows)


def check_name(name: str) -> str:
    """Return `name` without outer spaces; raise StudyError when it is empty or too long."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise StudyError(f"Give the signature a name of 1 to {MAX_NAME} letters, for example “Foreign team”.")
    return name


def find_facet_columns(signature: Signature, library: Library) -> list[tuple[str, int]]:
    """Return (axis, index into the library) of each weight; raise StudyError naming a facet the library lacks."""
    at = {(axis, entry.id): index for axis, index, entry in facets_of(library)}
    missing = [weight for weight in signature.weights if (weight.axis, weight.id) not in at]
    if missing:
        raise missing_facet(signature, missing[0])
    return [(weight.axis, at[weight.axis, weight.id]) for weight in signature.weights]


def missing_facet(signature: Signature, weight: FacetWeight) -> StudyError:
    """Return what to say where a study lacks the facet of a weight."""
    return StudyError(
        f"The signature “{signature.name}” needs {weight.axis} “{weight.title}” ({weight.id}), which this study does "
        "not have. Run the study with all behaviors, or learn the signature again."
    )


def _ordinary(matched: Matched) -> np.ndarray:
    """Return bool (places, columns): True at the first row of each ordinary spot, so that each counts once."""
    spot = matched.spot.copy()
    spot[:, 0] = -1
    first = np.zeros(spot.size, bool)
    first[np.unique(spot.ravel(), return_index=True)[1]] = True
    return first.reshape(spot.shape) & (spot >= 0)


def _weights(matched: Matched, library: Library) -> tuple[FacetWeight, ...]:
    there = matched.spot >= 0
    example, background = matched.share[:, 0].sum(axis=0), matched.share[there].sum(axis=0)
    places, ordinary = np.array(len(matched.spot)), np.array(there.sum())
    common = common_share(example + background, places + ordinary)
    shares = smoothed(example, places, common), smoothed(background, ordinary, common)
    columns: Sequence[Sequence[float]] = [np.round(values, 9).tolist() for values in (*log_ratios(*shares), *shares)]
    counts = [[count if count >= MIN_SHOWN else None for count in values.tolist()] for values in matched.counts]
    return tuple(
        FacetWeight(axis, entry.id, entry.title, *numbers, *devices)
        for (axis, _index, entry), numbers, devices in zip(facets_of(library), zip(*columns), zip(*counts))
    )
