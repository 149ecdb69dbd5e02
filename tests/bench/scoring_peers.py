"""Runs Getis-Ord Gi* of esda; started in the environment of the peers, so it imports nothing of ours.

`python scoring_peers.py CHANGES.npz P.npz` reads places `at0`, `at1`, ... (spots, 2) in m and changes `by0`, `by1`, ...
(dates, spots), and writes two-sided p-values of Gi* over the eight nearest neighbours and the spot itself, each (dates,
spots): `normal0`, ... by the normal distribution and `permuted0`, ... by conditional permutations.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np

NEIGHBOURS, PERMUTATIONS, SEED = 8, 9999, 20_601
# Binary weights: with others, the variance that esda (2.9.0) gives Gi* is not that of so many neighbours.


def main() -> None:
    """Read, test, write."""
    warnings.simplefilter("ignore")
    from esda.getisord import G_Local
    from libpysal.weights import KNN

    changes, found = sys.argv[1:]
    settings = {"transform": "B", "star": True, "permutations": PERMUTATIONS, "keep_simulations": False, "n_jobs": 1}
    p_value = {}
    with np.load(changes) as stored:
        for number in range(len(stored.files) // 2):
            near = KNN.from_array(stored[f"at{number}"], k=NEIGHBOURS)
            tests = [G_Local(one, near, seed=SEED, **settings) for one in stored[f"by{number}"]]
            for name, one_sided in (("normal", "p_norm"), ("permuted", "p_sim")):
                p_value[f"{name}{number}"] = np.minimum([2.0 * getattr(test, one_sided) for test in tests], 1.0)
    np.savez(found, **p_value)


if __name__ == "__main__":
    main()
