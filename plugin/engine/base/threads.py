"""Work in threads: numpy lets go of the interpreter's lock, so blocks are computed beside each other.

The one owner of how many there are. A result must not depend on it: items are cut without regard to it, and their
results come in the items' order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import cpu_count
from typing import Callable, TypeVar

import numpy as np

MAX_THREADS = 4
"""By hand: each thread holds a block and what is made of it (stays: 32 MB, networks: some 50 MiB), and up to twice as
many finished ones wait for their turn, so that memory would grow with the cores."""

THREADS = min(cpu_count(), MAX_THREADS)

_KEPT_BYTES = 33_000_000
"""glibc gives freed arrays back to the system, and a third of the time would go into taking them again for the next
block. It keeps arrays up to the size of the largest freed before, at most 32 MiB; elsewhere this changes nothing."""

_ROOM_BYTES = 256 << 20
"""What must be free before a block is begun. By hand: what threads, their stacks and the linear algebra take without
asking (some 50 MB a thread); OpenBLAS tries for ever when it gets none, so that a run would never end."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def require_room() -> None:
    """Raise MemoryError where less is free than threads and libraries take without asking."""
    np.empty(_ROOM_BYTES, np.uint8)  # untouched, it costs nothing


def work_in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield `work(item)` of all items in their order; once the caller stops listening, nothing more is begun.

    Raises MemoryError where too little is left.
    """
    np.empty(_KEPT_BYTES, np.uint8)  # taken and given back untouched
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for item in items:
                require_room()
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

