"""Who does the work on devices changes nothing: one block after the other, other blocks, another process."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from seeds import shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.history import movements
from sitelight.plugin.engine.history.runners import Moved, MovementKernel
from sitelight.plugin.engine.screening import Fixes
from sitelight.plugin.engine.study import Study, run
from sitelight_package import ROOT
from worlds.engine_town import KEY_DATE, SITES, town
from worlds.engine_worlds import square_world

WORKER = """
import pickle, sys
sys.path.insert(0, sys.argv[1])
import sitelight_package
sitelight_package.load()
kernel, blocks = pickle.load(sys.stdin.buffer)
pickle.dump([kernel(block) for block in blocks], sys.stdout.buffer)
"""


def one_after_the_other(kernel: MovementKernel, blocks: Iterable[Fixes]) -> Iterator[Moved]:
    return map(kernel, blocks)


def in_another_process(kernel: MovementKernel, blocks: Iterable[Fixes]) -> Iterator[Moved]:
    sent = pickle.dumps((kernel, list(blocks)))
    command = [sys.executable, "-c", WORKER, str(ROOT / "tests")]
    yield from pickle.loads(subprocess.run(command, input=sent, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("block_fixes", [500_000, 3_000])
@pytest.mark.parametrize("runner", [one_after_the_other, in_another_process])
def test_tables_are_the_same_to_the_bit(runner, block_fixes, monkeypatch):
    study = Study((KEY_DATE,), load_library(), SITES, square_world(), purpose="a made-up test town", rekey=b"key")
    source = town(shifted(611))
    usual = run(study, source)
    monkeypatch.setattr(movements, "BLOCK_FIXES", block_fixes)
    seen = []

    def watched(kernel: MovementKernel, blocks: Iterable[Fixes]) -> Iterator[Moved]:
        for moved in runner(kernel, blocks):
            seen.append(len(np.unique(moved.stays.device)))
            yield moved

    other = run(study, source, runner=watched)
    assert len(usual.tables["findings"]) > 0
    assert (len(seen) > 3) == (block_fixes == 3_000)
    for name, table in usual.tables.items():
        assert table.equals(other.tables[name]), name


def test_nothing_is_asked_of_a_runner_once_a_run_is_cancelled():
    from sitelight.plugin.engine.base import Cancelled, Progress

    study = Study((KEY_DATE,), load_library(), SITES, square_world(), rekey=b"key")
    stages, asked = [], []
    progress = Progress(lambda stage, _fraction: stages.append(stage), lambda: "Finding stays" in stages)

    def watched(kernel: MovementKernel, blocks: Iterable[Fixes]) -> Iterator[Moved]:
        asked.append(1)
        return map(kernel, blocks)

    with pytest.raises(Cancelled):
        run(study, town(shifted(612)), progress, runner=watched)
    assert len(asked) <= 1
