"""What the columns of the result tables are called for people: field aliases, headings."""

from __future__ import annotations

COLUMN_TITLES = {
    "event_id": "Event", "title": "Title", "phase": "Part of the window", "places": "Places", "countries": "Countries",
    "finding_id": "Finding", "rank": "Rank", "spot_id": "Place id", "spot_name": "Place", "spot_kind": "Kind of place",
    "category": "Category", "country": "Country", "key_date": "Key date", "window_start": "Window from",
    "window_end": "Window to", "behavior_id": "Behavior id", "who": "Who", "when": "When", "what": "What",
    "change": "Change", "sentence": "Sentence", "observed": "Observed", "expected": "Expected",
    "ratio": "Observed over expected", "p_value": "p", "q_value": "q (false discovery rate)",
    "placebo_hits": "Ordinary dates as strong", "placebo_dates": "Ordinary dates", "devices": "Devices",
    "n_alike": "Behaviors with the same evidence", "kind": "Kind", "seq": "Number", "text": "Text",
    "score": "Score", "itinerary_id": "Itinerary", "device": "Device (pseudonym)", "started": "Started (UTC)",
    "started_ms": "Started (ms since 1970)", "finished": "Finished (UTC)", "finished_ms": "Finished (ms since 1970)",
    "based_at": "Based at", "stops": "Stops", "borders": "Borders", "route": "Route",
    "n_same_route": "Devices on the same route", "arrived": "Arrived (UTC)", "arrived_ms": "Arrived (ms since 1970)",
    "departed": "Departed (UTC)", "departed_ms": "Departed (ms since 1970)", "days_from_key_date": "Days from key date",
    "n_fixes": "Fixes", "mode": "Mode", "inferred": "Inferred", "confidence": "Confidence",
    "distance_km": "Distance (km)", "departed_after": "Departed after (UTC)",
    "departed_after_ms": "Departed after (ms since 1970)", "arrived_before": "Arrived before (UTC)",
    "arrived_before_ms": "Arrived before (ms since 1970)", "direction": "Before or after", "name": "Name",
    "share": "Share", "expected_share": "Expected share", "lift": "Share over expected", "match_id": "Match",
    "signature": "Signature", "resemblance": "Resemblance", "usual_score": "Usual score",
    "is_example": "Is an example", "drivers": "Drivers", "reason": "Reason", "rows": "Rows", "key": "Key",
    "value": "Value (JSON)", "time": "Time (UTC)", "action": "Action", "detail": "Detail (JSON)",
    "previous_hash": "Hash before", "hash": "Hash", "start": "From", "end": "To", "source": "Source",
    "check": "Check", "done": "What was done",
    "hours": "Shares by local hour", "day": "First day", "days": "Days", "is_key": "Is a key window", "fixes": "Fixes",
    "look_back_id": "Look-back", "notes": "Notes", "network_id": "Network", "with_cells": "With unnamed places",
    "is_all": "All visits", "note": "Note", "degree": "Links", "in_degree": "Links in", "out_degree": "Links out",
    "pagerank": "PageRank", "from_id": "From (place id)", "from_name": "From (place)", "to_id": "To (place id)",
    "to_name": "To (place)", "median_hours": "Hours (median)", "counts": "Devices by facet", "facet": "Facet",
    "lat": "Latitude", "lon": "Longitude",
    "lookalikes": "Innocents that look alike", "closures": "Crossed while closed", "neighbours": "Closed towards",
    "place_rank": "Order of likelihood", "probability": "Probability", "nowhere": "Probability of no known place",
    "silent_from": "Silent from (UTC)", "silent_from_ms": "Silent from (ms since 1970)",
    "silent_until": "Silent until (UTC)", "silent_until_ms": "Silent until (ms since 1970)", "silent_hours": "Hours",
    "last_seen": "Last seen", "next_seen": "Next seen",
}  # fmt: skip


def column_title(name: str) -> str:
    """Return the title of a column; one that has none yet is called by its name."""
    return COLUMN_TITLES.get(name, name.replace("_", " ").capitalize())
