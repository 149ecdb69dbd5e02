"""A signature looked for in the profiles that a study keeps, without its visits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ..base import StudyError
from ..signatures import KeyWindow, Signature, Units, match_rows, missing_facet, rank_units

LEAST_SPREAD = 1e-9


def kept_matches(signature: Signature, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of table `signatures` for a study of these tables.

    As with `signatures.score_signature`, but of places with MIN_SHOWN devices and of parts of them as they are told.
    Raises StudyError when the study keeps no profiles or lacks a facet.
    """
    profiles, places = tables["profiles"], tables["places"]
    if len(profiles) == 0:
        raise StudyError("This study keeps no profiles of places. Run it again with this version, then look again.")
    share = _shares(signature, profiles, tables["profile_facets"])
    spot = pd.Index(places["spot_id"]).get_indexer(profiles["spot_id"])
    days, window = np.unique(profiles["day"].astype(str), return_inverse=True)
    present, absent = (np.array([getattr(one, side) for one in signature.weights]) for side in ("present", "absent"))
    score = share @ (present - absent) + absent.sum()
    is_key, is_example = (profiles["is_key"] == 1).to_numpy(), _is_example(signature, profiles)
    devices = profiles["devices"].to_numpy(dtype=np.int64)
    resemblance = _resemblance(score, devices, ~is_key & ~is_example)
    known = spot >= 0
    units = Units(spot, window.ravel(), devices, score, resemblance, share, is_key, is_example).take(known)
    scores = rank_units(units, np.setdiff1d(np.arange(len(days)), units.window[units.is_key]))
    columns = ["spot_id", "spot_name", "spot_kind", "category", "country", "geometry"]
    about = places.iloc[scores.spot][columns].reset_index(drop=True)
    length = int(profiles["days"].iloc[0])
    return match_rows(signature, scores, about, _key_windows(days, length, tables["heat"]))


def _shares(signature: Signature, profiles: pd.DataFrame, facets: pd.DataFrame) -> np.ndarray:
    """Return the share of each profile's devices that show each weight's facet, float64 (profiles, weights)."""
    at = {(axis, facet): row for row, (axis, facet) in enumerate(zip(facets["axis"], facets["facet"]))}
    for weight in signature.weights:
        if (weight.axis, weight.id) not in at:
            raise missing_facet(signature, weight)
    try:
        counts = np.array([row.split() for row in profiles["counts"]], dtype=np.float64)
    except ValueError:
        counts = np.empty((0, 0))
    if counts.shape != (len(profiles), len(facets)):
        raise StudyError("The profiles of this study are damaged. Load another copy of it, or run it again.")
    columns = [at[weight.axis, weight.id] for weight in signature.weights]
    share: np.ndarray = counts[:, columns] / np.maximum(profiles["devices"].to_numpy(dtype=float), 1.0)[:, None]
    return np.clip(share, 0.0, 1.0)


def _is_example(signature: Signature, profiles: pd.DataFrame) -> np.ndarray:
    """Return bool: True where the signature was learned; a loop over its examples, some tens at most."""
    first = profiles["day"].to_numpy(dtype="datetime64[D]")
    last = first + profiles["days"].to_numpy(dtype="timedelta64[D]") - np.timedelta64(1, "D")
    found = np.zeros(len(profiles), bool)
    for marked in signature.marked:
        there = (profiles["spot_id"] == marked.spot_id).to_numpy()
        found |= there & (first <= np.datetime64(marked.last_day)) & (last >= np.datetime64(marked.first_day))
    return found


def _resemblance(score: np.ndarray, devices: np.ndarray, ordinary: np.ndarray) -> np.ndarray:
    """Return scores in standard deviations of ordinary ones of as many devices.

    The variance of a mean over n devices is that between places plus that between devices over n, both fitted to the
    squared deviations of ordinary scores: those of single devices are not kept.
    """
    if not ordinary.any():
        return score
    away = (score - score[ordinary].mean()) ** 2
    inverse = 1.0 / np.maximum(devices, 1)
    x, y = inverse[ordinary], away[ordinary]
    within = max(float(np.cov(x, y, bias=True)[0, 1] / x.var()), 0.0) if x.var() > 0.0 else 0.0
    between = max(float(y.mean() - within * x.mean()), 0.0)
    spread = np.sqrt(between + within * inverse)
    result: np.ndarray = (score - score[ordinary].mean()) / np.maximum(spread, LEAST_SPREAD)
    return result


def _key_windows(days: np.ndarray, length: int, heat: pd.DataFrame) -> dict[int, KeyWindow]:
    """Return the key date and the days of each window; where heat names none, its first day stands for the date."""
    dates = dict(zip(heat["window_start"].astype(str), heat["key_date"].astype(str)))
    first = [date.fromisoformat(day) for day in days]
    return {
        number: KeyWindow(date.fromisoformat(dates.get(text, text)), day, day + timedelta(days=length - 1))
        for number, (text, day) in enumerate(zip(days, first))
    }
