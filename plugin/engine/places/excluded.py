"""Excluded countries: their land, that of their territories, and a margin around it for maps and fixes that err."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .countries import inside
from .world import Sites, World

EXCLUDED_MARGIN_KM = 6.0
"""A position this near to an excluded country counts as inside it.

Along the United States the border of the world map lies up to 4.5 km from that of OpenStreetMap (at the reservoir of
Amistad; 99 of 100 places within 3 km along Mexico and 2 km along Canada; 58,000 places measured, 2026-11), and a fix up
to 1 km from where it was taken: what is less accurate is dropped anyway.
"""

# Territories with an ISO 3166-1 code of their own, by the state that Natural Earth gives as their sovereign (SOV_A3).
# Overseas parts that the map draws with their state (French Guiana, Svalbard, Bonaire) are listed too: a site may say
# that it lies there. Where sovereignty itself is disputed (EH, PS, TW, XK) nothing is said here.
_TERRITORIES: dict[str, str] = {
    "AU": "CC CX HM NF",
    "CN": "HK MO",
    "DK": "FO GL",
    "FI": "AX",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
    "NL": "AW BQ CW SX",
    "NO": "BV SJ",
    "NZ": "CK NU TK",
    "US": "AS GU MP PR UM VI",
}


def with_territories(countries: Sequence[str]) -> tuple[str, ...]:
    """Return the ISO codes and those of the territories of these countries, each once."""
    codes = [code for country in countries for code in (country, *_TERRITORIES.get(country, "").split())]
    return tuple(dict.fromkeys(codes))


def is_excluded(world: World, countries: Sequence[str], lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return bool: which positions (degrees WGS84) lie in, off the coast of, or within the margin of `countries`.

    `countries` are ISO 3166-1 alpha-2 codes; their territories count with them.
    """
    return inside(world, with_territories(countries), lat, lon, margin_km=EXCLUDED_MARGIN_KM)


def excluded_notes(sites: Sites, excluded: np.ndarray, countries: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence on the sites in `excluded` (bool per site) countries, which are left out, none if none is."""
    if not excluded.any():
        return ()
    return (
        f"{int(excluded.sum()):,} of the sites lie in excluded countries ({', '.join(countries)}, with territories and "
        f"{EXCLUDED_MARGIN_KM:g} km around them): observations there were dropped and counted, and these sites were "
        "not analyzed.",
    )
