"""Tests import `sitelight.plugin...` only: a second copy of a module under another name has other classes."""

from __future__ import annotations

import gc
import os

import narrow_integers
import pytest
import sitelight_package
import windows_files
from hypothesis import HealthCheck, settings
from loopback import Door
from seeds import SEED_SHIFT

ROOT = sitelight_package.ROOT

if os.environ.get(narrow_integers.SWITCH):
    narrow_integers.install()
if os.environ.get(windows_files.SWITCH):
    windows_files.install()
sitelight_package.load()

# How long an example takes says how busy the machine is: no test may fail by it.
settings.register_profile("sitelight", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sitelight")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Examples of property tests follow the seeds of all worlds: a run is repeatable, another shift sees others."""
    if config.getoption("--hypothesis-seed", None) is None:
        config.option.hypothesis_seed = str(SEED_SHIFT)


@pytest.fixture(autouse=True, scope="session")
def _layers_go_before_qgis(qgis_app):
    """A layer that outlives QGIS closes its file through what is no more, and Python ends in a segmentation fault.

    Tracebacks hold the frames of failed tests and of errors that crossed QGIS's own code, and with them their layers.
    """
    yield
    from qgis.core import QgsMapLayer
    from qgis.PyQt import sip

    gc.collect()
    for layer in [kept for kept in gc.get_objects() if isinstance(kept, QgsMapLayer)]:
        if not sip.isdeleted(layer) and sip.ispyowned(layer):
            sip.delete(layer)


@pytest.fixture()
def panel(qgis_iface, qgis_new_project):
    """The panel beside an empty project; it goes with its signals when the test is over."""
    from qgis.PyQt.QtCore import QCoreApplication, QEvent
    from sitelight.plugin.gui.panel import SitelightPanel

    made = SitelightPanel(qgis_iface.mapCanvas())
    yield made
    made.shut_down()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def door():
    """A port of this machine that notes who knocks."""
    made = Door()
    yield made
    made.close()
