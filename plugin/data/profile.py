"""Where what belongs to the analyst is kept from one project to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication


def profile_folder(profile: Optional[Path] = None) -> Optional[Path]:
    """Return `profile`, by default Sitelight's folder in QGIS's own; None where QGIS has no profile folder."""
    settings = QgsApplication.qgisSettingsDirPath()
    return profile or (Path(settings) / "sitelight" if settings else None)
