"""Cotravelers: devices that were near each other at one place after another, against what chance alone would do.

The rule is the usual one: near in space and time, again and again, on the move. Commuters on one train keep it every
morning without knowing each other, so every pair also gets a likelihood ratio (`joint_events`): how much likelier its
joint events, and the hours that the two were out but apart, are if they travel together on some days. What ratio chance
alone reaches is seen where half of the devices are moved by a week (`cotravel_null`); in shorter data the ratio itself
bounds it, since it is at most 1 on average for those that do not travel together (an e-value): e-Benjamini-Hochberg
over all possible pairs holds however pairs depend on each other (Wang & Ramdas 2022, "False discovery rate control
with e-values").
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from ..base import Progress, StudyError
from ..earth import Buckets, Spans, near_pairs
from ..homes import Anchors, find_anchors
from ..screening import Fixes
from ..stays import Stays
from .chance import Haunts, Outings
from .joint_events import Cotravelers, CotravelSettings, JointEvents, Sightings
from .shifted_null import e_q_values, shift_half, shifted_q_values

SPARSE_GAP_S = 300.0
SHORT_NOTE = (
    "The data are shorter than two weeks, so they could not be compared with themselves moved by a week: q comes from "
    "the ratios alone and is cautious."
)


def find_cotravelers(
    fixes: Fixes,
    stays: Stays,
    sparse: bool = False,
    settings: CotravelSettings = CotravelSettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
) -> Cotravelers:
    """Return the pairs of devices that moved together, with the rate expected by chance and a likelihood ratio.

    `stays` are those of `fixes` with the short halts (`keep_short`). Compared are the fixes, or with `sparse` the
    halts, away from each device's usual places. Raises StudyError without fixes, Cancelled.
    """
    progress = progress or Progress()
    if len(fixes) == 0:
        raise StudyError("There are no fixes in these data. Choose other observations or a longer time.")
    progress.step("Finding usual places", 0.0)
    anchors = find_anchors(stays, fixes.device_count)
    joint = _compare(fixes, stays, anchors, sparse, settings, progress.part(0.0, 0.55))
    notes = list(joint.notes)
    shifted = shift_half(fixes, stays)
    if shifted is None:
        q_value = e_q_values(joint.log10_lr, int((joint.outings.hours > 0).sum()))
        notes.append(SHORT_NOTE)
    else:
        moved = _compare(*shifted[:2], anchors.of(shifted[2]), sparse, settings, progress.part(0.55, 1.0))
        across = (moved.first + moved.second) % 2 == 1
        q_value = shifted_q_values(joint.log10_lr, moved.log10_lr[across])
        strongest = moved.log10_lr[across].max(initial=-np.inf)
        notes.append(
            "Half of the devices were moved by whole weeks, so that none travel together: the strongest of those "
            f"{int(across.sum()):,} pairs had a log10 ratio of {max(strongest, 0.0):.1f}."
        )
    return joint.result(q_value, anchors, tuple(notes))


def _compare(
    fixes: Fixes, stays: Stays, anchors: Anchors, sparse: bool, settings: CotravelSettings, progress: Progress
) -> JointEvents:
    sightings = _sightings(fixes, stays, anchors.usual, sparse)
    buckets = _buckets(settings, sparse)
    near = near_pairs(sightings.spans, buckets, progress.part(0.0, 0.7))
    if near.crowded:
        sightings.notes.append(
            f"{near.crowded_rows:,} sightings in {near.crowded:,} crowds of more than {settings.crowd} devices were "
            "not compared there: who is together in a crowd cannot be told."
        )
    progress.step("Weighing chance", 0.7)
    outings = Outings(sightings.spans, buckets.apart_ms, anchors)
    joint = JointEvents(sightings, near, outings, buckets, settings)
    progress.step("Weighing chance", 0.9)
    haunts = Haunts(sightings.spans, outings, anchors, 2.0 * settings.sparse_distance_m)
    joint.weigh(_halts(stays), haunts)
    return joint


def _buckets(settings: CotravelSettings, sparse: bool) -> Buckets:
    if sparse:
        apart_ms = round(settings.sparse_minutes * 60_000)
        return Buckets(
            settings.sparse_distance_m, apart_ms, 2.0 * settings.sparse_distance_m, max(2 * apart_ms, 60_000),
            settings.crowd,
        )  # fmt: skip
    apart_ms = round(settings.seconds * 1000)
    return Buckets(settings.distance_m, apart_ms, 6.0 * settings.distance_m, max(6 * apart_ms, 6_000), settings.crowd)


def _halts(stays: Stays) -> Spans:
    return Spans(stays.device, stays.start_ms, stays.end_ms, stays.lat, stays.lon)


def _sightings(fixes: Fixes, stays: Stays, usual: np.ndarray, sparse: bool) -> Sightings:
    if sparse:
        rows = np.flatnonzero(~usual)
        note = f"{int(usual.sum()):,} of {len(stays):,} halts at usual places (home, work) were not compared."
        return Sightings(_halts(stays.take(rows)), stays.lasting[rows], [note])
    kept = np.flatnonzero(np.repeat(~(stays.lasting & usual), stays.n_fixes))
    left = len(fixes) - len(kept)
    notes = [f"{left:,} of {len(fixes):,} fixes in stays at usual places (home, work) were not compared."]
    gap_s = np.diff(fixes.time_ms)[fixes.device[1:] == fixes.device[:-1]] / 1000.0
    if len(gap_s) and np.mean(gap_s) > SPARSE_GAP_S:
        notes.append("These data are sparse, so few fixes fall together; choose the mode for sparse data.")
    device, time_ms, lat, lon = (getattr(fixes, name)[kept] for name in ("device", "time_ms", "lat", "lon"))
    return Sightings(Spans(device, time_ms, time_ms, lat, lon), np.repeat(stays.lasting, stays.n_fixes)[kept], notes)
