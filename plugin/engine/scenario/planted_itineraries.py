"""The four published itineraries of 2023, as planted into the synthetic scenario (dates and stops of the design)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .geography import find_site
from .plans import PlannedVisit, Spot, tightened, visit
from .settings import DAY_S, ScenarioSettings


@dataclass(frozen=True)
class PlantedItinerary:
    """One planted device: where it lives and works (site names), its visits, and the date that they belong to.

    `borders` has one text per leg: country pairs crossed, in order.
    """

    case: str
    based_at: str
    city: str
    key_date: str
    visits: list[PlannedVisit]
    borders: list[list[str]]
    also_frequents: tuple[str, ...] = ()


def _at(name: str) -> Spot:
    return Spot.of_site(find_site(name))


def itineraries(settings: ScenarioSettings) -> list[PlantedItinerary]:
    """Return the itineraries whose first visit lies after the scenario's first four days; none in a null world."""
    if settings.null:
        return []
    every = [_niger(), _mali_first(), _mali_second(), _gabon()]
    every = [replace(one, visits=tightened(one.visits)) for one in every]
    return [one for one in every if one.visits[0].arrive_s >= settings.start_s + 4 * DAY_S]


def _niger() -> PlantedItinerary:
    visits = [
        visit(_at("Ussuriysk training ground"), "2023-07-20 23:00", "2023-07-21 06:30"),
        visit(_at("Ussuriysk depot"), "2023-07-21 23:30", "2023-07-22 05:00"),
        visit(_at("Ussuriysk garrison"), "2023-07-22 08:00", "2023-07-23 20:30", lodging=True),
        visit(_at("Vladivostok airport, Ussuriysk"), "2023-07-23 23:30", "2023-07-24 02:10"),
        visit(_at("Moscow airport (Sheremetyevo)"), "2023-07-24 11:00", "2023-07-24 19:40", "air"),
        visit(_at("Lome airport (Tokoin)"), "2023-07-25 05:30", "2023-07-25 06:40", "air"),
        visit(_at("Hotel Lagune, Lome"), "2023-07-25 07:20", "2023-07-28 04:30", lodging=True),
        visit(_at("Border crossing Kétao-Ouaké, Lome"), "2023-07-28 15:00", "2023-07-28 16:50"),
        visit(Spot(-1, "Halt near Kandi", 11.1450, 2.9500, 60.0, "BJ"), "2023-07-28 22:30", "2023-07-29 04:30"),
        visit(_at("Border crossing Gaya-Malanville, Niamey"), "2023-07-29 07:30", "2023-07-29 09:40"),
        visit(Spot(-1, "Halt in Dosso", 13.0560, 3.2050, 60.0, "NE"), "2023-07-29 12:30", "2023-07-29 13:20"),
        visit(_at("Garrison Tondibiah, Niamey"), "2023-07-29 16:30", "2023-07-30 07:30", lodging=True),
        visit(_at("Air Base 101, Niamey"), "2023-07-30 08:30", "2023-07-30 13:00"),
        visit(_at("Garrison Tondibiah, Niamey"), "2023-07-30 14:00", "2023-07-31 07:30", lodging=True),
        visit(_at("Garrison Bagagi Iya, Niamey"), "2023-07-31 08:00", "2023-07-31 12:30"),
        visit(_at("Garrison Tondibiah, Niamey"), "2023-07-31 13:15", "2023-08-01 07:45", lodging=True),
        visit(_at("Logistics depot Goudel, Niamey"), "2023-08-01 08:15", "2023-08-01 15:00"),
        visit(_at("Garrison Tondibiah, Niamey"), "2023-08-01 16:30", "2023-10-15 00:00", lodging=True),
    ]
    borders = [[], [], [], [], ["RU>TG"], [], [], ["TG>BJ"], ["BJ>NE"], [], [], [], [], [], [], [], []]
    # the two halves of the land journey: Togo to Benin at Kétao, Benin to Niger over the river bridge at Gaya
    return PlantedItinerary("Niger", "Ussuriysk garrison", "Ussuriysk", "2023-07-26", visits, borders,
                            ("Ussuriysk training ground", "Ussuriysk depot"))


