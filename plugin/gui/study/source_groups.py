"""The two inputs of a study, observations and sites, as parts of its form."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

from ..widgets.input_group import InputGroup
from ..widgets.inputs import detect_observations, detect_sites
from ..widgets.reading_choices import ReadingChoices
from ..widgets.source_picker import POINTS_OR_POLYGONS, POINTS_OR_TABLES

translate = QCoreApplication.translate


def observations_group() -> InputGroup:
    """Return the choice of observations: a layer of points or a table, a file or a folder."""
    roles = {
        "device": translate("SourceGroups", "Device"), "time": translate("SourceGroups", "Time"),
        "lat": translate("SourceGroups", "Latitude"), "lon": translate("SourceGroups", "Longitude"),
        "accuracy": translate("SourceGroups", "Accuracy"), "clock": translate("SourceGroups", "Time of day"),
        "position": translate("SourceGroups", "Position"),
    }  # fmt: skip
    return InputGroup(
        "observations", translate("SourceGroups", "Observations"), roles,
        POINTS_OR_TABLES,
        translate("SourceGroups", "Choose a layer, or a file with …"), True, detect_observations,
        ReadingChoices("observations"),
    )  # fmt: skip


def sites_group() -> InputGroup:
    """Return the choice of sites: a layer of points or polygons, a file, or none."""
    roles = {
        "name": translate("SourceGroups", "Name"), "category": translate("SourceGroups", "Category"),
        "radius": translate("SourceGroups", "Radius (m)"), "country": translate("SourceGroups", "Country"),
    }  # fmt: skip
    return InputGroup(
        "sites", translate("SourceGroups", "Sites"), roles,
        POINTS_OR_POLYGONS,
        translate("SourceGroups", "None (unnamed places only)"), False, detect_sites,
    )  # fmt: skip
