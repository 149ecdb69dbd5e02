"""Distances and ways on the globe: great circles on the mean sphere, within 0.6 % of the ellipsoid."""

from __future__ import annotations

import numpy as np

from ..base import begins_run, expand_ranges, meant_degrees

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of the WGS84 ellipsoid (Moritz 2000, Geodetic Reference System 1980)."""

METRES_PER_DEGREE = EARTH_RADIUS_KM * 1000.0 * np.pi / 180.0
KM_PER_DEGREE = METRES_PER_DEGREE / 1000.0
"""Of a great circle on that sphere, 111.195 km. A bound that must not fall short takes 1.001 times as much."""

OUTLINE_METRES_PER_DEGREE = 111_195.0
BORDER_KM_PER_DEGREE = 111.2
ALLOWANCE_METRES_PER_DEGREE = 111_000.0
"""Roundings of the same, by hand, for what is drawn around centres, for how far countries reach off their coasts and
borders, and for what is allowed outside of polygons. They differ from it by less than 0.2 %, which nobody sees, but
drawn circles, countries at the reach and sites at the edge would change with them."""


def distance_km(lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return great-circle distances in km between points given in degrees; arrays broadcast.

    Haversine formula (Sinnott 1984) on the sphere of the Earth's mean radius; within 0.6 % of the WGS84
    geodesic.
    """
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_lat = np.sin((phi_b - phi_a) / 2.0)
    half_lon = np.sin(np.radians(np.subtract(lon_b, lon_a)) / 2.0)
    squared = half_lat**2 + np.cos(phi_a) * np.cos(phi_b) * half_lon**2
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(squared, 0.0, 1.0)))


