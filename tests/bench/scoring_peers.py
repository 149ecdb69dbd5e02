"""Runs Getis-Ord Gi* of esda; started in the environment of the peers, so it imports nothing of ours.

`python scoring_peers.py CHANGES.npz P.npz` reads `x`, `y` (m) and `change` (dates, spots), and writes `p` (dates,
spots): two-sided conditional-permutation p-values of Gi* over the eight nearest neighbours and the spot itself.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np

NEIGHBOURS, PERMUTATIONS, SEED = 8, 9999, 20_601


def main() -> None:
    """Read, test, write."""
    warnings.simplefilter("ignore")
    from esda.getisord import G_Local
    from libpysal.weights import KNN

    changes, found = sys.argv[1:]
    with np.load(changes) as stored:
        place, change = np.column_stack([stored["x"], stored["y"]]), stored["change"]
    near = KNN.from_array(place, k=NEIGHBOURS)
    settings = {"transform": "R", "star": True, "permutations": PERMUTATIONS, "keep_simulations": False, "n_jobs": 1}
    p = [2.0 * G_Local(one, near, seed=SEED, **settings).p_sim for one in change]
    np.savez(found, p=np.minimum(np.array(p), 1.0))


if __name__ == "__main__":
    main()
