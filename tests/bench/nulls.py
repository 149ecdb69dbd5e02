"""How many worlds with nothing planted have any finding, kind by kind: 200 of each, with the upper limit of the rate.

The worlds are those of `scoring`, of as many spots; nothing of the delivery is examined here (`health` does that). The
seeds were drawn after the last change to the method.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from scipy import stats

from .measure import print_table
from .scoring import TRIALS, Trial
from .scoring_worlds import WORLD_KINDS, make_world

FIRST_SEED, SEEDS_APART, WORLDS = 99_100_001, 1_000, 200
LEVELS = (0.05, 0.01)
WORKERS = 2


def smallest_q(kind: str, seed: int) -> float:
    """Return the smallest q-value of a world of `kind` with nothing planted, 1 where there is none."""
    from .scoring_engine import study_world

    world = make_world(seed, WORLD_KINDS[kind], TRIALS.get(kind, Trial()).null_spots, 0.0)
    return float(study_world(world).scores.smallest_q.min(initial=1.0))


def main() -> None:
    """Measure and print all kinds, or those named (`--kind=steady`); `--worlds=N` asks for fewer."""
    worlds = next((int(word[9:]) for word in sys.argv if word.startswith("--worlds=")), WORLDS)
    named = [word[7:] for word in sys.argv if word.startswith("--kind=")]
    rows = [("worlds", "number", "with a finding", "share", "s.e.", "upper limit (95 %)", "with one at q <= 0.01")]
    counts = []
    for place, kind in enumerate(WORLD_KINDS):
        if named and kind not in named:
            continue
        first = FIRST_SEED + SEEDS_APART * place
        with ProcessPoolExecutor(WORKERS) as pool:
            q_value = np.array(list(pool.map(smallest_q, [kind] * worlds, range(first, first + worlds), chunksize=5)))
        counts.append([int((q_value <= level).sum()) for level in LEVELS])
        rows.append(_row(kind, worlds, counts[-1]))
        print(f"bench: {rows[-1]}", flush=True)
    rows.append(_row("all", worlds * len(counts), np.sum(counts, axis=0).tolist()))
    print_table("Any finding at q <= 0.05 where nothing was planted", rows)


def _row(kind: str, worlds: int, counts: list[int]) -> tuple[str, ...]:
    found, strict = counts
    share = found / worlds
    upper = stats.beta.ppf(0.95, found + 1, worlds - found) if found < worlds else 1.0
    error = np.sqrt(share * (1.0 - share) / worlds)
    return kind, str(worlds), str(found), f"{share:.1%}", f"{error:.1%}", f"{upper:.1%}", str(strict)


if __name__ == "__main__":
    main()
