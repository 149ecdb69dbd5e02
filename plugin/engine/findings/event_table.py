"""The table of events: one row for each thing that happened, told as a way in the order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from ..behaviors import event_sentences as words
from ..earth import EPOCH, nearest_within
from ..places import categories, country_codes
from ..tables import MIN_SHOWN, MOST_HIDDEN, as_table, empty_table, told_apart
from .events import Event
from .evidence import Evidence
from .names import CAME, LINK, ORIGIN, TIE, Group
from .plain import earlier_counts
from .select import Findings
from .told_regions import COUNTRY, DISTRICT, out_words
from .traits import LINKS
from .ways import Arrival, Stop, Way, find_way

TOWN_KM = 100.0
"""As for the stops of itineraries."""
NAMED_PLACES = 2
"""Towns or sites named of a group, by hand: what a line holds."""
LEAST_NAMED = 0.2
"""Share of a group that lives in a town, or is often at a site, from which it is named, by hand."""
AWAY_SHARE = 1 / 3
"""Share of the usual number that is missing from which regular visitors are said to have stayed away, by hand."""
FALL_SAYS = ("here", "nearby", *(f"{kind}:seen" for kind in LINKS))
"""What regular visitors are anyway, or were now and then: nothing is said of them by it."""
NEW_IN_DATA, TOGETHER, NOT_ORDINARY = "New in the data", "Came together", "Not ordinary days"
"""How the doubt begins that devices were delivered for the first time (`doubts`)."""


def events_table(evidence: Evidence, findings: Findings, explanations: pd.DataFrame) -> pd.DataFrame:
    """Return the `events` table, lowest q first, then as the findings; `explanations` has what speaks against each.

    Raises nothing that depends on the data; of events of few devices no number is told.
    """
    if not findings.events:
        return empty_table("events")
    rows = [_row(evidence, findings, event, explanations, number) for number, event in enumerate(findings.events, 1)]
    frame = pd.DataFrame(rows).sort_values("q_value", kind="stable")
    return as_table("events", frame.assign(rank=np.arange(1, len(rows) + 1)))


def with_region_events(findings: pd.DataFrame, events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `findings` and `events` with an event for each finding of a country or district, before all others.

    What moved as a whole is no way of a group: its sentence is that of its finding.
    """
    is_region = findings["spot_kind"].isin((COUNTRY, DISTRICT)).to_numpy()
    count = int(is_region.sum())
    if count == 0:
        return findings, events
    number = np.arange(1, count + 1) + (int(events["event_id"].max()) if len(events) else 0)
    event_id = findings["event_id"].to_numpy().copy()
    event_id[is_region] = number
    regions = findings[is_region]
    fewer = regions["ratio"] < 1.0
    own = regions.assign(
        event_id=number, rank=np.arange(1, count + 1), places=1, countries=regions["country"], based_at="",
        title=[_region_title(*row) for row in zip(fewer, regions["when"], regions["spot_name"])],
        phase=np.select(
            [regions["window_start"] >= regions["key_date"], regions["window_end"] < regions["key_date"]],
            ["from", "before"], "whole",
        ),
        started=regions["window_start"], finished=regions["window_end"],
    )  # fmt: skip
    parts = [as_table("events", own), events.assign(rank=events["rank"] + count)]
    joined = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return findings.assign(event_id=event_id), as_table("events", joined)


def _region_title(fell: bool, when: str, name: str) -> str:
    """Return "Fewer devices out after dark in Togo as a whole"."""
    return f"{' '.join(filter(None, ('Fewer' if fell else 'More', 'devices', out_words(when))))} in {name} as a whole"


