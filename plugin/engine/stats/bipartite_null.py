"""What chance makes two groups have in common: the bipartite configuration model.

Every member keeps its number of groups and every group its number of members, and all else is random: the model of
maximum entropy (Saracco, Di Clemente, Gabrielli and Squartini 2015, "Randomizing bipartite networks"; as a test of
projected links Saracco et al. 2017). A member is then in a group with the probability xy / (1 + xy). That model keeps
the numbers of a member on average only, and would give pairs to members with a single group; so pairs have the
probability under a fixed number of groups (Hajek 1964, rejective sampling), scaled to the k (k - 1) / 2 pairs of a
member with k groups.
"""

from __future__ import annotations

import numpy as np

_ROUNDS, _CLOSE = 1000, 1e-6


def expected_common(member: np.ndarray, group: np.ndarray, groups: int, population: np.ndarray) -> np.ndarray:
    """Return the expected number of common members of each pair of groups, float64 (groups, groups).

    `member`, `group` integer columns of distinct pairs; `population` integer per member code: chance mixes members of
    one population only. The loop is over populations.
    """
    expected = np.zeros((groups, groups))
    own = population[member]
    for one in np.unique(own):
        rows = np.flatnonzero(own == one)
        here, node = np.unique(group[rows], return_inverse=True)
        own_degree = np.unique(member[rows], return_counts=True)[1]
        share, degree, members = attendance(own_degree, np.bincount(node))
        expected[np.ix_(here, here)] += _pairs(share, degree, members)
    return expected


def _pairs(share: np.ndarray, degree: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the expected number of members in both of two groups when each member has just its number of groups."""
    spread = share * (1.0 - share)
    variance = np.maximum(spread.sum(axis=1), 1e-12)
    together = degree**2 - (share**2).sum(axis=1) - variance + (spread**2).sum(axis=1) / variance
    scale = (members * degree * (degree - 1) / np.maximum(together, 1e-12))[:, None]
    return (share * scale).T @ share - (spread * (scale / variance[:, None])).T @ spread


def attendance(member_degree: np.ndarray, group_degree: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probability (float64) that a member of so many groups is in a group of so many members.

    Both degrees are 1 or more. Rows are the distinct numbers of groups, rising, columns the groups; with it
    the number of groups and the number of members of each row (int64).
    """
    degree, members = np.unique(member_degree, return_counts=True)
    wanted_row, wanted_column = degree.astype(np.float64), group_degree.astype(np.float64)
    scale = np.sqrt(max(float(wanted_column.sum()), 1.0))
    x, y = wanted_row / scale, wanted_column / scale
    for _ in range(_ROUNDS):
        # Those in every group, and groups where all are, have no finite factor; far above all others is enough.
        x = np.minimum(wanted_row / (y / (1.0 + np.outer(x, y))).sum(axis=1), 1e9)
        y = np.minimum(wanted_column / (members[:, None] * x[:, None] / (1.0 + np.outer(x, y))).sum(axis=0), 1e9)
        product = np.outer(x, y)
        share = product / (1.0 + product)
        off = np.abs(share.sum(axis=1) - wanted_row) / wanted_row
        if off.max(initial=0.0) < _CLOSE:
            break
    return share, degree, members
