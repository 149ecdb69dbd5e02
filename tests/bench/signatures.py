"""Signatures: are teams of the same kind found elsewhere and later, and do random places have no skill?

Per world and kind a signature is learned from four teams, and a fifth (another place, another city, later, other
devices) is looked for among all spots of the key windows. Signatures of as many random places are learned as well.
The seeds were never looked at while anything was built or tuned; change them when one of them was.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import Any, Optional

import numpy as np

from .measure import in_fresh_process, print_table, report
from .signature_worlds import KINDS, TeamWorld, make_world

SEEDS = tuple(range(9501, 9531))
FAINT_SEEDS = tuple(range(9541, 9561))
RANDOM_DRAWS = 10
WITHIN = 5


def study_world(seed: int, is_faint: bool = False, draws: int = RANDOM_DRAWS) -> dict[str, Any]:
    """Study the world of `seed`; return rank and skill per kind, and the skill of signatures of random places."""
    from sitelight.plugin.data.library import load_library
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.earth import EPOCH
    from sitelight.plugin.engine.places import find_spots
    from sitelight.plugin.engine.signatures import Mark, find_examples, learn_signature, score_signature
    from sitelight.plugin.engine.study import Study, run

    world = make_world(seed, is_faint=is_faint)
    study = Study(key_dates=key_dates(world), sites=world.sites, world=load_world(), library=load_library())
    evidence = run(study, world.source).evidence
    found = []
    for kind, teams in world.teams.items():
        lat, lon = (np.array([getattr(team.spot, axis) for team in teams]) for axis in ("lat", "lon"))
        (spot,) = find_spots(evidence.history.visits.spots, evidence.sites, evidence.grid, lat[-1:], lon[-1:])
        first = (teams[-1].start - EPOCH).days
        marks = [
            Mark(team.start, team.start + timedelta(days=6), lat=y, lon=x)
            for team, y, x in zip(teams[:-1], lat, lon)
        ]
        examples = find_examples(evidence.history, evidence.sites, evidence.grid, marks)
        signature = learn_signature(kind, evidence.history, evidence.library, examples)
        scores = score_signature(signature, evidence)
        at = np.flatnonzero((scores.spot == spot) & (evidence.windows.start_day[scores.window] == first))
        rank: Optional[int] = int(at[0]) + 1 if len(at) else None
        found.append([kind, signature.skill.auc, signature.skill.ap, signature.skill.p_value, rank, len(scores)])
    return {"found": found, "random": [random_p(evidence, seed, draw) for draw in range(draws)]}


def random_p(evidence: Any, seed: int, draw: int) -> float:
    """Return the skill's p-value of a signature learned from as many random spots with devices, in random windows."""
    from sitelight.plugin.engine.signatures import Examples, learn_signature

    rng = np.random.default_rng((seed, draw))
    busy_spot, busy_window = np.nonzero(evidence.presence.devices >= evidence.min_devices)
    spot = rng.choice(np.unique(busy_spot), 4, replace=False)
    window = np.array([rng.choice(busy_window[busy_spot == one]) for one in spot])
    first = evidence.windows.start_day[window]
    examples = Examples(np.arange(4), spot, first, first + 6)
    return learn_signature("Random", evidence.history, evidence.library, examples).skill.p_value


def key_dates(world: TeamWorld) -> tuple[date, ...]:
    """Return the dates in whose windows (2 days before, 4 after) the later teams come."""
    return tuple(sorted({teams[-1].start + timedelta(days=2) for teams in world.teams.values()}))


def main() -> None:
    """Measure and print."""
    rows = [("teams", "kind", "worlds", f"within first {WITHIN}", "first", "says skill", "mean AUC", "mean AP")]
    random: list[float] = []
    for label, seeds in (("clear", SEEDS), ("faint", FAINT_SEEDS)):
        each = [in_fresh_process("bench.signatures", str(seed), label) for seed in seeds]
        random += [p for one in each for p in one["random"]]
        for number, kind in enumerate(KINDS):
            figures = [one["found"][number] for one in each]
            ranks = [rank for *_, rank, _spots in figures]
            auc, ap = (np.mean([figure[column] for figure in figures]) for column in (1, 2))
            within = sum(rank is not None and rank <= WITHIN for rank in ranks)
            rows.append((
                label, kind, str(len(seeds)), f"{within} ({within / len(seeds):.0%})",
                str(sum(rank == 1 for rank in ranks)), str(sum(figure[3] <= 0.05 for figure in figures)),
                f"{auc:.2f}", f"{ap:.2f}",
            ))  # fmt: skip
    print_table("The team that was not learned from: elsewhere, later, other devices", rows)
    says = sum(p > 0.05 for p in random)
    print_table("Signatures of four random places", [
        ("signatures", "say no skill", "share"), (str(len(random)), str(says), f"{says / len(random):.1%}"),
    ])  # fmt: skip


if __name__ == "__main__":
    report(lambda: study_world(int(sys.argv[1]), sys.argv[2] == "faint"))
