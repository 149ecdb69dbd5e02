"""Countries by their codes: rows of the world, ISO codes and names, and the units that borders are told by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .world import HELD_BY_OTHERS, World

NOWHERE = -1


def units(world: World, country: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Return the unit (int16 row) of points whose country and disputed area are known: what crossings are told by."""
    if world.disputed is None:
        return country
    held = np.append(world.disputed == HELD_BY_OTHERS, False)[area]
    return np.where(held, area, country)


def country_of(world: World, units_or_areas: np.ndarray) -> np.ndarray:
    """Return the country (int64, the first row of its code) of rows of the world."""
    return first_rows(world)[units_or_areas]


def codes(world: World, indices: np.ndarray) -> np.ndarray:
    """Return the ISO codes (object array of str) of country indices, "" for -1."""
    return _named(world.country_code, indices)


def names(world: World, indices: np.ndarray) -> np.ndarray:
    """Return the names (object array of str) of country indices, "" for -1."""
    return _named(world.country_name, indices)


def index_of(world: World, wanted: Sequence[str]) -> np.ndarray:
    """Return the int16 country indices of ISO codes (str), -1 for "" and those the world does not have."""
    asked = np.asarray(wanted, dtype=str)
    order = np.argsort(world.country_code.astype(str), kind="stable")
    if len(order) == 0:
        return np.full(len(asked), NOWHERE, dtype=np.int16)
    known = world.country_code[order].astype(str)
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    # Several territories have no code at all: a place without one lies in none of them for that.
    return np.where((known[at] == asked) & (asked != ""), order[at], NOWHERE).astype(np.int16)


def _named(column: np.ndarray, indices: np.ndarray) -> np.ndarray:
    padded = np.empty(len(column) + 1, dtype=object)
    padded[:-1] = column
    padded[-1] = ""
    return padded[np.asarray(indices, dtype=np.int64)]


def first_rows(world: World) -> np.ndarray:
    """Return for each row of the world the int64 row that stands for its country: the first of its code."""
    first = index_of(world, world.country_code.tolist()).astype(np.int64)
    return np.where(first >= 0, first, np.arange(len(first)))
