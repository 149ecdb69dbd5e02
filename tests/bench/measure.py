"""Measures a piece of work in a fresh process: wall time, processor time, peak memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

GIB = 1024**3


def peak_bytes() -> int:
    """Return the most memory this program has held resident since it started (Linux: VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def report(work: Callable[[], dict[str, Any]]) -> None:
    """Do `work` in this process and print its figures as one line of JSON; called in the fresh process."""
    start_bytes = peak_bytes()
    started, started_cpu = time.perf_counter(), time.process_time()
    figures = work()
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    print(json.dumps({
        "wall_s": wall_s, "cpu_s": cpu_s, "peak_bytes": peak_bytes(), "start_bytes": start_bytes, **figures,
    }))  # fmt: skip


def in_fresh_process(module: str, *arguments: str, timeout_s: float = 1800) -> dict[str, Any]:
    """Run `python -m module arguments` and return the figures that it reports."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment, stdout=subprocess.PIPE, text=True, timeout=timeout_s, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def print_table(title: str, rows: list[tuple[str, ...]]) -> None:
    """Print `rows` (the first is the heading) as aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for number, row in enumerate(rows):
        print("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
