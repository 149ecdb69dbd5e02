"""Every behavior at a million occupied spots (synthetic): time and memory by visits, dates and library.

Timed is all that depends on spots, visits and behaviors: visits in windows, their facets, counts, the tests of ordinary
and key dates, findings and heat. What a study does before (stays, visits, legs: `make bench study`) is not. The history
of devices serves other stages too, so all sums are printed without it and with it, by the clock and by the processor.
The bare product is what one would pay to score every spot against every model by a matrix product of 128 features,
without any test; done on a share of the rows and scaled.

`make bench behaviors` takes the whole size; with `ARGS=--part=20` a twentieth of visits and spots.
"""

from __future__ import annotations

import pickle
import sys
import time
from datetime import date
from typing import Any, Optional

import sitelight_package

from .behaviors_world import DAYS, FIRST_DAY, cached_world
from .measure import GIB, in_fresh_process, peak_bytes, print_table, report

VISITS, SPOTS = 10_000_000, 1_000_000
SMALLER = (8, 4, 2)
PART_OPTION = "--part="
DATES = {
    "four weekdays": [date(2023, 7, 16), date(2023, 7, 26), date(2023, 8, 5), date(2023, 8, 15), date(2023, 8, 30)],
    "one weekday": [date(2023, 7, 5), date(2023, 7, 19), date(2023, 8, 2), date(2023, 8, 16), date(2023, 8, 30)],
}
FEATURES, MODELS = 128, 16_384
PRODUCT_SHARE = 20
HISTORY = "history (shared with other stages)"
TARGET_S, TARGET_GIB, MAX_GROWTH, MAX_DOUBLED = 60.0, 8.0, 1.2, 1.2
"""Growth: the cost of a visit in the whole over that in the part where it is least; doubled: the cost with a library of
twice the size, over that with the standard one."""
SUMS = {
    "without history": ("timed_s", "timed_cpu_s"), "with history": ("with_history_s", "with_history_cpu_s"),
}  # fmt: skip
HEADING = (
    "run", "visits", "spots", "models", "windows", "busy spots", "patterns", "wall s", "processor s",
    "with history: wall s", "processor s", "peak GiB", "processor s a million visits", "x",
)  # fmt: skip
NARROWER = (
    ("first_time", "occasional"), ("occasional", "regular"), ("resident", "local", "domestic"),
    ("unknown_home", "domestic", "neighbouring", "abroad"),
)  # fmt: skip


def doubled(library: Any) -> Any:
    """Return the library with an own WHO entry beside each: the same devices, narrowed by a second, common trait."""
    from sitelight.plugin.engine.behaviors import Entry

    own = tuple(
        Entry(
            id=f"own_{entry.id}", title=f"Own: {entry.title}", sentence=f"{entry.sentence} (own)",
            definition="An own entry of the benchmark.", requires=(*entry.requires, NARROWER[number % len(NARROWER)]),
        )
        for number, entry in enumerate(library.who)
    )  # fmt: skip
    return library.with_own({"who": own})


