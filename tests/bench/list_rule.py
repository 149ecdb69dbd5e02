"""A published rule without an expected rate, beside ours: whom it flags where nothing happens.

The rule flags a device with more than 10 visits to places of one list and more than 5 to those of another. Who lives or
works near such places does that. We flag the devices behind findings that hold, at places where more came than usual.
The worlds are those of `scoring`; groups of strangers are planted at quiet places, in the windows of the key dates.
"""

from __future__ import annotations

import sys

import numpy as np

from .measure import in_fresh_process, print_table, report
from .scoring_plants import PLANT_KINDS, WINDOW_DAYS
from .scoring_worlds import DAYS_BEFORE, WORLD_KINDS, ScoringWorld, make_world

FIRST_LIST = ("military", "police", "government", "embassy")
SECOND_LIST = ("airport", "port", "transport hub", "telecom")
MORE_THAN = (10, 5)
KIND, SPOTS, SHARE = "overdispersed", 1000, 0.03
NULL_SEEDS, PLANTED_SEEDS = range(87_401_001, 87_401_011), range(87_402_001, 87_402_011)


def flagged_by_rule(world: ScoringWorld) -> np.ndarray:
    """Return the devices with more visits to both lists than the rule allows."""
    device, category = world.visits.device, world.ground.category[world.visits.spot]
    visits = [np.bincount(device[np.isin(category, names)], minlength=device.max() + 1)
              for names in (FIRST_LIST, SECOND_LIST)]  # fmt: skip
    return np.flatnonzero((visits[0] > MORE_THAN[0]) & (visits[1] > MORE_THAN[1]))


def judge(seed: int, planted: bool) -> dict[str, int]:
    """Return how many innocent and how many planted devices there are, and are flagged by the rule and by us."""
    from .scoring_engine import study_world

    world = make_world(seed, WORLD_KINDS[KIND], SPOTS, SHARE if planted else 0.0)
    studied = study_world(world)
    scores = studied.scores
    held = np.flatnonzero((scores.q_value <= 0.05) & np.isin(scores.change, (0, 1)))
    # Visits of the engine stand in the order of the world's, which is by device and time.
    rows = [studied.presence.visits_in(int(scores.spot[test]), int(scores.window[test])) for test in held]
    ours = np.unique(world.visits.device[np.concatenate([np.empty(0, np.int64), *rows])])
    strangers, others = _devices_of_plants(world, True), _devices_of_plants(world, False)
    rule = flagged_by_rule(world)
    # Who came where something else was planted is neither innocent nor asked for.
    innocent = np.setdiff1d(world.visits.device, np.union1d(strangers, others))
    return {
        "innocent": len(innocent), "planted": len(strangers),
        "rule_innocent": len(np.intersect1d(rule, innocent)), "rule_planted": len(np.intersect1d(rule, strangers)),
        "our_innocent": len(np.intersect1d(ours, innocent)), "our_planted": len(np.intersect1d(ours, strangers)),
    }  # fmt: skip


def _devices_of_plants(world: ScoringWorld, are_groups: bool) -> np.ndarray:
    """Return the devices at the places and in the windows where groups of strangers, or other changes, were planted."""
    visits, plants = world.visits, world.plants
    mine = np.flatnonzero((plants.kind == PLANT_KINDS.index("strangers")) == are_groups)
    first = 7 * np.array(world.kind.key_weeks)[plants.date[mine]] - DAYS_BEFORE
    window = (visits.start_h // 24.0)[:, None] - first[None, :]
    here = (visits.spot[:, None] == plants.spot[mine][None, :]) & (window >= 0) & (window < WINDOW_DAYS)
    return np.unique(visits.device[here.any(axis=1)])


def main() -> None:
    """Measure and print."""
    rows = [("worlds", "method", "innocent devices flagged", "planted devices flagged")]
    for word, seeds in (("nothing planted", NULL_SEEDS), ("groups planted", PLANTED_SEEDS)):
        done = [in_fresh_process("bench.list_rule", str(seed), word) for seed in seeds]
        total = {name: sum(one[name] for one in done) for name in done[0]}
        for name, method in (("rule", "the rule"), ("our", "Sitelight")):
            share = total[f"{name}_innocent"] / total["innocent"]
            rows.append((
                word, method, f"{total[f'{name}_innocent']:,} of {total['innocent']:,} ({share:.2%})",
                f"{total[f'{name}_planted']} of {total['planted']}",
            ))  # fmt: skip
    print_table("More than 10 visits to one list and more than 5 to another", rows)


if __name__ == "__main__":
    report(lambda: judge(int(sys.argv[1]), sys.argv[2] == "groups planted"))
