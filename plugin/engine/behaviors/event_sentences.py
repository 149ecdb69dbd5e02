"""Sentences of events: who, how, when and where, in plain words; counts first, and no count of few devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ..earth import EPOCH, MONTHS
from ..tables import MIN_SHOWN

KIND_WORDS = {
    "military": ("military sites", "a military site"),
    "police": ("police sites", "a police site"),
    "government": ("government sites", "a government site"),
    "embassy": ("embassies", "an embassy"),
    "port": ("ports", "a port"),
    "border_crossing": ("border crossings", "a border crossing"),
    "energy": ("energy or mining sites", "an energy or mining site"),
    "telecom": ("telecom sites", "a telecom site"),
    "hotel": ("hotels", "a hotel"),
    "market": ("markets", "a market"),
    "transport_hub": ("transport hubs", "a transport hub"),
    "airport": ("airports", "an airport"),
}
"""Kinds of places that devices are linked by, many and one of them."""
NEARLY_ALL = 0.85
"""Share from which something is told of a group as such, by hand; of fewer it is told of most of them."""
PART_WORDS = {"night": "by night", "dawn": "at dawn", "day": "by day", "evening": "in the evening", "": ""}
MANY_DAYS = 3
"""Days or nights that are listed one by one, by hand: more are told by the first and the last."""
DAYS_PER_WEEK = 7


def count_words(devices: int) -> str:
    """Return a number of devices to begin a sentence with."""
    return f"Fewer than {MIN_SHOWN} devices" if devices < MIN_SHOWN else f"{devices:,} devices"


def usual_words(usual: float, days: int, like: bool) -> str:
    """Return how many are usual in so many days: "about 2 in an ordinary week"; `like`: of those like them."""
    week = "an ordinary week" if days == DAYS_PER_WEEK else "an ordinary day" if days == 1 else f"{days} ordinary days"
    them = " like them" if like else ""
    return f"hardly any{them} in {week}" if usual < 0.75 else f"about {int(usual + 0.5):,}{them} in {week}"


def origin_words(value: str, country: str, places: Sequence[str]) -> str:
    """Return where a group lives; `country` is the name of one, `places` are towns or sites."""
    named = f" ({_listed(places)})" if places else ""
    if value.startswith("from:"):
        return f"from {country}{named}"
    return {
        "abroad": f"from abroad{named}", "country": f"from elsewhere in the country{named}",
        "nearby": "living nearby", "here": "living here", "unknown": "of unknown home",
    }[value]  # fmt: skip


def link_words(value: str, places: Sequence[str]) -> str:
    """Return what kind of places a group is linked by: "often at or based at military sites (…)"."""
    kind, _, how = value.partition(":")
    many, one = KIND_WORDS[kind]
    named = f" ({_listed(places)})" if places else ""
    return f"based at or often at {many}{named}" if how == "often" else f"seen at {one}{named} in the weeks before"


def tie_words(value: str) -> str:
    """Return how a group is tied to the place."""
    return "regular there" if value == "often" else "new there"


def share_words(text: str, share: float) -> str:
    """Return a text that is true of a share of a group."""
    return text if share >= NEARLY_ALL else f"most of them {text}"


def days_words(days: Sequence[int], what: str = "") -> str:
    """Return days (numbers, rising) in words: "on 26 July", "on 27 and 29 July", "on 5 days from 24 to 31 July".

    `what` "night" tells nights by the days of their evenings.
    """
    if len(days) == 0:
        return ""
    first, last = _date(days[0]), _date(days[-1])
    if what == "night":
        if len(days) == 1:
            return f"on the night of {first}"
        if days[-1] - days[0] + 1 > len(days):
            return f"on {len(days)} nights from {first} to {last}"
        return f"on the nights of {_dates((days[0], days[-1]))[0]} to {last}"
    if len(days) <= MANY_DAYS:
        return f"on {_listed(_dates(days))}"
    if days[-1] - days[0] + 1 == len(days):
        return f"from {first} to {last}"
    return f"on {len(days)} days from {first} to {last}"


def hours_words(part: str, from_hour: float, to_hour: float, hours: float) -> str:
    """Return the time of a day in words: "by night, from about 1 to 4 h"; only the part of it where it is long."""
    words = PART_WORDS[part]
    begin, end = round(from_hour) % 24, round(to_hour) % 24
    if hours > 12.0 or to_hour - from_hour > 14.0 or begin == end:
        return words
    clock = f"from about {begin} to {end} h"
    return f"{words}, {clock}" if words else clock


def lasting_words(hours: float) -> str:
    """Return how long a visit lasted, in round words."""
    if hours < 0.75:
        return "for less than an hour"
    if hours < 1.5:
        return "for about an hour"
    return f"for about {hours:.0f} hours" if hours < 20.0 else f"for about {max(hours / 24.0, 1.0):.0f} days"


def joined(clauses: Sequence[str]) -> str:
    """Return clauses as one: "came by air, lodged at X, and were at Y"."""
    if len(clauses) < 2:
        return "".join(clauses)
    comma = "," if len(clauses) > 2 else ""
    return f"{', '.join(clauses[:-1])}{comma} and {clauses[-1]}"


def ordinary_words(hits: int, dates: int) -> str:
    """Return how many ordinary dates had something as strong."""
    if dates == 0:
        return "the data hold no ordinary date to compare with"
    ordinary = "ordinary date" if dates == 1 else "ordinary dates"
    return f"something this strong on {hits} of {dates} {ordinary}"


def date_words(day: int) -> str:
    """Return the day of this number: "24 July"."""
    return _date(day)


def _date(day: int) -> str:
    date = EPOCH + timedelta(days=int(day))
    return f"{date.day} {MONTHS[date.month - 1]}"


def _dates(days: Sequence[int]) -> list[str]:
    """Return days one by one, the month once where they share it: "26", "28 July"."""
    dates = [_date(day) for day in days]
    months = [date.partition(" ")[2] for date in dates]
    return [
        date if number + 1 == len(dates) or months[number + 1] != months[number] else date.partition(" ")[0]
        for number, date in enumerate(dates)
    ]


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""