def score_world(path: str, dates: str, models: str) -> dict[str, Any]:
    """Count and test all behaviors of the visits in `path`; return sizes and the seconds of each stage."""
    sitelight_package.load()
    import numpy as np
    from sitelight.plugin.data.library import BEHAVIORS, load_library
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.counting import count_patterns, count_plain, find_presence, make_windows
    from sitelight.plugin.engine.findings import Evidence, find_findings, heat_table
    from sitelight.plugin.engine.history import build_history
    from sitelight.plugin.engine.scoring import measure, measure_plain, score
    from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES, Study

    with open(path, "rb") as file:
        visits, legs, sites, grid = pickle.load(file)
    library, world = load_library(BEHAVIORS), load_world()
    if models == "doubled":
        library = doubled(library)
    loaded_bytes, clock = peak_bytes(), _Clock()
    history = build_history(visits, legs, world, DEFAULT_LINKED_CATEGORIES, Study.lookback_days)
    clock.note(HISTORY)
    history_bytes = peak_bytes()
    windows = make_windows(
        DATES[dates], Study.days_before, Study.days_after, FIRST_DAY, FIRST_DAY + DAYS - 1, Study.lookback_days
    )
    presence = find_presence(history, windows)
    clock.note("visits in windows")
    counts, facets = count_patterns(
        history, presence, windows, library, FIRST_DAY + Study.lookback_days, Study.min_devices
    )
    clock.note("facets and counts")
    all_windows = make_windows(
        DATES[dates], Study.days_before, Study.days_after, FIRST_DAY, FIRST_DAY + DAYS - 1, 0
    )  # fmt: skip
    all_presence = find_presence(history, all_windows, presence)
    plain = measure_plain(
        history, all_presence, count_plain(history, all_presence, all_windows, Study.min_devices), windows
    )  # fmt: skip
    clock.note("plain counts")
    measured = measure(history, presence, counts, facets, windows, library, Study.min_devices, plain)
    scores = score(measured)
    clock.note("tests")
    evidence = Evidence(
        history=history, presence=presence, windows=windows, scores=scores, library=library, grid=grid, sites=sites,
        facets=facets, min_devices=Study.min_devices, pseudonyms=np.empty(0, dtype=object), plain=measured.plain,
    )  # fmt: skip
    findings = find_findings(evidence).table
    heat = heat_table(evidence, findings)
    clock.note("findings and heat")
    every = np.array(list(clock.stages.values()))
    timed = np.array([seconds for stage, seconds in clock.stages.items() if stage != HISTORY])
    return {
        "visits": len(visits), "spots": int(len(np.unique(visits.spot))), "models": len(library.models),
        "windows": len(windows), "dates": len(windows.tested), "busy": int(presence.busy_spots(3).sum()),
        "rows": len(counts.spot), "tests": len(scores.row), "findings": len(findings), "heat": len(heat),
        "entries": float(np.unpackbits(facets.who.view(np.uint8)).sum() / max(len(facets.who), 1)),
        "stages": clock.stages, **dict(zip(("timed_s", "timed_cpu_s"), timed.sum(axis=0).tolist())),
        **dict(zip(("with_history_s", "with_history_cpu_s"), every.sum(axis=0).tolist())),
        "loaded_bytes": loaded_bytes, "history_bytes": history_bytes,
    }  # fmt: skip


