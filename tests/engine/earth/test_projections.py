"""Projections against known values, from any thread, and always done in the one thread of pyproj."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyproj
import pytest
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.earth import geodesics_m, way_to_degrees
from sitelight.plugin.engine.earth.projections import EqualArea

UTM_31 = "EPSG:32631"
EQUATOR_M = 6_378_137.0  # of WGS84
FALSE_EASTING_M = 500_000.0


def test_known_values():
    way = way_to_degrees(UTM_31, "sites")
    lon, lat = way.transform(np.array([FALSE_EASTING_M]), np.array([0.0]))
    assert (lon[0], lat[0]) == pytest.approx((3.0, 0.0), abs=1e-9)
    assert not way.is_geographic
    same = way_to_degrees("EPSG:4326", "sites")
    assert same is None or same.transform([2.5], [13.25]) == ([2.5], [13.25])
    assert way_to_degrees("EPSG:4258", "sites").is_geographic
    one_degree = geodesics_m(np.array([0.0]), np.array([5.0]), np.array([0.0]), np.array([6.0]))
    assert one_degree[0] == pytest.approx(EQUATOR_M * np.pi / 180.0, abs=1e-3)


def test_equal_area_keeps_areas_and_comes_back():
    """A square of a hundredth of a degree has R² · sin(lat) differences; of the ellipsoid within 1 % of the sphere."""
    at = EqualArea(13, 2)
    assert np.allclose(at.metres(np.array([13.0]), np.array([2.0])), 0.0, atol=1e-6)
    lat, lon = np.array([14.0, 14.0, 14.01, 14.01]), np.array([3.0, 3.01, 3.01, 3.0])
    x, y = at.metres(lat, lon)
    area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    sphere = 6_371_008.8**2 * np.radians(0.01) * (np.sin(np.radians(14.01)) - np.sin(np.radians(14.0)))
    assert area == pytest.approx(sphere, rel=0.01)
    assert np.allclose(at.degrees(x, y), (lat, lon), atol=1e-9)


def test_a_crs_that_is_none_is_told_with_the_name_of_its_layer():
    with pytest.raises(InputError, match="The CRS of my sites is not usable"):
        way_to_degrees("LOCAL_CS[nonsense", "my sites")


def test_many_threads_get_what_one_gets():
    lon = np.linspace(-3.0, 9.0, 1000)
    wanted = {at: EqualArea(at, at).metres(np.full(1000, 8.0), lon) for at in range(8)}
    with ThreadPoolExecutor(8) as pool:
        for at, got in pool.map(lambda at: (at, EqualArea(at, at).metres(np.full(1000, 8.0), lon)), [*range(8)] * 20):
            assert np.array_equal(got, wanted[at])


def test_all_of_pyproj_is_made_and_used_in_one_thread_that_stays(monkeypatch):
    seen: set[int] = set()

    def watch(owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def watched(*arguments, **named):
            seen.add(threading.get_ident())
            return plain(*arguments, **named)

        monkeypatch.setattr(owner, name, watched)

    watch(pyproj.Transformer, "transform")
    watch(pyproj.Transformer, "__init__")
    watch(pyproj.Proj, "__init__")
    watch(pyproj.Proj, "__call__")
    watch(pyproj.Geod, "inv")

    def work(number: int) -> None:
        # None of these was made before, so that each is made here.
        way_to_degrees(f"EPSG:{32601 + number}", "sites").transform([FALSE_EASTING_M], [0.0])
        EqualArea(-40.5 - number, 11.5).metres(np.array([1.0]), np.array([1.0]))
        geodesics_m(np.array([0.0]), np.array([5.0]), np.array([0.0]), np.array([6.0]))

    for number in range(5):
        thread = threading.Thread(target=work, args=(number,))
        thread.start()
        thread.join()
        assert thread.ident not in seen
    work(5)
    assert len(seen) == 1 and threading.get_ident() not in seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_projects_as_its_parent_does():
    here = EqualArea(13.0, 2.0)
    expected = here.metres(np.array([13.5]), np.array([2.1]))  # the thread is there before the fork
    child = os.fork()
    if child == 0:
        x, y = here.metres(np.array([13.5]), np.array([2.1]))
        os._exit(0 if (x[0], y[0]) == (expected[0][0], expected[1][0]) else 1)
    for _ in range(200):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child waits for a thread that it does not have")
    assert os.waitstatus_to_exitcode(status) == 0