def _mali_first() -> PlantedItinerary:
    visits = [
        visit(_at("Moscow airport (Sheremetyevo)"), "2023-07-16 05:00", "2023-07-16 08:30"),
        visit(_at("Al Jufra air base"), "2023-07-16 13:45", "2023-08-05 03:00", "air", lodging=True),
        visit(_at("Bamako airport (Modibo Keita)"), "2023-08-05 07:30", "2023-08-05 11:00", "air"),
        visit(_at("Mopti airport (Ambodedjo)"), "2023-08-05 12:00", "2023-08-05 14:30", "air"),
        visit(_at("Sévaré camp, Mopti"), "2023-08-05 15:00", "2023-08-12 06:00", lodging=True),
        visit(_at("Kati garrison, Bamako"), "2023-08-12 18:00", "2023-08-15 06:30", lodging=True),
        visit(_at("Bamako airport (Modibo Keita)"), "2023-08-15 07:30", "2023-08-15 10:00"),
        visit(_at("Mopti airport (Ambodedjo)"), "2023-08-15 11:00", "2023-08-15 13:30", "air"),
        visit(_at("Sévaré camp, Mopti"), "2023-08-15 14:10", "2023-10-15 00:00", lodging=True),
    ]
    borders = [["RU>LY"], ["LY>ML"], [], [], [], [], [], []]
    return PlantedItinerary("Mali, first", "Moscow garrison", "Moscow", "2023-08-05", visits, borders)


def _mali_second() -> PlantedItinerary:
    visits = [
        visit(_at("Sevastopol naval base, Simferopol"), "2023-07-30 05:00", "2023-07-30 13:00"),
        visit(_at("Air base Belbek, Simferopol"), "2023-08-03 03:00", "2023-08-03 06:30"),
        visit(_at("Bamako airport (Modibo Keita)"), "2023-08-03 14:30", "2023-08-03 16:00", "air"),
        visit(_at("Kati garrison, Bamako"), "2023-08-03 17:00", "2023-08-06 06:30", lodging=True),
        visit(_at("Bamako airport (Modibo Keita)"), "2023-08-06 07:30", "2023-08-06 10:00"),
        visit(_at("Mopti airport (Ambodedjo)"), "2023-08-06 11:00", "2023-08-06 12:40", "air"),
        visit(_at("Sévaré operations base, Mopti"), "2023-08-06 13:20", "2023-10-15 00:00", lodging=True),
    ]
    borders = [[], ["UA>ML"], [], [], [], []]
    return PlantedItinerary("Mali, second", "Simferopol garrison", "Simferopol", "2023-08-05", visits, borders)


def _gabon() -> PlantedItinerary:
    base = _at("Gendarmerie headquarters, Libreville")
    home_leave = Spot(-1, "House of the family", 0.3560, 9.4790, 25.0, "GA")
    visits = [
        visit(home_leave, "2023-07-10 12:00", "2023-07-10 17:15"),
        visit(base, "2023-07-10 18:00", "2023-07-11 08:20"),
        visit(_at("Embassy of Russia, Libreville"), "2023-07-11 09:00", "2023-07-11 11:10"),
        visit(_at("Senate, Libreville"), "2023-07-11 11:50", "2023-07-11 13:30"),
        visit(_at("Treasury, Libreville"), "2023-07-11 14:10", "2023-07-11 15:40"),
        visit(base, "2023-07-11 16:15", "2023-07-12 07:00"),
        visit(_at("Presidential palace, Libreville"), "2023-07-25 08:30", "2023-07-25 12:45"),
        visit(base, "2023-07-25 13:30", "2023-07-26 07:00"),
    ]
    return PlantedItinerary("Gabon", "Gendarmerie headquarters, Libreville", "Libreville", "2023-08-30", visits,
                            [[] for _ in visits[1:]])