class _Clock:
    """Notes the wall and processor seconds of stages."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[float, float]] = {}
        self._last = time.perf_counter(), time.process_time()

    def note(self, stage: str) -> None:
        """Give the seconds since the last call to `stage`."""
        now = time.perf_counter(), time.process_time()
        self.stages[stage] = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now


def bare_product(spots: int, dates: int) -> dict[str, Any]:
    """Multiply one row in PRODUCT_SHARE of spots x features by features x models for each date, in blocks."""
    import numpy as np

    rng = np.random.default_rng(1)
    block = 2048
    features = rng.random((block, FEATURES), np.float32)
    weights = rng.random((FEATURES, MODELS), np.float32)
    result = np.empty((block, MODELS), np.float32)
    np.matmul(features, weights, out=result)
    rows, started, cpu = 0, time.perf_counter(), time.process_time()
    while rows < spots * dates / PRODUCT_SHARE:
        np.matmul(features, weights, out=result)
        rows += block
    scale = spots * dates / rows
    return {
        "product_s": (time.perf_counter() - started) * scale, "product_cpu_s": (time.process_time() - cpu) * scale,
        "share": rows / (spots * dates),
    }  # fmt: skip


def measured(visits: int, spots: int, dates: str = "four weekdays", models: str = "standard") -> dict[str, Any]:
    """Return the figures of one run in a fresh process."""
    return in_fresh_process("bench.behaviors", "score", str(cached_world(visits, spots)), dates, models)


def main() -> None:
    """Measure and print: the whole size, or the part of it that the command line names."""
    part = next((int(word[len(PART_OPTION) :]) for word in sys.argv if word.startswith(PART_OPTION)), 1)
    visits, spots = VISITS // part, SPOTS // part
    whole = measured(visits, spots)
    bare = in_fresh_process("bench.behaviors", "product", str(whole["spots"]), str(whole["dates"]))
    weekday = measured(visits, spots, dates="one weekday")
    twice = measured(visits, spots, models="doubled")
    parts = [measured(visits // share, spots // share) for share in SMALLER]
    crowded = measured(visits // 2, spots)
    rows: list[tuple[str, ...]] = [HEADING]
    rows.append(_row("whole, key dates on four weekdays", whole))
    rows.append(_row("key dates on one weekday", weekday, whole))
    rows.append(_row("library doubled", twice, whole))
    rows.extend(_row(f"1/{share} of the world", one, whole) for share, one in zip(SMALLER, parts))
    rows.append(_row("half the visits, all spots", crowded, whole))
    print_table(f"Behaviors: {whole['dates']} key dates, synthetic visits, each in a fresh process", rows)
    stages = [("stage", "wall s", "processor s")]
    stages += [(name, f"{wall:.1f}", f"{cpu:.1f}") for name, (wall, cpu) in whole["stages"].items()]
    stages.append(("sum without the history", f"{whole['timed_s']:.1f}", f"{whole['timed_cpu_s']:.1f}"))
    stages.append(("sum with the history", f"{whole['with_history_s']:.1f}", f"{whole['with_history_cpu_s']:.1f}"))
    print_table("Where the time of the whole goes", stages)
    print(
        f"\nMemory: {whole['loaded_bytes'] / GIB:.2f} GiB after loading the visits and legs, "
        f"{whole['history_bytes'] / GIB:.2f} GiB with the history, {whole['peak_bytes'] / GIB:.2f} GiB at most. WHO "
        f"entries that a visit matches on average: {whole['entries']:.1f}, in the doubled library "
        f"{twice['entries']:.1f}."
    )
    print(
        f"Bare float32 matrix product {whole['spots']:,} x {FEATURES} x {MODELS:,}, {whole['dates']} dates: "
        f"{bare['product_s']:.1f} s wall, {bare['product_cpu_s']:.1f} s processor. It was measured on "
        f"{bare['share']:.0%} of the rows, in blocks, and scaled to all of them."
    )
    title = "Targets" if part == 1 else f"Targets, beside 1/{part} of the size that they are for"
    print_table(title, _targets(whole, bare, twice, parts, part == 1))


def _targets(
    whole: dict[str, Any], bare: dict[str, Any], twice: dict[str, Any], parts: list[dict[str, Any]], is_full: bool
) -> list[tuple[str, ...]]:
    """Return each target beside what was measured, without and with the history, by the clock and by the processor.

    Seconds and memory are targets of the full size, so of a part nothing is said of them.
    """
    rows: list[tuple[str, ...]] = [("what", "target", "sum", "wall", "met", "processor", "met")]

    def add(what: str, target: str, name: str, values: list[float], limit: float, form: str, says: bool = True) -> None:
        cells = [cell for one in values for cell in (form.format(one), ("NO", "yes")[one <= limit] if says else "")]
        rows.append((what, target, name, *cells, *[""] * (4 - len(cells))))

    for name, keys in SUMS.items():
        seconds = [whole[key] for key in keys]
        add("seconds", f"<= {TARGET_S:.0f} s", name, seconds, TARGET_S, "{:.1f}", is_full)
        product = [bare["product_s"], bare["product_cpu_s"]]
        add("over the bare product", "< 1", name, [a / b for a, b in zip(seconds, product)], 1.0, "{:.2f}")
        growth = [whole[key] / whole["visits"] / min(one[key] / one["visits"] for one in parts) for key in keys]
        what = "cost of a visit, whole over cheapest part"
        add(what, f"<= {MAX_GROWTH} (linear: 1)", name, growth, MAX_GROWTH, "{:.2f}")
        doubled = [twice[key] / whole[key] for key in keys]
        add("library doubled over not", f"< {MAX_DOUBLED}", name, doubled, MAX_DOUBLED, "{:.2f}")
    add("peak memory", f"<= {TARGET_GIB:.0f} GiB", "", [whole["peak_bytes"] / GIB], TARGET_GIB, "{:.2f} GiB", is_full)
    return rows


def _row(name: str, figures: dict[str, Any], whole: Optional[dict[str, Any]] = None) -> tuple[str, ...]:
    ratio = "" if whole is None else f"{figures['timed_cpu_s'] / whole['timed_cpu_s']:.2f}"
    return (
        name, f"{figures['visits']:,}", f"{figures['spots']:,}", f"{figures['models']:,}", str(figures["windows"]),
        f"{figures['busy']:,}", f"{figures['rows']:,}", f"{figures['timed_s']:.1f}", f"{figures['timed_cpu_s']:.1f}",
        f"{figures['with_history_s']:.1f}", f"{figures['with_history_cpu_s']:.1f}",
        f"{figures['peak_bytes'] / GIB:.2f}", f"{1e6 * figures['timed_cpu_s'] / figures['visits']:.2f}", ratio,
    )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "score":
        report(lambda: score_world(*sys.argv[2:]))
    else:
        report(lambda: bare_product(int(sys.argv[2]), int(sys.argv[3])))
