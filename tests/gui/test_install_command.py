"""The command that installs what this QGIS lacks is the one of the system it came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sitelight.plugin.gui.install_command import InstallCommand, System, find_system, install_command

# As the distributions ship them, without the lines that name no distribution.
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n'
MINT = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
FEDORA = 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=42\n'
ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
ARCH = 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n'
MANJARO = 'NAME="Manjaro Linux"\nID=manjaro\nID_LIKE=arch\n'
ALPINE = 'NAME="Alpine Linux"\nID=alpine\n'
KDE_RUNTIME = 'NAME="KDE Flatpak runtime"\nID=org.kde.Platform\n'

LINUX = System("linux", DEBIAN, False, "", Path("bin"), "1.24.2")


@pytest.mark.parametrize(
    ("os_release", "expected"),
    [
        (DEBIAN, "sudo apt install python3-pandas python3-shapely"),
        (UBUNTU, "sudo apt install python3-pandas python3-shapely"),
        (MINT, "sudo apt install python3-pandas python3-shapely"),
        (FEDORA, "sudo dnf install python3-pandas python3-shapely"),
        (ROCKY, "sudo dnf install python3-pandas python3-shapely"),
        (ARCH, "sudo pacman -S python-pandas python-shapely"),
        (MANJARO, "sudo pacman -S python-pandas python-shapely"),
        (ALPINE, "python3 -m pip install --user pandas shapely numpy==1.24.2"),
        ("", "python3 -m pip install --user pandas shapely numpy==1.24.2"),
    ],
    ids=["debian", "ubuntu", "mint", "fedora", "rocky", "arch", "manjaro", "alpine", "unknown"],
)
def test_on_linux_the_distribution_decides(os_release, expected):
    assert install_command(["pandas", "shapely"], replace(LINUX, os_release=os_release)) == InstallCommand(expected)


def test_only_what_is_missing_is_named():
    assert install_command(["pyproj"], LINUX).text == "sudo apt install python3-pyproj"


def test_flatpak_comes_before_the_distribution_it_seems_to_be():
    flatpak = replace(LINUX, os_release=KDE_RUNTIME, is_flatpak=True)
    command = "flatpak run --devel --command=pip3 org.qgis.qgis install --user pandas numpy==1.24.2"
    assert install_command(["pandas"], flatpak) == InstallCommand(command)


@pytest.mark.parametrize(
    ("platform", "folder", "shown"),
    [("linux", "opt/conda env", "'opt/conda env'"), ("win32", "C:\\conda env", '"C:\\conda env"')],
)
def test_in_a_conda_environment_conda_installs(platform, folder, shown):
    system = replace(LINUX, platform=platform, conda_folder=folder)
    command = f"conda install --prefix {shown} -c conda-forge pandas shapely"
    assert install_command(["pandas", "shapely"], system) == InstallCommand(command)


def test_on_windows_the_osgeo4w_shell_runs_pip_which_leaves_numpy_alone():
    windows = replace(LINUX, platform="win32", os_release="", numpy_version="1.26.4")
    expected = InstallCommand("python -m pip install pandas numpy==1.26.4", is_for_osgeo4w_shell=True)
    assert install_command(["pandas"], windows) == expected


def test_pip_is_free_to_choose_numpy_where_there_is_none():
    windows = replace(LINUX, platform="win32", os_release="", numpy_version="")
    assert install_command(["numpy", "pandas"], windows).text == "python -m pip install numpy pandas"


@pytest.mark.parametrize(
    ("there", "used"),
    [(["python", "python3.12"], "python"), (["bin/python3"], "bin/python3"), ([], "python")],
    ids=["builds since 3.44", "builds before", "neither"],
)
def test_on_macos_the_python_of_the_bundle_runs_pip(tmp_path, there, used):
    programs = tmp_path / "QGIS 3.44.app" / "Contents" / "MacOS"
    for name in there:
        (programs / name).parent.mkdir(parents=True, exist_ok=True)
        (programs / name).touch()
    mac = replace(LINUX, platform="darwin", os_release="", program_folder=programs)
    command = install_command(["pandas"], mac).text
    assert command == f"'{programs / used}' -m pip install pandas numpy==1.24.2"


def test_this_system_is_found():
    system = find_system("bin")
    assert system.platform == "linux"
    assert system.os_release == Path("/etc/os-release").read_text(encoding="utf-8")
    assert (system.is_flatpak, system.conda_folder, system.program_folder) == (False, "", Path("bin"))
    assert system.numpy_version.count(".") == 2
