"""Co-travel, meetings, frequented places: who is near whom, and what chance would do."""

from .cotravel import find_cotravelers
from .frequented import WEEKDAYS, Frequented, FrequentedSettings, find_frequented
from .joint_events import Cotravelers, CotravelSettings
from .meetings import Meetings, MeetingSettings, find_meetings

__all__ = [
    "CotravelSettings",
    "Cotravelers",
    "Frequented",
    "FrequentedSettings",
    "MeetingSettings",
    "Meetings",
    "WEEKDAYS",
    "find_cotravelers",
    "find_frequented",
    "find_meetings",
]
