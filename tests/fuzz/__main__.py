"""`make fuzz N=10000 SEED=8`: damaged inputs by the thousand; `--case 8:123` runs one again and shows what came of it.

What fails is kept in build/fuzz/SEED-NUMBER.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import offscreen  # noqa: F401
import sitelight_package

sitelight_package.load()

from bench.measure import print_table
from osgeo import gdal
from qgis.core import QgsApplication
from sitelight.plugin.data import trials

from fuzz.doors import Doors
from fuzz.runs import BAD, FINE, KINDS, Fuzz, Outcome
from fuzz.samples import write_samples, write_study

TRIAL_MS = 6_000  # the samples are small: to wait as long as for an honest file would prove no more
KEPT = sitelight_package.ROOT / "build" / "fuzz"


def main() -> None:
    """Run the cases asked for; end with 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--case", default="")
    asked = parser.parse_args()
    if asked.case:
        seed, first = map(int, asked.case.split(":"))
        (outcome,) = run_cases(1, seed, first)
        print(f"{outcome.sample}: {outcome.damage}\n{outcome.found}: {outcome.said}")
        is_bad = outcome.found in BAD
    else:
        is_bad = fuzz(asked.number, asked.seed, asked.first)
    sys.stdout.flush()
    os._exit(is_bad)  # QGIS is not taken down: its layers and widgets belong to no window here


def fuzz(number: int, seed: int, first: int = 0) -> bool:
    """Run cases, print what came of them by kind, and return whether one failed."""
    outcomes = run_cases(number, seed, first)
    rows: list[tuple[str, ...]] = [("damaged", "cases", *FINE, *BAD)]
    for kind in (*KINDS, "all"):
        of_kind = [outcome for outcome in outcomes if kind in (outcome.kind, "all")]
        counted = Counter(outcome.found for outcome in of_kind)
        rows.append((kind, f"{len(of_kind):,}", *(f"{counted[found]:,}" for found in (*FINE, *BAD))))
    print_table(f"{len(outcomes):,} damaged inputs, seed {seed}", rows)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"  The slowest took {slowest.seconds:.1f} s ({slowest.sample}).")
    return any(outcome.found in BAD for outcome in outcomes)


def run_cases(number: int, seed: int, first: int) -> list[Outcome]:
    """Run cases one after another and tell each that failed at once."""
    application = QgsApplication.instance() or QgsApplication([], True)
    application.initQgis()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    trials.LEAST_MS = TRIAL_MS
    outcomes = []
    with tempfile.TemporaryDirectory() as name:
        fuzz = make_fuzz(Path(name))
        for case in range(first, first + number):
            outcome = fuzz.run(seed, case, Path(name))
            outcomes.append(outcome)
            if outcome.found in BAD:
                last = (outcome.said.strip().splitlines() or [""])[-1][:200]
                told = f"{outcome.case} {outcome.found}: {outcome.sample}, {outcome.damage}: {last}"
                print(f"bench: {told}", flush=True)
    return outcomes


def make_fuzz(folder: Path) -> Fuzz:
    """Write the samples into `folder` and return the fuzz of them."""
    samples = folder / "samples"
    samples.mkdir()
    write_samples(samples)
    results = write_study(samples)
    return Fuzz(samples, Doors(samples, results.evidence), KEPT)


if __name__ == "__main__":
    main()
