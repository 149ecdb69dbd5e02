"""Work in threads: in order, whatever their number; nothing more is begun once nobody listens."""

from __future__ import annotations

import time
from threading import Event

import pytest
from sitelight.plugin.engine.base import threads
from sitelight.plugin.engine.base.threads import MAX_THREADS, THREADS, work_in_threads

NUMBERS = pytest.mark.parametrize("number", [1, 2, 5])


def test_there_is_at_least_one_thread_and_a_bound():
    assert 1 <= THREADS <= MAX_THREADS


@NUMBERS
def test_results_come_in_the_order_of_the_items(monkeypatch, number):
    monkeypatch.setattr(threads, "THREADS", number)

    def late_if_early(item):
        time.sleep(0.01 if item % 5 == 0 else 0.0)
        return item * item

    assert list(work_in_threads(late_if_early, range(40))) == [item * item for item in range(40)]
    assert list(work_in_threads(late_if_early, [])) == []


@NUMBERS
def test_only_a_few_items_are_taken_ahead(monkeypatch, number):
    monkeypatch.setattr(threads, "THREADS", number)
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    for done, _ in enumerate(work_in_threads(lambda item: item, items())):
        assert len(taken) <= done + 2 * number + 1
    assert len(taken) == 100


@NUMBERS
def test_nothing_is_begun_after_the_caller_has_stopped(monkeypatch, number):
    monkeypatch.setattr(threads, "THREADS", number)
    begun, let_go = [], Event()

    def work(item):
        begun.append(item)
        if item:
            let_go.wait(10)
        return item

    found = work_in_threads(work, range(100))
    assert next(found) == 0
    let_go.set()
    found.close()
    by_then = len(begun)
    assert by_then <= 2 * number + 1
    time.sleep(0.05)
    assert len(begun) == by_then


@NUMBERS
def test_an_error_reaches_the_caller(monkeypatch, number):
    monkeypatch.setattr(threads, "THREADS", number)
    found = work_in_threads(lambda item: 10 // (3 - item), range(6))
    assert [next(found), next(found), next(found)] == [3, 5, 10]
    with pytest.raises(ZeroDivisionError):
        next(found)
