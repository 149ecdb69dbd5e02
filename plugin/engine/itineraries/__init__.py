"""Ways of devices reached from places: stops, routes, scores, tables."""

from .find import find_itineraries
from .lookalikes import STRONG, AlikeCounts, count_lookalikes
from .settings import FindingDevices, ItinerarySettings
from .trace_back import AskedPlace, LinkedTo, trace_back

__all__ = [
    "STRONG",
    "AlikeCounts",
    "AskedPlace",
    "FindingDevices",
    "ItinerarySettings",
    "LinkedTo",
    "count_lookalikes",
    "find_itineraries",
    "trace_back",
]
