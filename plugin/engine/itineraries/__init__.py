"""Ways of devices reached from places: stops, routes, scores, tables."""

from .find import find_itineraries
from .hidden_stops import HiddenStops, find_hidden_stops
from .lookalikes import STRONG, AlikeCounts, count_lookalikes
from .settings import FindingDevices, ItinerarySettings
from .silences import Silences, find_silences
from .trace_back import AskedPlace, LinkedTo, trace_back

__all__ = [
    "STRONG",
    "AlikeCounts",
    "AskedPlace",
    "FindingDevices",
    "HiddenStops",
    "ItinerarySettings",
    "LinkedTo",
    "Silences",
    "count_lookalikes",
    "find_hidden_stops",
    "find_itineraries",
    "find_silences",
    "trace_back",
]
