"""Whether this QGIS has the Python packages that Sitelight needs, and what the analyst is told if not.

Nothing here imports the engine, or anything that does: it must work where those packages are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Optional

from qgis.PyQt.QtCore import QCoreApplication

from .install_command import InstallCommand, find_system, install_command

REQUIRED = ("numpy", "pandas", "shapely", "pyproj")


@dataclass(frozen=True)
class Problem:
    """Why Sitelight cannot work, as one or two sentences, and the command that helps where there is one."""

    sentence: str
    command: Optional[InstallCommand] = None

    def log_text(self) -> str:
        """Return the sentence and the command, for those who see no panel."""
        return self.sentence if self.command is None else f"{self.sentence} {self.command.text}"


def find_problem(program_folder: str) -> Optional[Problem]:
    """Return what is wrong with the packages of the QGIS whose program lies in `program_folder`, or None."""
    missing = [name for name in REQUIRED if not _is_there(name)]
    if missing:
        text = QCoreApplication.translate(
            "Requirements", "Sitelight needs Python packages that this QGIS does not have: {names}."
        )
        return Problem(text.format(names=", ".join(missing)), install_command(missing, find_system(program_folder)))
    for name in REQUIRED:
        reason = _why_not_imported(name)
        if reason:
            text = QCoreApplication.translate(
                "Requirements",
                "Sitelight needs the Python package {name}, which is installed but does not load: {reason}. Often a "
                "package that pip installed hides the one that came with QGIS; remove it with pip and restart QGIS.",
            )
            return Problem(text.format(name=name, reason=reason))
    return None


def _is_there(name: str) -> bool:
    # A folder that holds only parts of a package, as Debian's python3-pandas-lib makes one, has a spec without origin.
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def _why_not_imported(name: str) -> str:
    """Import a package that the engine is about to import; return why that fails, or an empty text."""
    try:
        import_module(name)
    except Exception as error:  # built for another numpy, it raises more than ImportError
        return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return ""
