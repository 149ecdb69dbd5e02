"""Recovery of what the scenario plants: cards of groups, itineraries, and findings in worlds with nothing planted.

The seeds were never looked at while anything was built or tuned; change them when one of them was.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import sitelight_package
from demo.compare import event_rows, match_groups, match_itineraries, planted_groups, planted_itineraries

from .measure import in_fresh_process, print_table, report

SEEDS = (9531, 9532, 9533, 9534, 9535)
NULL_SEEDS = (9541, 9542, 9543, 9544, 9545)
KEY_DATES = (date(2023, 7, 26), date(2023, 8, 30))


def study_scenario(seed: int, null: bool) -> dict[str, Any]:
    """Make the scenario of `seed`, study it, and return what was found of the truth, as plain values."""
    sitelight_package.load()
    from sitelight.plugin.data.library import load_library
    from sitelight.plugin.data.observation_files import open_observations_file
    from sitelight.plugin.data.scenario_files import write_scenario
    from sitelight.plugin.data.sites import read_sites_file
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.scenario import ScenarioSettings, scenario_truth
    from sitelight.plugin.engine.study import Study, run

    settings = ScenarioSettings(seed=seed, null=null)
    with tempfile.TemporaryDirectory() as folder:
        made = write_scenario(settings, str(Path(folder) / "scenario"))
        study = Study(
            key_dates=KEY_DATES, sites=read_sites_file(made["sites"]).sites, world=load_world(), library=load_library(),
            purpose="Recovery of planted truth in synthetic data",
        )  # fmt: skip
        # Alone in a folder: sites and truth, which are written beside them, are no observations.
        parts = Path(folder) / "parts"
        parts.mkdir()
        for part in made["observations"]:
            Path(part).rename(parts / Path(part).name)
        tables = run(study, open_observations_file(str(parts))).tables
    findings, truth = tables["findings"], scenario_truth(settings)
    groups = match_groups(event_rows(tables), planted_groups(truth))
    ways = match_itineraries(
        tables["itineraries"], tables["stops"], tables["legs"], planted_itineraries(truth)
    )  # fmt: skip
    return {
        "significant": int((findings["q_value"] < 0.05).sum()),
        "significant_spots": len(findings[findings["q_value"] < 0.05].drop_duplicates(["spot_id", "key_date"])),
        "events": int((tables["events"]["q_value"] < 0.05).sum()),
        "smallest_q": float(findings["q_value"].min()) if len(findings) else 1.0,
        "groups": [[match.planted.name, match.rank, match.q_value] for match in groups],
        "itineraries": [
            [match.planted.name, match.rank, match.is_recovered, [seq is not None for seq in match.stops_found],
             list(match.modes_right)]
            for match in ways
        ],
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    rows = [("seed", "planted", "card", "q", "recovered")]
    for seed in SEEDS:
        found = in_fresh_process("bench.recovery", str(seed), "planted")
        for name, rank, q in found["groups"]:
            rows.append((str(seed), name, str(rank), f"{q:.2g}", "yes" if rank and rank <= 10 and q < 0.05 else "NO"))
        for name, rank, whole, stops, modes in found["itineraries"]:
            text = "yes" if whole else f"NO: stops {sum(stops)}/{len(stops)}, modes {sum(modes)}/{len(modes)}"
            rows.append((str(seed), f"itinerary: {name}", str(rank), "", text))
    print_table("Planted groups (among the first ten cards, q < 0.05) and itineraries (stops, days, modes)", rows)
    rows = [("seed", "events at q < 0.05", "findings at q < 0.05", "smallest q")]
    for seed in NULL_SEEDS:
        found = in_fresh_process("bench.recovery", str(seed), "null")
        rows.append((str(seed), str(found["events"]), str(found["significant"]), f"{found['smallest_q']:.2g}"))
    print_table("Worlds with nothing planted", rows)


if __name__ == "__main__":
    report(lambda: study_scenario(int(sys.argv[1]), sys.argv[2] == "null"))
