"""Which required Python packages this QGIS lacks, found without importing them."""

from __future__ import annotations

from importlib.util import find_spec

from qgis.PyQt.QtCore import QCoreApplication

REQUIRED = ("numpy", "pandas", "shapely", "pyproj")


def missing_packages() -> list[str]:
    """Return the names of required packages that cannot be found."""
    return [name for name in REQUIRED if find_spec(name) is None]


def missing_packages_message() -> str:
    """Return one sentence naming what is missing and what to do."""
    text = QCoreApplication.translate(
        "Requirements",
        "Sitelight needs the Python packages {names}, which this QGIS does not have; "
        "install them for the Python of QGIS and restart.",
    )
    return text.format(names=", ".join(missing_packages()))
