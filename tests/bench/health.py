"""What vendors do to rows: findings in worlds with nothing planted, whether the lie is named, and false alarms.

The rows are those of the scenario with nothing planted, for false alarms also those of all kinds of worlds for error
rates, and of the real data where they are at hand. The seeds were never looked at while anything was built.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import sitelight_package

from .independent_city import SHARED
from .lies import HOUR_MS, LIES, Rows
from .measure import print_table
from .scoring_worlds import FIRST_DAY, WORLD_KINDS, ScoringWorld, make_world

sitelight_package.load()

from sitelight.plugin.data.library import load_library  # noqa: E402
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import Progress, SitelightError
from sitelight.plugin.engine.health import examine
from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations, scenario_sites
from sitelight.plugin.engine.screening import ObservationSource, ScreeningSettings, screen
from sitelight.plugin.engine.study import Study, run

SEEDS = (90411, 90412)
DEVICES, DAYS = 450, 150
HONEST_SEEDS = (90421, 90422)
REAL = (
    "evergiven-ais", "flights", "albatross-lon360", "movebank-fishers", "liverpool-bus", "pol-anomaly", "field-cases",
)  # fmt: skip
KEY_DATE = date(2023, 7, 26)
KEY_DAY = (KEY_DATE - date(1970, 1, 1)).days


def rows_of(world: ScoringWorld) -> Rows:
    """Return the visits of a world for error rates as rows: five moments of each, 15 m off."""
    visits, rng = world.visits, np.random.default_rng(len(world.visits))
    _, device = np.unique(visits.device, return_inverse=True)
    shape = (len(device), 5)
    hours = visits.start_h[:, None] + (visits.end_h - visits.start_h)[:, None] * np.sort(rng.random(shape), axis=1)
    lat, lon = (
        values[visits.spot][:, None] + rng.normal(0.0, 15.0 / 111_000.0, shape)
        for values in (world.ground.lat, world.ground.lon)
    )
    time_ms = (FIRST_DAY * 24 * HOUR_MS + hours * HOUR_MS).astype(np.int64)
    return Rows(
        np.repeat(device, 5), time_ms.ravel(), lat.ravel(), lon.ravel(), np.full(lat.size, 15.0, np.float32)
    )


def named_in(source: ObservationSource) -> list[str]:
    """Return the checks that are named in a source, no country left out."""
    world = load_world()
    screened = screen(source, ScreeningSettings(excluded_countries=()), world, b"bench")
    return [fault.check for fault in examine(screened, world, Progress())[1].faults]


def measure_lies() -> None:
    """Study worlds with nothing planted, true and with each lie."""
    world, library = load_world(), load_library()
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "sites.csv")
        scenario_sites().to_csv(path, index=False)
        sites = read_sites_file(path).sites
    found: dict[tuple[str, str], list[tuple[int, list[str]]]] = defaultdict(list)
    for seed in SEEDS:
        settings = ScenarioSettings(devices=DEVICES, days=DAYS, seed=seed, null=True)
        true = Rows.of(pd.concat(make_observations(settings)))
        cases = [("none", "", lambda rows, *_: rows)]
        cases += [(lie.name, strength, lie.tell) for lie in LIES for strength in lie.strengths]
        for name, given, tell in cases:
            rows, strength = tell(true, np.random.default_rng(seed), KEY_DAY, given), str(given)
            study = Study((KEY_DATE,), sites=sites, world=world, library=library, rekey=b"bench")
            tables = run(study, rows.source()).tables
            number = int((tables["findings"]["q_value"] < 0.05).sum())
            found[name, strength].append((number, tables["data_health"]["check"].tolist()))
            print(f"bench: {seed} {name} {strength}: {number} findings, {found[name, strength][-1][1]}", flush=True)
    _print(found)


def _print(found: dict[tuple[str, str], list[tuple[int, list[str]]]]) -> None:
    names = {lie.name: lie.names for lie in LIES}
    rows = [("lie", "strength", "worlds", "with a finding", "findings", "lie named", "named beside it")]
    lies = [0, 0, 0]
    for (name, strength), worlds in found.items():
        right = names.get(name, ())
        alarmed = sum(number > 0 for number, _ in worlds)
        is_named = sum(any(check in right for check in checks) for _, checks in worlds)
        others = Counter(check for _, checks in worlds for check in set(checks) if check not in right)
        if right:
            lies = [lies[0] + len(worlds), lies[1] + alarmed, lies[2] + is_named]
        rows.append((
            name, strength, str(len(worlds)), str(alarmed), str(sum(number for number, _ in worlds)),
            str(is_named) if right else "", ", ".join(f"{check} ({times})" for check, times in others.items()),
        ))  # fmt: skip
    print_table("Nothing planted: findings at q < 0.05, and whether the lie is named", rows)
    total, alarmed, is_named = lies
    print(f"\nOf {total} worlds with a lie {_rate(alarmed, total)} have a finding.")
    print(f"\nIn {_rate(is_named, total)} of them the lie is named.")


def _rate(part: int, whole: int) -> str:
    share = part / whole
    return f"{share:.1%} (standard error {np.sqrt(max(share * (1 - share), 1 / whole**2) / whole):.1%})"


def measure_honest() -> None:
    """Name faults where there are none."""
    rows = [("world", "examined", "with a fault named", "faults")]
    for name, kind in WORLD_KINDS.items():
        named = [named_in(rows_of(make_world(seed, kind, 600, 0.02)).source()) for seed in HONEST_SEEDS]
        rows.append(_honest_row(name, named))
    named = []
    for path in (path for folder in REAL for path in sorted((SHARED / folder).glob("*.csv*"))):
        try:
            named.append(named_in(open_observations_file(str(path))))
        except SitelightError as error:
            print(f"bench: {path.name} is not read: {str(error)[:60]}")
    if named:
        rows.append(_honest_row("real data (files)", named))
    print_table("Faultless deliveries", rows)


def _honest_row(name: str, named: list[list[str]]) -> tuple[str, ...]:
    faults = Counter(check for checks in named for check in checks)
    told = ", ".join(f"{check} ({times})" for check, times in faults.items())
    return name, str(len(named)), str(sum(bool(checks) for checks in named)), told


def main() -> None:
    """Measure and print."""
    if "--honest" not in sys.argv:
        measure_lies()
    measure_honest()
