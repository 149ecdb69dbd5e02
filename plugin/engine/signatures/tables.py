"""The table `signatures`: every spot of the key windows with its score for a signature, best first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Optional

import numpy as np
import pandas as pd

from ..behaviors import window_text
from ..findings import Evidence, beside_findings, listed_counts, spot_outlines
from ..tables import as_table, shown_count
from .learn import Signature
from .matches import SignatureScores

DRIVERS = 3


def signatures_table(evidence: Evidence, signature: Signature, scores: SignatureScores) -> pd.DataFrame:
    """Return the rows of the result table `signatures` for one signature; they serve as list and as heat.

    `devices` are told beside those of the study's findings; where they are not the true ones, neither is their score.
    """
    windows, spots, spot = evidence.windows, evidence.history.visits.spots, scores.spot
    key_of = {int(window): day for window, day in zip(windows.key_window, windows.key_dates)}
    days = {window: KeyWindow(day, *windows.dates(window)) for window, day in key_of.items()}
    about = pd.DataFrame({
        "spot_id": spots.spot_id[spot], "spot_name": spots.name[spot], "spot_kind": spots.kind[spot],
        "category": spots.category[spot], "country": spots.country[spot],
    })  # fmt: skip
    about["geometry"] = spot_outlines(evidence, spot)
    return match_rows(signature, scores, about, days, listed_counts(evidence))


class KeyWindow(NamedTuple):
    """A key date with the first and the last day of its window."""

    key_date: date
    first: date
    last: date


def match_rows(
    signature: Signature,
    scores: SignatureScores,
    about: pd.DataFrame,
    days: Mapping[int, KeyWindow],
    listed: Optional[pd.DataFrame] = None,
) -> pd.DataFrame:
    """Return the rows of `scores`, of the spots `about` (rows alike), in key windows whose `days` are given by row.

    Devices are told beside the counts `listed` of findings, if these are given.
    """
    number, at = np.arange(1, len(about) + 1), [days[window] for window in scores.window.tolist()]
    frame = about.assign(
        match_id=number, rank=number, signature=signature.name,
        key_date=[one.key_date.isoformat() for one in at], window_start=[one.first.isoformat() for one in at],
        window_end=[one.last.isoformat() for one in at], devices=scores.devices, score=scores.score,
        resemblance=scores.resemblance, usual_score=scores.usual, p_value=scores.p_value, q_value=scores.q_value,
        placebo_hits=scores.hits, placebo_dates=scores.ordinary_windows,
        is_example=scores.is_example.astype(np.int64), drivers=drivers(signature, scores.share),
    )  # fmt: skip
    if listed is not None:
        told = beside_findings(frame.assign(observed=frame["devices"]), listed)
        is_true = told == frame["devices"]
        frame = frame.assign(
            devices=told, score=frame["score"].where(is_true),
            resemblance=frame["resemblance"].where(is_true, frame["resemblance"].round(1)),
        )  # fmt: skip
    phrases = [window_text(one.first, one.last, one.key_date) for one in at]
    return as_table("signatures", frame.assign(sentence=_sentences(frame, phrases, scores.ordinary_units)))


def drivers(signature: Signature, share: np.ndarray) -> list[str]:
    """Return, for each spot, the titles of the facets that raise its score most over an ordinary place's.

    `share` float64 (spots, weights): the share of its devices that show each facet.
    """
    gain = np.array([weight.present - weight.absent for weight in signature.weights])
    usual = np.array([weight.background_share for weight in signature.weights])
    raised = (share - usual) * gain
    top = np.argsort(-raised, axis=1, kind="stable")[:, :DRIVERS]
    titles = np.array([weight.title for weight in signature.weights], dtype=object)
    kept = np.take_along_axis(raised, top, axis=1) > 0
    return [", ".join(row[keep]) for row, keep in zip(titles[top], kept)]


def _sentences(frame: pd.DataFrame, phrase: list[str], ordinary: int) -> list[str]:
    columns = (frame[name].tolist() for name in (
        "devices", "spot_name", "signature", "p_value", "placebo_hits", "placebo_dates", "is_example", "drivers",
    ))  # fmt: skip
    return [_sentence(when, ordinary, *values) for when, *values in zip(phrase, *columns)]


def _sentence(
    when: str, ordinary: int, devices: int, spot: str, name: str, p: float, hits: int, dates: int, is_example: int,
    shown: str,
) -> str:  # fmt: skip
    text = f"{shown_count(devices)} devices at {spot} {when} "
    if p == p:
        beyond = round(p * (ordinary + 1)) - 1
        text += (
            f"resemble “{name}” more than {ordinary - beyond:,} of {ordinary:,} ordinary places and weeks do; "
            f"on {hits} of {dates} ordinary dates any place came as close"
        )
    else:
        text += f"were compared with “{name}”; too few ordinary places are there to say how often chance does as well"
    text += f". Most alike: {shown}" if shown else ""
    return text + (". It is one of the examples." if is_example else ".")
