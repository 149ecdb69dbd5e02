"""Work in threads: numpy lets go of the interpreter's lock, so blocks are computed beside each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, TypeVar

import numpy as np

THREADS = 2
_WAITING = 2 * THREADS
Item = TypeVar("Item")
Result = TypeVar("Result")


def work_in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield `work(item)` of all items in their order; once the caller stops listening, nothing more is begun."""
    np.empty(KEPT_BYTES, np.uint8)  # taken and given back untouched; see KEPT_BYTES
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _WAITING:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


KEPT_BYTES = 33_000_000
"""glibc gives freed arrays back to the system, and a third of the time would go into taking them again for the next
block. It keeps arrays up to the size of the largest freed before, at most 32 MiB; elsewhere this changes nothing."""
