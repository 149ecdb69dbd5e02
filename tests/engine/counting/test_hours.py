"""On which days visits touch hours of the day: a night belongs to the day of its evening."""

from __future__ import annotations

import numpy as np
import pytest
from seeds import shifted
from sitelight.plugin.engine.counting import Hours, days_in_hours
from worlds.engine_worlds import MONDAY, make_panel

NIGHT = Hours(19.0, 10.0)
DAYS = 4


def days_of(hours: Hours, *spans: tuple[float, float]) -> list[list[int]]:
    """Return the days of each visit (start, end in hours since Monday), which are given in order of their starts."""
    start, end = (np.array(values, float) for values in zip(*spans))
    history = make_panel(np.zeros(len(start), int), np.zeros(len(start), int), start, 1, hours=end - start)
    first, last = days_in_hours(history, hours, MONDAY, DAYS)
    return [list(range(*both)) for both in zip(first.tolist(), last.tolist())]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (3.0, 4.0, []),  # of Sunday's night
        (18.0, 18.9, []), (18.5, 19.5, [0]), (19.0, 19.0, [0]), (23.0, 25.0, [0]), (28.9, 28.95, [0]), (29.0, 30.0, []),
        (28.0, 43.5, [0, 1]), (20.0, 68.0, [0, 1, 2]), (90.0, 200.0, [3]),
    ],
)  # fmt: skip
def test_a_night_is_that_of_its_evening(start, end, expected):
    assert days_of(NIGHT, (start, end)) == [expected]


def test_hours_of_the_day_touch_as_minutes_say():
    """Beside a look at every minute of the visit."""
    rng = np.random.default_rng(shifted(3))
    start = np.sort(rng.integers(0, 24 * 60 * DAYS, 300)) / 60.0
    end = start + rng.integers(1, 40 * 60, 300) / 60.0
    for hours in (NIGHT, Hours(22.0, 7.0), Hours(5.0, 7.0), Hours(12.0, 7.0)):
        expected = []
        for one, other in zip(start, end):
            minutes = np.arange(round(one * 60), round(other * 60) + 1)
            into = (minutes / 60.0 - hours.start) % 24.0
            day = np.floor((minutes / 60.0 - hours.start) / 24.0).astype(int)[into < hours.length - 1e-9]
            expected.append(sorted(set(day.tolist()) & set(range(DAYS))))
        assert days_of(hours, *zip(start, end)) == expected