def distance_m(lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return great-circle distances in metres between points given in degrees; arrays broadcast."""
    return 1000.0 * distance_km(lat_a, lon_a, lat_b, lon_b)


def bearing_deg(lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return the initial great-circle bearing from a to b, 0 to 360 degrees clockwise from north; NaN at one point."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    reach = np.radians(np.subtract(lon_b, lon_a))
    east = np.sin(reach) * np.cos(phi_b)
    north = np.cos(phi_a) * np.sin(phi_b) - np.sin(phi_a) * np.cos(phi_b) * np.cos(reach)
    is_one_point = np.equal(lat_a, lat_b) & np.equal(lon_a, lon_b)
    return np.where(is_one_point, np.nan, np.mod(np.degrees(np.arctan2(east, north)), 360.0))


def wrap_longitude(lon: np.ndarray) -> np.ndarray:
    """Return longitudes brought into -180 (included) to 180 (excluded) degrees."""
    return np.mod(np.asarray(lon, dtype=np.float64) + 180.0, 360.0) - 180.0


def unit_vectors(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return float64 unit vectors (3, n), rows x, y, z, of points given in degrees (n,)."""
    vectors = np.empty((3, len(lat)))
    x, y, z = vectors
    phi, theta = np.radians(lat), np.radians(lon)
    np.cos(theta, out=x)
    np.sin(theta, out=y)
    np.sin(phi, out=z)
    vectors[:2] *= np.cos(phi, out=phi)
    return vectors


def sample_great_circles(
    lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return `count` evenly spaced points on each great circle, ends included: lat, lon (n, count) degrees.

    Spherical linear interpolation (Shoemake 1985). Between antipodes the way is undefined and any may come
    back.
    """
    # One point after the other in memory: the last digits of sums depend on it.
    start, end = (np.ascontiguousarray(unit_vectors(*ends).T) for ends in ((lat_a, lon_a), (lat_b, lon_b)))
    cosine = np.clip(np.sum(start * end, axis=-1), -1.0, 1.0)
    sine = np.linalg.norm(np.cross(start, end), axis=-1)
    angle = np.arctan2(sine, cosine)[..., None]
    share = np.linspace(0.0, 1.0, count)
    near = angle < 1e-9
    safe = np.where(near, 1.0, np.sin(angle))
    weight_a = np.where(near, 1.0 - share, np.sin((1.0 - share) * angle) / safe)
    weight_b = np.where(near, share, np.sin(share * angle) / safe)
    points = weight_a[..., None] * start[..., None, :] + weight_b[..., None] * end[..., None, :]
    # Of columns that lie scattered, numpy computes some in another way, by where its result happens to lie in memory.
    x, y, z = (np.ascontiguousarray(points[..., axis]) for axis in range(3))
    return meant_degrees(np.degrees(np.arctan2(z, np.hypot(x, y)))), meant_degrees(np.degrees(np.arctan2(y, x)))


def nearest_within(
    lat: np.ndarray, lon: np.ndarray, place_lat: np.ndarray, place_lon: np.ndarray, reach_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return each point's nearest place within `reach_km` (index, -1 none) and its distance in km (inf).

    Places are kept in latitude-longitude boxes, so the cost follows the neighbours, not points x places.
    `reach_km` up to about 300; points nearer than it to a pole find only places at similar longitudes.
    """
    lat, lon = np.asarray(lat, dtype=np.float64), wrap_longitude(lon)
    index, distance = np.full(len(lat), -1, dtype=np.int64), np.full(len(lat), np.inf)
    if len(lat) == 0 or len(place_lat) == 0:
        return index, distance
    box = _Boxes(np.asarray(place_lat, dtype=np.float64), wrap_longitude(place_lon), reach_km)
    for begin in range(0, len(lat), 200_000):
        rows = slice(begin, begin + 200_000)
        index[rows], distance[rows] = box.nearest(lat[rows], lon[rows])
    return index, distance


class _Boxes:
    """Places sorted by latitude band and, inside a band, by longitude."""

    def __init__(self, lat: np.ndarray, lon: np.ndarray, reach_km: float) -> None:
        self.reach_km, self.reach_deg = reach_km, 1.001 * reach_km / KM_PER_DEGREE
        self.band_deg = max(self.reach_deg, 0.05)
        # Copies one turn east and west make neighbours across the antimeridian neighbours in the table.
        index = np.tile(np.arange(len(lat)), 3)
        lat, lon = np.tile(lat, 3), np.concatenate([lon, lon - 360.0, lon + 360.0])
        key = self._key(self._band(lat), lon)
        order = np.argsort(key, kind="stable")
        self.key, self.index, self.lat, self.lon = key[order], index[order], lat[order], lon[order]

    def _band(self, lat: np.ndarray) -> np.ndarray:
        return np.floor((lat + 90.0) / self.band_deg)

    @staticmethod
    def _key(band: np.ndarray, lon: np.ndarray) -> np.ndarray:
        return band * 2000.0 + (lon + 720.0)

    def nearest(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        widest = np.minimum(np.abs(lat) + self.reach_deg, 89.5)
        reach_deg = np.minimum(self.reach_deg / np.cos(np.radians(widest)), 180.0)
        index, distance = np.full(len(lat), -1, dtype=np.int64), np.full(len(lat), np.inf)
        for shift in (-1, 0, 1):
            band = self._band(lat) + shift
            first = np.searchsorted(self.key, self._key(band, lon - reach_deg), side="left")
            last = np.searchsorted(self.key, self._key(band, lon + reach_deg), side="right")
            self._improve(lat, lon, first, last, index, distance)
        return index, distance

    def _improve(
        self,
        lat: np.ndarray,
        lon: np.ndarray,
        first: np.ndarray,
        last: np.ndarray,
        index: np.ndarray,
        distance: np.ndarray,
    ) -> None:
        """Put the nearest of each point's candidates first..last into `index` and `distance` where it is nearer."""
        point, row = expand_ranges(first, last)
        if len(point) == 0:
            return
        found = distance_km(lat[point], lon[point], self.lat[row], self.lon[row])
        order = np.lexsort((self.index[row], found, point))
        point, row, found = point[order], row[order], found[order]
        best = begins_run(point)
        point, row, found = point[best], row[best], found[best]
        better = (found <= self.reach_km) & (found < distance[point])
        index[point[better]] = self.index[row[better]]
        distance[point[better]] = found[better]


def plane_distance_m(lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return distances in metres between near points (degrees): right within 0.1 % up to 10 km, not at the poles."""
    east = np.abs(lon_a - lon_b)
    east = np.minimum(east, 360.0 - east) * np.cos(np.radians((lat_a + lat_b) / 2.0))
    return np.hypot(east, lat_a - lat_b) * METRES_PER_DEGREE


def middle_longitude(lon_a: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return the longitude between near longitudes (degrees), one of them where the antimeridian is between."""
    return np.where(np.abs(lon_a - lon_b) > 180.0, lon_a, (lon_a + lon_b) / 2.0)