def _row(
    evidence: Evidence, findings: Findings, event: Event, explanations: pd.DataFrame, rank: int
) -> dict[str, object]:
    """Return one event; its main finding is the first of its members."""
    main = findings.table.iloc[int(event.findings[0])]
    test = int(findings.test[event.findings[0]])
    group = _told_group(event.group, _told_beside(evidence, findings.table, explanations, main, test))
    doubts = explanations[(explanations.finding_id == main.finding_id) & (explanations.kind == "against")]
    against = _against(doubts["text"].tolist(), int(main.placebo_hits), int(main.placebo_dates))
    teller = _Teller(evidence, group)
    if group.is_fall:
        title, told = teller.fall_title(), teller.fall(test)
    else:
        way = find_way(evidence, group, list(event.places))
        title = teller.rise_title(way, any(text.startswith(NEW_IN_DATA) for text in doubts["text"]))
        told = teller.rise(way)
    first, last = teller.span
    spots = evidence.history.visits.spots
    countries = dict.fromkeys(filter(None, spots.country[list(event.places)]))
    return {
        "event_id": rank, "rank": rank, "title": title, "sentence": f"{told} {against}", "key_date": main.key_date,
        "phase": _phase(evidence, test), "started": _iso(first), "finished": _iso(last),
        "devices": group.counted, "places": len(event.places), "countries": ", ".join(countries),
        "q_value": event.q_value, "change": main.change, "based_at": ", ".join(teller.homes(3)),
        "finding_id": int(main.finding_id), "spot_id": main.spot_id, "spot_name": main.spot_name,
        "spot_kind": main.spot_kind, "geometry": main.geometry,
    }  # fmt: skip


def _told_beside(
    evidence: Evidence, table: pd.DataFrame, explanations: pd.DataFrame, main: pd.Series, test: int
) -> list[int]:
    """Return what is told of the place and date of a finding: devices of its findings, of their drivers, and of all."""
    here = table[(table.spot_id == main.spot_id) & (table.key_date == main.key_date)]
    of_findings = here["observed"].tolist()
    drivers = explanations[explanations.finding_id.isin(here.finding_id) & (explanations.kind == "driver")]["observed"]
    spot, window = int(evidence.scores.spot[test]), int(evidence.scores.window[test])
    everybody = told_apart(evidence.presence.devices[[spot], [window]], of_findings)
    return [int(told) for told in (*of_findings, *drivers, *everybody)]


def _told_group(group: Group, beside: Sequence[int]) -> Group:
    """Return a group whose count tells none below five by others of its place and date: it is that of the nearest."""
    near = [told for told in beside if told >= MIN_SHOWN and abs(told - group.counted) <= MOST_HIDDEN]
    counted = min(near, key=lambda told: (abs(told - group.counted), told), default=group.counted)
    return replace(group, counted=counted if group.counted >= MIN_SHOWN else group.counted)


def _phase(evidence: Evidence, test: int) -> str:
    plain = evidence.plain
    if plain is None or not evidence.scores.change_of(test).is_plain:
        return "whole"
    return plain.counts.phases[int(evidence.scores.phase[test])].id


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=int(day))).isoformat()


def _against(doubts: Sequence[str], hits: int, dates: int) -> str:
    """Return how often chance does as well and what speaks against an event, in few words: findings have the sentences.

    That they came together is told by the way.
    """
    heads = [text.partition(":")[0] for text in doubts if ":" in text[:40]]
    heads = [head for head in heads if head not in (TOGETHER, NOT_ORDINARY)]
    known = {NOT_ORDINARY: "holidays, curfews or closures these days", "On ": "an odd day of the deliveries"}
    heads += [head for begin, head in known.items() if any(text.startswith(begin) for text in doubts)]
    chance = words.ordinary_words(hits, dates)
    told = ", ".join(head[0].lower() + head[1:] for head in heads)
    return f"{chance[0].upper()}{chance[1:]}." + (f" Against it: {told}." if told else "")


