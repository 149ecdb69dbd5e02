"""Silences: do the places named come true as often as their probabilities say, and is the true one named first?

Worlds of the scenario whose timetables are known beside the fixes: with outages drawn without regard to what devices
do, with 30 % of the fixes left, and with outages only where nothing is hidden. In a fourth kind devices leave no fix
at half of their halts at sites because they are there: nothing in the data tells so, and no probability learned
from the data can know it; it is measured to say how far they are too low. Silences are all of six hours and more, of
whoever. "True" is the site at which the device was longest meanwhile. The seeds were never looked at while anything
was built or tuned; change them when one of them was.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import sitelight_package

from .measure import in_fresh_process, print_table, report

SEEDS = (61_404, 61_405)
DEVICES, MOST, BINS, AFAR_KM = 800, 20_000, 10, 100.0


def score_world(seed: int, kind: str) -> dict[str, Any]:
    """Make a world, ask for its silences, and return bins of reliability and the counts of true places named first."""
    sitelight_package.load()
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.earth import distance_km
    from sitelight.plugin.engine.itineraries import find_hidden_stops, find_silences
    from sitelight.plugin.engine.screening import ScreeningSettings
    from sitelight.plugin.engine.study import Study, read_history
    from worlds.itinerary_worlds import sites_of_scenario
    from worlds.silence_worlds import meets_dark, silence_world, true_halts

    made = silence_world(seed, DEVICES, kind)
    settings = ScreeningSettings(keep_device_ids=True)
    study = Study(key_dates=(), sites=sites_of_scenario(), world=load_world(), screening=settings)
    history, _, _, pseudonyms = read_history(study, made.source)
    silences = find_silences(history.visits, np.arange(len(history.visits)))
    rng = np.random.default_rng([seed, 3])
    some = rng.choice(len(silences), min(MOST, len(silences)), replace=False)
    silences = silences.take(np.sort(some))
    hidden = find_hidden_stops(history, silences)
    truth = true_halts(made, history, silences, pseudonyms)
    hit = (truth[hidden.silence] >= 0) & (hidden.places.spot[hidden.place] == truth[hidden.silence])
    any_p = np.bincount(hidden.silence, weights=hidden.probability, minlength=len(silences))
    any_hit = np.bincount(hidden.silence, weights=hit, minlength=len(silences))
    order = np.lexsort((hidden.probability, hidden.silence))
    top = order[np.append(np.diff(hidden.silence[order]) > 0, True)]
    first_p, first_hit = np.zeros(len(silences)), np.zeros(len(silences), dtype=bool)
    first_p[hidden.silence[top]], first_hit[hidden.silence[top]] = hidden.probability[top], hit[top]
    stays = history.visits.stays
    before, after = silences.before, silences.after
    far = distance_km(stays.lat[before], stays.lon[before], stays.lat[after], stays.lon[after]) > AFAR_KM
    put_in = meets_dark(made, history, silences, pseudonyms) & (truth < 0)
    return {
        "first": _bins(first_p, first_hit), "any": _bins(any_p, any_hit),
        "afar": _bins(first_p[far], first_hit[far]),
        "named": [int((truth >= 0).sum()), int(first_hit[truth >= 0].sum()), len(truth)],
        "named afar": [int((truth[far] >= 0).sum()), int(first_hit[far & (truth >= 0)].sum()), int(far.sum())],
        "likely": [int((first_p >= 0.5).sum()), int(first_hit[first_p >= 0.5].sum())],
        "nothing": [int(put_in.sum()), int((first_p[put_in] >= 0.5).sum())],
    }  # fmt: skip


def _bins(p: np.ndarray, hit: np.ndarray) -> list[list[float]]:
    """Return per tenth of probability how many there are, the sum of their probabilities, and how many came true."""
    which = np.minimum((p * BINS).astype(int), BINS - 1)
    return [np.bincount(which, weights=one, minlength=BINS).tolist() for one in (np.ones(len(p)), p, hit)]


def _error(bins: np.ndarray) -> float:
    """Return the expected calibration error (Naeini et al. 2015) of summed bins."""
    count, p, hit = bins
    return float(np.abs(p - hit).sum() / max(count.sum(), 1.0))


def main() -> None:
    """Measure and print."""
    sitelight_package.load()
    from worlds.silence_worlds import KINDS

    table = [("worlds", "silences", "hide a site", "named first", "error, first", "error, any", "likely", "come true",
              "nothing hidden: likely")]  # fmt: skip
    curves = [("worlds", *(f"{low / BINS:.1f}" for low in range(BINS)))]
    for kind in KINDS:
        found = [in_fresh_process("bench.silence", str(seed), kind) for seed in SEEDS]
        total = {name: np.sum([one[name] for one in found], axis=0) for name in found[0]}
        worst = max(_error(np.array(one["first"])) for one in found)
        for name, named, bins in ((kind, "named", "first"), (f"{kind}, over 100 km", "named afar", "afar")):
            true, right, count = total[named]
            row = [name, str(count), f"{true / count:.0%}", f"{right / max(true, 1):.0%}", f"{_error(total[bins]):.3f}"]
            row[-1] += f" (worst {worst:.3f})" if bins == "first" else ""
            if bins == "first":
                likely, came = total["likely"]
                empty, wrong = total["nothing"]
                row += [f"{_error(total['any']):.3f}", f"{likely / count:.0%}", f"{came / max(likely, 1):.0%}"]
                row.append(f"{wrong / empty:.1%} of {empty}" if empty else "")
            table.append((*row, *[""] * (len(table[0]) - len(row))))
        count, p, hit = total["first"]
        curves.append((kind, *(f"{p[i] / n:.2f}→{hit[i] / n:.2f}" if n else "" for i, n in enumerate(count))))
        print(f"bench: {kind} done: {'  '.join(table[-2])}", flush=True)
    print_table(f"Silences, {len(SEEDS)} worlds of each kind: error at most 0.05, the true site first in 45 %", table)
    print_table("Reliability of the likeliest place: probability and how often it came true", curves)


if __name__ == "__main__":
    report(lambda: score_world(int(sys.argv[1]), sys.argv[2]))
