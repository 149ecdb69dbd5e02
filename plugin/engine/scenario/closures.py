"""What was closed in Niger and Gabon in the summer of 2023: real days, as agencies and travel warnings told them."""

from __future__ import annotations

# Niger: shut with the coup; borders with Algeria, Burkina Faso, Libya, Mali and Chad open again on 2 August, those with
# Benin and Nigeria not before the sanctions of ECOWAS ended on 2024-02-24; airspace shut again from 6 August to 3
# September; curfew lifted on 4 August. Gabon: curfew and no internet from the evening of the vote on 26 August, borders
# open again on 2 September; the curfew outlasts the scenario.
_ROWS = (
    ("country", "from", "to", "kind", "name", "neighbours"),
    ("Niger", "2023-07-26", "2023-08-01", "closed border", "Borders closed by the CNSP", ""),
    ("Niger", "2023-07-26", "2023-08-01", "closed airspace", "Airspace closed by the CNSP", ""),
    ("Niger", "2023-07-26", "2023-08-03", "curfew", "Curfew at night", ""),
    ("Niger", "2023-08-02", "2024-02-24", "closed border", "Sanctions of ECOWAS", "Benin; Nigeria"),
    ("Niger", "2023-08-06", "2023-09-03", "closed airspace", "Airspace closed by the CNSP", ""),
    ("Gabon", "2023-08-26", "2023-09-07", "curfew", "Curfew at night", ""),
    ("Gabon", "2023-08-26", "2023-08-30", "shutdown", "Internet cut off", ""),
    ("Gabon", "2023-08-30", "2023-09-01", "closed border", "Borders closed by the CTRI", ""),
    ("Gabon", "2023-08-30", "2023-09-01", "closed airspace", "Airspace closed by the CTRI", ""),
)


def scenario_calendar() -> tuple[tuple[str, ...], ...]:
    """Return the calendar of the scenario as rows of texts, the names of the columns first.

    The scenario's own travellers do not heed it; the planted itineraries were made with it in mind.
    """
    return _ROWS
