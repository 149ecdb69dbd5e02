"""The engine: from observations to result tables, with numpy, pandas, shapely and pyproj alone; it knows no QGIS.

The packages, from the ground up; this list is the method. A package may import those above it, and nobody reaches past
a package's front (its `__init__`); `tests/rules/test_engine_packages.py` reads the list and holds imports against it.

base: what knows no word of the domain: errors, progress, threads, runs of equal rows, keys, timed events
earth: space and time on the globe: distances, squares, hexagons, polygons, lines, local solar time, near pairs
stats: tests and measures that know no device and no place
tables: the public result tables: names, columns, geometry; and how small counts are shown
behaviors: the library: entries, models, selections, names, sentences, pattern numbers; no data
places: the world, countries, sites, categories, spots, and which of them holds a position
screening: observations to fixes, every dropped row under one reason
health: what is wrong with a delivery, found before anything is tested: copies, inventions, new ids, gaps
calendars: dated events and calendars: key dates, places, rest days of countries, days that are not ordinary
stays: fixes to stays
legs: stays to legs: mode, flights, borders
visits: stays and spots to visits; places and windows as an analyst gives them; what is regular
homes: where a device lives, by night and by usual places, and how that is hidden
history: movements (stays, visits, legs of whole devices), and what is known of each device at each moment
facets: visits to their facets: who, when, what
counting: windows, presence, distinct devices per spot, pattern and window
scoring: expectation, tests, calibration, combination over kinds and spots
findings: which tests are told, their tables, drivers, doubts and evidence
origins: from and to where: comparison with a control, flows, tables
itineraries: ways of devices reached from places: stops, routes, scores, tables
signatures: a behavior learned from examples and looked for elsewhere
companions: co-travel, meetings, frequented places: who is near whom, and what chance would do
tracks: areas, selected tracks, movement events of dense tracks
networks: places linked by common devices or flows
kept: what of a study's counts stays in its file, and is asked of it again: cards, look-back, links, profiles

On top stand `study` (the one entry), `results` (what it returns), `site_card`, `kept_card` (the card of a place) and
`purpose` (what must be written before single devices are shown). Apart stands `scenario`, the synthetic world, which
imports `base` only.
"""
