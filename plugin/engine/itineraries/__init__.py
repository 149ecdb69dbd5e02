"""Ways of devices reached from places: stops, routes, scores, tables."""

from .find import find_itineraries
from .settings import FindingDevices, ItinerarySettings
from .trace_back import AskedPlace, LinkedTo, trace_back

__all__ = [
    "AskedPlace",
    "FindingDevices",
    "ItinerarySettings",
    "LinkedTo",
    "find_itineraries",
    "trace_back",
]
