"""The one command that installs missing Python packages for this QGIS, by the system it came from."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# By the ID or ID_LIKE of /etc/os-release: how the system's packages are installed, and what stands before their names.
DISTRIBUTIONS = {
    "debian": ("sudo apt install", "python3-"),
    "ubuntu": ("sudo apt install", "python3-"),
    "fedora": ("sudo dnf install", "python3-"),
    "rhel": ("sudo dnf install", "python3-"),
    "arch": ("sudo pacman -S", "python-"),
}
# The Python of QGIS for macOS, beside its program: of builds since 3.44, then of those before.
MAC_PYTHONS = ("python", "bin/python3")


@dataclass(frozen=True)
class System:
    """What tells where this QGIS came from."""

    platform: str  # as sys.platform has it
    os_release: str  # the text of /etc/os-release, empty where there is none
    is_flatpak: bool
    conda_folder: str  # the conda environment that QGIS runs in, or empty
    program_folder: Path  # where QGIS's own program is
    numpy_version: str  # empty where there is none


@dataclass(frozen=True)
class InstallCommand:
    """A command, and whether it is for the OSGeo4W Shell instead of a terminal."""

    text: str
    is_for_osgeo4w_shell: bool = False


def find_system(program_folder: str) -> System:
    """Return the system that this QGIS, whose program lies in `program_folder`, runs on."""
    os_release = Path("/etc/os-release")
    return System(
        platform=sys.platform,
        os_release=os_release.read_text(encoding="utf-8", errors="replace") if os_release.is_file() else "",
        is_flatpak="FLATPAK_ID" in os.environ or Path("/.flatpak-info").exists(),
        conda_folder=sys.prefix if (Path(sys.prefix) / "conda-meta").is_dir() else "",
        program_folder=Path(program_folder),
        numpy_version=_installed_version("numpy"),
    )


def install_command(missing: Sequence[str], system: System) -> InstallCommand:
    """Return the command that installs the packages `missing`, and nothing else, on `system`."""
    names = " ".join(missing)
    if system.conda_folder:
        folder = system.conda_folder
        folder = f'"{folder}"' if system.platform == "win32" else shlex.quote(folder)
        return InstallCommand(f"conda install --prefix {folder} -c conda-forge {names}")
    if system.is_flatpak:
        pip = "flatpak run --devel --command=pip3 org.qgis.qgis install --user"
        return InstallCommand(f"{pip} {_for_pip(missing, system)}")
    if system.platform == "win32":
        return InstallCommand(f"python -m pip install {_for_pip(missing, system)}", is_for_osgeo4w_shell=True)
    if system.platform == "darwin":
        return InstallCommand(f"{_mac_python(system)} -m pip install {_for_pip(missing, system)}")
    for distribution in _distributions(system.os_release):
        if distribution in DISTRIBUTIONS:
            command, prefix = DISTRIBUTIONS[distribution]
            return InstallCommand(" ".join([command, *(prefix + name for name in missing)]))
    return InstallCommand(f"python3 -m pip install --user {_for_pip(missing, system)}")


def _for_pip(missing: Sequence[str], system: System) -> str:
    # Another numpy than the one that QGIS's GDAL was built with does not load: pip must leave it alone.
    kept = [f"numpy=={system.numpy_version}"] if system.numpy_version and "numpy" not in missing else []
    return " ".join([*missing, *kept])


def _mac_python(system: System) -> str:
    found = [system.program_folder / name for name in MAC_PYTHONS if (system.program_folder / name).exists()]
    return shlex.quote(str(found[0] if found else system.program_folder / MAC_PYTHONS[0]))


def _distributions(os_release: str) -> list[str]:
    """Return the ID of the distribution, then those that it says it is like."""
    values = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    return [word for key in ("ID", "ID_LIKE") for word in values.get(key, "").strip("\"' ").lower().split()]


def _installed_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
