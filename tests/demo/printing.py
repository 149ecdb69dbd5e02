"""What the demo prints: screening, the first ten events, itineraries beside the planted truth."""

from __future__ import annotations

import textwrap

import pandas as pd

from .compare import GroupMatch, ItineraryMatch

WIDTH = 110


def print_heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}")


def print_screening(screening: pd.DataFrame) -> None:
    """Print how many rows each reason dropped or kept."""
    print_heading("Screening")
    for reason, rows in zip(screening["reason"], screening["rows"]):
        print(f"  {rows:>12,}  {reason}")


def print_events(events: pd.DataFrame, count: int = 10) -> None:
    """Print the first events, as their cards tell them."""
    holding = int((events["q_value"] <= 0.05).sum())
    print_heading(f"First {min(count, len(events))} of {len(events)} events, {holding} of which hold")
    for row in events.sort_values("rank").head(count).itertuples():
        print(f"  {row.rank:>3}  {row.key_date}  {row.title}  (q = {row.q_value:.2g})")
        print(textwrap.fill(str(row.sentence), WIDTH, initial_indent=" " * 7, subsequent_indent=" " * 7))


def print_groups(matches: list[GroupMatch]) -> None:
    """Print where each planted group stands among the findings."""
    print_heading("Planted groups (truth) and the event that recovers each")
    for match in matches:
        where = f"event {match.rank}, q = {match.q_value:.2g}" if match.rank is not None else "NOT FOUND"
        print(f"  {match.planted.key_date}  {match.planted.name}: {where}")


def print_itineraries(matches: list[ItineraryMatch], itineraries: pd.DataFrame) -> None:
    """Print each planted itinerary stop by stop, with what was recovered of it, and what it crossed while closed."""
    closures = dict(zip(itineraries["itinerary_id"], itineraries["closures"]))
    print_heading("Planted itineraries (truth) and what was recovered")
    for match in matches:
        state = "recovered" if match.is_recovered else "NOT fully recovered"
        rank = f", itinerary {match.rank} in the list" if match.rank is not None else ""
        print(f"  {match.planted.name}: {state}{rank}")
        print(f"    {'based at':>10}{'':<11}  {match.planted.base[0]}  [{'ok' if match.is_base_right else 'missing'}]")
        for number, (stop, found) in enumerate(zip(match.planted.stops, match.stops_found)):
            mode = "" if number == 0 else f" by {match.planted.modes[number - 1]}"
            wrong_mode = number > 0 and not match.modes_right[number - 1]
            verdict = "missing" if found is None else "other mode" if wrong_mode else "ok"
            print(f"    {str(stop.day):>10}{mode:<11}  {stop.name}  [{verdict}]")
        if closures.get(match.itinerary_id):
            print(f"    {closures[match.itinerary_id]}")
