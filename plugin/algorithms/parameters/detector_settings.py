"""Labels, help and ranges of the limits of screening, of both stay detectors and of legs."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

from ...engine.legs import LegSettings
from ...engine.screening import ScreeningSettings
from ...engine.stays import SlidingSettings, StaySettings
from .settings_input import Setting, SettingsInput

WEEK_MINUTES, YEAR_HOURS = 10_080, 8_760
SLIDING_PREFIX = "SLIDING_"

translate = QCoreApplication.translate


def screening_input() -> SettingsInput[ScreeningSettings]:
    """Return the limits of screening that depend on the data and on the study."""
    return SettingsInput(
        ScreeningSettings,
        [
            Setting(
                "max_accuracy_m",
                translate("DetectorSettings", "Screening: worst accuracy (m)"),
                translate("DetectorSettings", "Rows whose own accuracy is worse are dropped and counted; "
                          "rows that state none are kept."),
                1, 100_000,
            ),
            Setting(
                "max_speed_kmh",
                translate("DetectorSettings", "Screening: fastest possible speed (km/h)"),
                translate("DetectorSettings", "Nothing moves faster: one or two fixes that jump away above it, over "
                          "2 km or more, and come back, and stretches of up to two hours between two such steps, are "
                          "dropped and counted. Keep it above the speed of airliners if devices may fly."),
                1, 100_000,
            ),
            Setting(
                "turn_speed_kmh",
                translate("DetectorSettings", "Screening: fastest out and back (km/h)"),
                translate("DetectorSettings", "One or two fixes in a row that jump away above this speed, over 5 km "
                          "or more, and come back are dropped and counted: nobody flies out, is seen once and flies "
                          "back."),
                1, 100_000,
            ),
            Setting(
                "shared_min_devices",
                translate("DetectorSettings", "Screening: devices that share a position, at least"),
                translate("DetectorSettings", "The very same position of so many devices, and of the share below, is a "
                          "cell tower's or an address's; the rows there are dropped and counted."),
                2, 100_000,
            ),
            Setting(
                "shared_min_share",
                translate("DetectorSettings", "Screening: share of all devices that share a position, at least"),
                translate("DetectorSettings", "0 to 1. Both limits must be reached; 1 drops no position unless all "
                          "devices report it."),
                0, 1,
            ),
            Setting(
                "excluded_countries",
                translate("DetectorSettings", "Screening: excluded countries (US, …)"),
                translate("DetectorSettings", "Rows inside these countries are dropped and counted. English names "
                          "or codes (ISO 3166) with commas between; empty excludes none."),
            ),
            Setting(
                "sensitive_categories",
                translate("DetectorSettings", "Screening: sensitive categories of sites"),
                translate("DetectorSettings", "Rows inside sites of these categories are dropped and counted, and "
                          "these sites are not looked at. Commas between; what is changed is noted in the log."),
            ),
        ],
    )  # fmt: skip


def merging_input(with_estimates: bool) -> SettingsInput[StaySettings]:
    """Return the limits of the merging detector; the reach of its estimates only where those are written."""
    settings = [
        Setting(
            "radius_m",
            translate("DetectorSettings", "Merging: distance (m)"),
            translate("DetectorSettings", "Fixes that follow each other within this distance belong to one stay."),
            1, 100_000,
        ),
        Setting(
            "max_radius_m",
            translate("DetectorSettings", "Merging: largest distance (m)"),
            translate("DetectorSettings", "The distance grows with the stated error of inaccurate fixes, to this at "
                      "most."),
            1, 100_000,
        ),
        Setting(
            "min_minutes",
            translate("DetectorSettings", "Merging: shortest stay (minutes)"),
            translate("DetectorSettings", "From the first to the last fix; what is shorter is no stay."),
            0, WEEK_MINUTES,
        ),
        Setting(
            "max_bridge_hours",
            translate("DetectorSettings", "Merging: longest gap inside a stay (hours)"),
            translate("DetectorSettings", "A silence up to this long is bridged when the device is at the same place "
                      "before and after it."),
            0, YEAR_HOURS,
        ),
    ]  # fmt: skip
    reach = Setting(
        "max_reach_hours",
        translate("DetectorSettings", "Merging: farthest estimate into a gap (hours)"),
        translate("DetectorSettings", "Arrival and departure are estimated at most this long before the first and "
                  "after the last fix."),
        0, YEAR_HOURS,
    )  # fmt: skip
    return SettingsInput(StaySettings, [*settings, reach] if with_estimates else settings)


def sliding_input() -> SettingsInput[SlidingSettings]:
    """Return the limits of the sliding detector, which are trackintel's."""
    return SettingsInput(
        SlidingSettings,
        [
            Setting(
                "distance_m",
                translate("DetectorSettings", "Sliding: distance that ends a stay (m)"),
                translate("DetectorSettings", "A stay lasts until a fix is this far from its first one "
                          "(trackintel: dist_threshold)."),
                1, 100_000,
            ),
            Setting(
                "min_minutes",
                translate("DetectorSettings", "Sliding: shortest stay (minutes)"),
                translate("DetectorSettings", "From the first fix to the first one outside "
                          "(trackintel: time_threshold)."),
                0, WEEK_MINUTES,
            ),
            Setting(
                "max_gap_minutes",
                translate("DetectorSettings", "Sliding: longest gap inside a stay (minutes)"),
                translate("DetectorSettings", "A longer silence starts anew, and drops the stay before it "
                          "(trackintel: gap_threshold)."),
                0, YEAR_HOURS * 60,
            ),
            Setting(
                "include_last",
                translate("DetectorSettings", "Sliding: count the last stay of each device"),
                translate("DetectorSettings", "It was not seen to end, so it is left out unless you ask for it "
                          "(trackintel: include_last)."),
            ),
        ],
        SLIDING_PREFIX,
    )  # fmt: skip


