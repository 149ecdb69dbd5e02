"""The result tables: their names, columns and geometry, which are the public interface of a study.

What is written and shown of them has no count of devices below MIN_SHOWN: numbers are NULL there, texts "<5", and p, q,
score and rank of findings and heat are those of the largest or smallest count that it may be (`small_counts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import pandas as pd

TEXT, INTEGER, REAL = "text", "integer", "real"


@dataclass(frozen=True)
class TableSchema:
    """Columns (name -> TEXT, INTEGER or REAL, in order) and geometry (point, polygon, multiline, line or None).

    `later` are the columns that the first version did not write: a study without them can still be read.
    """

    name: str
    title: str
    description: str
    geometry: Optional[str]
    columns: dict[str, str]
    later: tuple[str, ...] = ()


def _columns(spec: str) -> dict[str, str]:
    kinds = {"t": TEXT, "i": INTEGER, "r": REAL}
    return {name: kinds[kind] for name, kind in (item.split(":") for item in spec.split())}


SCHEMAS: dict[str, TableSchema] = {
    schema.name: schema
    for schema in (
        TableSchema(
            "findings", "Findings",
            "Places, districts and countries where behavior in a key date's window differs from their own history;"
            " observed NULL: below 5; of districts and countries observed and expected are devices present per day,"
            " or out after dark where `when` says so",
            "point",
            _columns(
                "finding_id:i event_id:i rank:i spot_id:t spot_name:t spot_kind:t category:t country:t key_date:t"
                " window_start:t window_end:t behavior_id:t who:t when:t what:t change:t sentence:t"
                " observed:i expected:r ratio:r p_value:r q_value:r placebo_hits:i placebo_dates:i"
                " devices:i n_alike:i"
            ),
            later=("event_id",),
        ),
        TableSchema(
            "events", "Events",
            "What happened around the key dates: findings of mostly the same devices, told once; devices NULL: below 5",
            "point",
            _columns(
                "event_id:i rank:i title:t sentence:t key_date:t phase:t started:t finished:t devices:i places:i"
                " countries:t q_value:r change:t based_at:t finding_id:i spot_id:t spot_name:t spot_kind:t"
            ),
        ),
        TableSchema(
            "explanations", "Explanations", "What drives each finding, and what speaks against it", None,
            _columns("finding_id:i kind:t seq:i text:t observed:r expected:r"),
        ),
        TableSchema(
            "heat", "Anomaly heat",
            "How unusual each cell and site is at each key date, and anything in each district and country;"
            " observed NULL: below 5, or of a district or country that did not move",
            "polygon",
            _columns(
                "spot_id:t spot_name:t spot_kind:t key_date:t window_start:t window_end:t score:r q_value:r"
                " observed:i expected:r finding_id:i"
            ),
        ),
        TableSchema(
            "itineraries", "Itineraries", "Movements of devices reached from a finding or a linked place", "multiline",
            _columns(
                "itinerary_id:i rank:i score:r device:t key_date:t started:t started_ms:i finished:t finished_ms:i"
                " based_at:t stops:t borders:t finding_id:i route:i n_same_route:i closures:t"
                " lookalikes:r"
            ),
            later=("route", "n_same_route", "closures", "lookalikes"),
        ),
        TableSchema(
            "stops", "Stops", "Visits of the itineraries, in order", "point",
            _columns(
                "itinerary_id:i seq:i spot_id:t spot_name:t category:t country:t arrived:t arrived_ms:i departed:t"
                " departed_ms:i days_from_key_date:i n_fixes:i"
            ),
        ),
        TableSchema(
            "legs", "Legs", "Movements between the stops: mode, borders, observed or inferred", "line",
            _columns(
                "itinerary_id:i seq:i mode:t inferred:i confidence:r distance_km:r departed_after:t"
                " departed_after_ms:i arrived_before:t arrived_before_ms:i borders:t closures:t"
            ),
            later=("closures",),
        ),
        TableSchema(
            "silences", "Silences", "Where a device of an itinerary may have stopped while it was not seen", "line",
            _columns(
                "itinerary_id:i seq:i place_rank:i spot_id:t spot_name:t category:t country:t probability:r nowhere:r"
                " silent_from:t silent_from_ms:i silent_until:t silent_until_ms:i silent_hours:r last_seen:t"
                " next_seen:t sentence:t"
            ),
        ),
        TableSchema(
            "origins", "Origins", "Where the devices of a finding were before and after", None,
            _columns(
                "finding_id:i direction:t kind:t name:t devices:t share:r expected_share:r lift:r p_value:r"
            ),
        ),
        TableSchema(
            "flows", "Flows", "The same as lines from origins and to destinations", "multiline",
            _columns(
                "finding_id:i direction:t kind:t name:t category:t country:t devices:t share:r expected_share:r lift:r"
                " p_value:r window_start:t window_end:t"
            ),
        ),
        TableSchema(
            "signatures", "Signature matches",
            "How much each spot of the key windows resembles a learned signature; devices NULL: below 5", "polygon",
            _columns(
                "match_id:i rank:i signature:t spot_id:t spot_name:t spot_kind:t category:t country:t key_date:t"
                " window_start:t window_end:t sentence:t devices:i score:r resemblance:r usual_score:r p_value:r"
                " q_value:r placebo_hits:i placebo_dates:i is_example:i drivers:t"
            ),
        ),
        TableSchema(
            "places", "Places Measured",
            "Sites, and squares of 5 km, in which 5 devices or more were seen in one of the windows", "polygon",
            _columns("spot_id:t spot_name:t spot_kind:t category:t country:t lat:r lon:r hours:t"),
        ),
        TableSchema(
            "presence", "Presence",
            "Devices at each place by window, which begins on the day and lasts so many days; devices NULL: below 5, as"
            " in windows without a row",
            None, _columns("spot_id:t day:t days:i is_key:i devices:i fixes:i expected:r"),
        ),
        TableSchema(
            "visitors", "Visitors", "Who came to each place in the key windows, and from which country's homes", None,
            _columns("spot_id:t kind:t name:t devices:t"),
        ),
        TableSchema(
            "look_backs", "Look-backs", "Places and windows that were looked back from", None,
            _columns("look_back_id:i spot_id:t spot_name:t window_start:t window_end:t days:i notes:t"),
        ),
        TableSchema(
            "look_back_flows", "Flows of look-backs",
            "Where the devices of each place and window were in the days before and after", "multiline",
            _columns(
                "look_back_id:i direction:t kind:t name:t category:t country:t devices:t share:r expected_share:r"
                " lift:r p_value:r"
            ),
        ),
        TableSchema(
            "linked_places", "Linked places", "The places of each link network, and how central they are", "point",
            _columns(
                "network_id:i kind:t with_cells:i is_all:i window_start:t window_end:t spot_id:t spot_name:t"
                " spot_kind:t category:t country:t devices:t degree:i in_degree:i out_degree:i betweenness:r"
                " closeness:r eigenvector:r pagerank:r cluster:i note:t"
            ),
        ),
        TableSchema(
            "links", "Links", "Which places of each link network have devices in common, or flows between them",
            "multiline",
            _columns(
                "network_id:i kind:t from_id:t from_name:t to_id:t to_name:t devices:t expected:r lift:r p_value:r"
                " q_value:r trips:t median_hours:r"
            ),
        ),
        TableSchema(
            "profiles", "Profiles",
            "How many devices of each place and window show each facet, in the order of the facets and in steps of 5;"
            " all: so many do that it is not told how many do not", None,
            _columns("spot_id:t day:t days:i is_key:i devices:i counts:t"),
        ),
        TableSchema(
            "profile_facets", "Facets of the profiles", "What the numbers of a profile count, in their order", None,
            _columns("seq:i axis:t facet:t title:t"),
        ),
        TableSchema(
            "together", "Together", "What key dates of one kind say together of a spot", None,
            _columns(
                "kind:t dates:i key_dates:t rank:i spot_id:t spot_name:t spot_kind:t category:t country:t change:t"
                " p_value:r q_value:r sentence:t"
            ),
        ),
        TableSchema(
            "calendar", "Calendar", "Days of countries that are not ordinary: the analyst's, and public holidays", None,
            _columns("country:t start:t end:t kind:t name:t source:t neighbours:t"), later=("neighbours",),
        ),
        TableSchema(
            "data_health", "Trust in the data", "Faults of the delivery, and what was done; devices NULL: below 5",
            None,
            _columns("check:t country:t start:t end:t devices:i rows:i share:r sentence:t done:t"),
        ),
        TableSchema("screening", "Screening", "Records kept and dropped, by reason", None, _columns("reason:t rows:i")),
        TableSchema("run", "Run", "Study, versions and times of the run", None, _columns("key:t value:t")),
        TableSchema(
            "audit", "Audit log", "Hash-chained log of what was done", None,
            _columns("seq:i time:t action:t detail:t previous_hash:t hash:t"),
        ),
    )
}


def empty_table(name: str) -> pd.DataFrame:
    """Return the table `name` with its columns (and `geometry`) and no rows."""
    schema = SCHEMAS[name]
    dtypes = {TEXT: object, INTEGER: "int64", REAL: "float64"}
    frame = pd.DataFrame({column: pd.Series(dtype=dtypes[kind]) for column, kind in schema.columns.items()})
    if schema.geometry is not None:
        frame["geometry"] = pd.Series(dtype=object)
    return frame


def as_table(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with just the columns of table `name`, in order, texts as object, whole numbers as int64.

    Raises KeyError if a column is missing.
    """
    schema = SCHEMAS[name]
    wanted = list(schema.columns) + (["geometry"] if schema.geometry is not None else [])
    # pandas 3 makes its own text type of str; a table read back or without rows has object, as all shall have.
    kinds: dict[str, Any] = {column: object for column, kind in schema.columns.items() if kind == TEXT}
    # numpy < 2 counts in 32 bits on Windows.
    kinds.update({column: np.int64 for column in schema.columns if frame[column].dtype.kind == "i"})
    return frame.loc[:, wanted].astype(kinds).reset_index(drop=True)