class _Teller:
    """Tells of one group, with the names of places."""

    def __init__(self, evidence: Evidence, group: Group) -> None:
        self._evidence, self._group = evidence, group
        self._spots = evidence.history.visits.spots
        self.span = group.start_day, group.start_day + group.days - 1
        # Of few devices a way would be that of each: no more is told than that they were there.
        self.is_many = min(group.counted, len(group.devices)) >= MIN_SHOWN

    # Falls

    def fall_title(self) -> str:
        """Return what was missed where, in a few words."""
        name = self._name(self._group.spot)
        return f"Regular visitors stayed away from {name}" if self._stayed_away() else f"Fewer days of visits at {name}"

    def _stayed_away(self) -> bool:
        """Tell whether regular visitors are missing, or came on fewer days."""
        return len(self._group.devices) >= AWAY_SHARE * self._group.usual

    def fall(self, test: int) -> str:
        """Return the sentence of devices that are missing."""
        group = self._group
        before = earlier_counts(self._evidence, test) or words.usual_words(group.usual, group.days, False)
        count = words.count_words(group.counted)
        when = words.days_words(list(range(self.span[0], self.span[1] + 1)))
        who = self._who()
        away = "stayed away" if self._stayed_away() else "came on fewer days"
        missing = f"those who are there regularly {away}{f' ({who})' if who else ''}"
        return f"{count} were at {self._name(group.spot)} {when}, {before}: {missing}."

    # Rises

    def rise_title(self, way: Way, is_new_in_data: bool) -> str:
        """Return who and where in a few words."""
        links = [fact.id.partition(":")[0] for fact in self._group.fact(LINK) if self.is_many]
        link = "Military-linked " if "military" in links else "Police-linked " if "police" in links else ""
        origins = self._group.fact(ORIGIN) if self.is_many else []
        origin = words.origin_words(origins[0].id, self._country(origins[0].id), ()) if origins else ""
        noun = "convoy" if way.in_convoy and self.is_many else "devices"
        is_new = any(fact.id == "new" for fact in self._group.fact(TIE))
        who = f"{link}{noun}" if link else noun.capitalize()
        if is_new_in_data:
            who = f"{who} new in the data"
        elif not (link or origin or way.in_convoy):
            who = "Newcomers" if is_new else "More devices"
        stay = " overnight" if way.main.times.nights and self.is_many else ""
        named = f"{who} {origin}".strip() if origin.startswith("from") else who
        return f"{named}{stay} at {self._name(self._group.spot)}"

    def rise(self, way: Way) -> str:
        """Return the sentence of devices that came: how many, who, and their way."""
        group = self._group
        self.span = self._days_of(way) if self.is_many else self.span
        count = f"{words.count_words(group.counted)}, {words.usual_words(group.usual, group.days, group.like)}"
        who = self._who()
        clauses = [text for text in self._clauses(way) if text] if self.is_many else [self._there()]
        named = f"{count}: {who}; they" if who else f"{count}; they"
        return f"{named} {words.joined(clauses)}."

    def _days_of(self, way: Way) -> tuple[int, int]:
        """Return the first and last day on which most of the group were at the main place."""
        days = (*way.main.times.days, *way.main.times.nights)
        first, last = (min(days), max(days)) if days else self.span
        return max(first, self._group.window[0] - 1), min(last, self._group.window[1] + 1)

    def _who(self) -> str:
        """Return who they are, nothing of few: where each lives would be told."""
        group, told = self._group, []
        if not self.is_many:
            return ""
        for fact in (*group.fact(ORIGIN), *group.fact(LINK), *group.fact(TIE)):
            if group.is_fall and (fact.axis == TIE or fact.id in FALL_SAYS):
                continue
            if fact.axis == ORIGIN:
                text = words.origin_words(fact.id, self._country(fact.id), self._towns(fact.id))
            elif fact.axis == LINK:
                text = words.link_words(fact.id, self._sites(fact.id.partition(":")[0]))
            else:
                text = words.tie_words(fact.id)
            told.append(words.share_words(text, fact.share))
        return ", ".join(told)

    def _clauses(self, way: Way) -> list[str]:
        before = [stop for stop in way.others if stop.first_ms < way.main.first_ms]
        after = [stop for stop in way.others if stop.first_ms >= way.main.first_ms]
        came_by_air = any(fact.id == "air" for fact in self._group.fact(CAME))
        arrival = self._crossing(way.arrival, True) if way.arrival else "came by air" if came_by_air else ""
        main = self._since(way.main, way.arrival) if way.arrival else way.main
        return [
            arrival, *(self._at(stop) for stop in before), self._company(way), self._at(main),
            *(self._at(stop) for stop in after), self._crossing(way.departure, False) if way.departure else "",
        ]  # fmt: skip

    @staticmethod
    def _since(stop: Stop, arrival: Arrival) -> Stop:
        """Return a stop without the night in which they came: it is that of the evening before."""
        nights = tuple(night for night in stop.times.nights if night >= arrival.day)
        return replace(stop, times=replace(stop.times, nights=nights)) if nights else stop

    def _there(self) -> str:
        return f"were at {self._name(self._group.spot)} {words.days_words(list(range(self.span[0], self.span[1] + 1)))}"

    def _company(self, way: Way) -> str:
        known = way.convoy_from >= 0 and str(self._spots.kind[way.convoy_from]) == "site"
        start = f" from {self._place(way.convoy_from)}" if known else ""
        return f"came in convoy{start}" if way.in_convoy else f"came together{start}" if way.together else ""

    def _crossing(self, crossing: Arrival, into: bool) -> str:
        over = f" over {self._place(crossing.over)}" if crossing.over >= 0 else ""
        border = f" across {crossing.borders}" if crossing.mode == "land" and crossing.borders else ""
        how = "by air" if crossing.mode == "air" else "over land"
        return f"{'came' if into else 'left'} {how}{over}{border} on {words.date_words(crossing.day)}"

    def _at(self, stop: Stop) -> str:
        times, spot = stop.times, stop.spot
        is_main = spot == self._group.spot
        name = self._name(spot) if is_main else self._place(spot)
        if times.nights:
            verb = "lodged at" if str(self._spots.category[spot]) == categories.HOTEL else "stayed overnight at"
            return f"{verb} {name} {words.days_words(times.nights, 'night')}"
        told = f"were at {name} {words.days_words(times.days)}"
        if not is_main:
            return told
        hours = words.hours_words(times.part, times.from_hour, times.to_hour, times.hours)
        return " ".join(part for part in (told, hours, words.lasting_words(times.hours)) if part)

    # Names of places

    def _name(self, spot: int) -> str:
        """Return the name of the main place: of a cell its position, which is hidden when it is written."""
        return str(self._spots.name[spot])

    def _place(self, spot: int) -> str:
        """Return the name of any other place; what is no site is told by the town nearby."""
        if str(self._spots.kind[spot]) == "site":
            return str(self._spots.name[spot])
        town = self._town_near(spot)
        return f"an unnamed place near {town}" if town else "an unnamed place"

    def _town_near(self, spot: int) -> str:
        cities, here = self._evidence.history.world.cities, [spot]
        (town,), _away = nearest_within(self._spots.lat[here], self._spots.lon[here], cities.lat, cities.lon, TOWN_KM)
        return str(cities.name[town]) if town >= 0 else ""

    def _country(self, value: str) -> str:
        kind, _, index = value.partition(":")
        if kind != "from":
            return ""
        return str(country_codes.names(self._evidence.history.world, np.array([int(index)]))[0])

    def _towns(self, value: str) -> list[str]:
        """Return where those of an origin live, as it may be told: towns of countries, else nothing."""
        if value == "abroad":
            world, country = self._evidence.history.world, self._group.traits.country
            codes = Counter(country[country >= 0].tolist())
            names = {one: str(country_codes.names(world, np.array([one]))[0]) for one in codes}
            return self._many(Counter({names[one]: count for one, count in codes.items()}), NAMED_PLACES)
        return self.homes(NAMED_PLACES) if value.startswith("from:") or value == "country" else []

    def homes(self, most: int) -> list[str]:
        """Return the sites and towns where most of the group live."""
        homes = Counter(self._group.traits.home[self._group.traits.home >= 0].tolist())
        named: Counter[str] = Counter()
        for spot, count in homes.items():
            is_site = str(self._spots.kind[spot]) == "site"
            named[str(self._spots.name[spot]) if is_site else self._town_near(spot)] += count
        return self._many(named, most)

    def _sites(self, kind: str) -> list[str]:
        """Return the sites of a kind where most of the group had been in the weeks before."""
        evidence, group = self._evidence, self._group
        history, visits = evidence.history, evidence.history.visits
        among = np.flatnonzero(np.isin(visits.spots.category.astype(str), LINKS[kind]) & (visits.spots.kind == "site"))
        begin = group.start_day - history.lookback_days
        rows = np.flatnonzero(
            np.isin(visits.stays.device, group.devices) & (history.day >= begin) & (history.day < group.start_day)
        )
        rows = rows[np.isin(visits.spot[rows], among[among != group.spot])]
        pair = np.unique(np.stack((visits.spot[rows], visits.stays.device[rows])), axis=1)
        named: Counter[str] = Counter()
        for spot, count in Counter(pair[0].tolist()).items():
            named[str(visits.spots.name[spot])] += count
        return self._many(named, NAMED_PLACES)

    def _many(self, named: Counter[str], most: int) -> list[str]:
        if not self.is_many:
            return []
        least = max(LEAST_NAMED * len(self._group.devices), MIN_SHOWN)
        return [name for name, count in named.most_common(most) if name and count >= least]