def leg_input() -> SettingsInput[LegSettings]:
    """Return the limits of speed and distance that tell modes apart."""
    return SettingsInput(LegSettings, [*_flight_settings(), *_airport_settings(), *_surface_settings()])


def _flight_settings() -> list[Setting]:
    return [
        Setting(
            "air_kmh",
            translate("DetectorSettings", "Air: faster than (km/h)"),
            translate("DetectorSettings", "Movement seen to be faster than this is flight, if it goes far enough."),
            1, 10_000,
        ),
        Setting(
            "air_km",
            translate("DetectorSettings", "Air: farther than (km)"),
            translate("DetectorSettings", "A shorter way is flight only if a few steps in a row were so fast, if it "
                      "banked like an aircraft, or if it led from airport to airport."),
            1, 20_000,
        ),
        Setting(
            "rail_kmh",
            translate("DetectorSettings", "Rail: fastest train (km/h)"),
            translate("DetectorSettings", "In countries with high-speed trains only what is faster than this is "
                      "flight."),
            1, 10_000,
        ),
        Setting(
            "top_kmh",
            translate("DetectorSettings", "Air: fastest aircraft (km/h)"),
            translate("DetectorSettings", "What is faster still has the mode unknown."),
            1, 100_000,
        ),
        Setting(
            "moving_kmh",
            translate("DetectorSettings", "Air: under way above (km/h)"),
            translate("DetectorSettings", "A flight lasts as long as the device is faster than this; slower, it "
                      "has stopped."),
            0.1, 1_000,
        ),
        Setting(
            "sure_air_km",
            translate("DetectorSettings", "Air: three fast steps lead this far (km)"),
            translate("DetectorSettings", "Three steps in a row above the speed of flight, nearly straight, are flight "
                      "from this distance on, though the way is shorter than above."),
            0.1, 20_000,
        ),
    ]  # fmt: skip


def _airport_settings() -> list[Setting]:
    return [
        Setting(
            "airport_km",
            translate("DetectorSettings", "Air: reach of an airport (km)"),
            translate("DetectorSettings", "A stay within this distance of an airport or airfield speaks for a "
                      "flight that was not seen."),
            0.1, 200,
        ),
        Setting(
            "airport_air_km",
            translate("DetectorSettings", "Air: from airport to airport, farther than (km)"),
            translate("DetectorSettings", "Such a journey was flown, also if it was not seen, if it was fast enough."),
            1, 20_000,
        ),
        Setting(
            "airport_air_kmh",
            translate("DetectorSettings", "Air: from airport to airport, faster than (km/h)"),
            translate("DetectorSettings", "Such a journey was flown, if it was long enough. What was seen at sea and "
                      "is slower goes by ship."),
            1, 10_000,
        ),
        Setting(
            "drive_kmh",
            translate("DetectorSettings", "Road: fastest drive as the crow flies (km/h)"),
            translate("DetectorSettings", "A journey that had less time than such a drive speaks for a flight."),
            1, 1_000,
        ),
    ]  # fmt: skip


def _surface_settings() -> list[Setting]:
    return [
        Setting(
            "foot_kmh",
            translate("DetectorSettings", "On foot: fastest walk (km/h)"),
            translate("DetectorSettings", "Short legs up to this speed are on foot."),
            0.1, 100,
        ),
        Setting(
            "foot_km",
            translate("DetectorSettings", "On foot: longest walk (km)"),
            translate("DetectorSettings", "Longer legs are on foot only if the device was seen strolling."),
            0.1, 200,
        ),
        Setting(
            "walk_km",
            translate("DetectorSettings", "On foot or not: longest unseen walk (km)"),
            translate("DetectorSettings", "Legs up to this length at the pace of a walk, of which nothing was seen, "
                      "are unknown: they may be a walk or a drive with a wait."),
            0.1, 200,
        ),
        Setting(
            "offshore_km",
            translate("DetectorSettings", "Water: open sea begins (km off the coast)"),
            translate("DetectorSettings", "Legs that lead mostly over open sea are on water. The coastlines are "
                      "coarse, so very small values take harbours for sea."),
            0.1, 500,
        ),
    ]  # fmt: skip
