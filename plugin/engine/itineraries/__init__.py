"""Ways of devices reached from places: stops, routes, scores, tables."""

from .find import find_itineraries
from .lookalikes import STRONG, lookalikes_note
from .settings import FindingDevices, ItinerarySettings
from .trace_back import AskedPlace, LinkedTo, trace_back

__all__ = [
    "STRONG",
    "AskedPlace",
    "FindingDevices",
    "ItinerarySettings",
    "LinkedTo",
    "find_itineraries",
    "lookalikes_note",
    "trace_back",
]
