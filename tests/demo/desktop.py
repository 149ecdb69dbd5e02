"""Starts the real QGIS desktop with a profile of its own, on the display at hand or on one made for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

QGIS = "/usr/bin/qgis"
SCREEN = "1600x1000x24"
INI = """[PythonPlugins]
sitelight=true

[app]
askToSaveMemoryLayers=false
checkVersion=false

[qgis]
checkVersion=false

[Qgis]
newsFeed\\http\\feed.qgis.org\\disabled=true

[core]
NewsFeed\\httpfeedqgisorg\\disabled=true
"""


def make_profile(folder: Path, root: Path) -> Path:
    """Make a QGIS profile below `folder` with the plugin at `root` linked and enabled; return `folder`."""
    profile = folder / "profiles" / "default"
    shutil.rmtree(folder, ignore_errors=True)
    (profile / "QGIS").mkdir(parents=True)
    (profile / "QGIS" / "QGIS3.ini").write_text(INI, encoding="utf-8")
    plugins = profile / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "sitelight").symlink_to(root, target_is_directory=True)
    return folder


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Yield the name of an X display: the one at hand, else a virtual one that ends with the block."""
    at_hand = os.environ.get("DISPLAY")
    if at_hand:
        yield at_hand
        return
    if shutil.which("Xvfb") is None:
        sys.exit("demo: there is no display and no Xvfb; run 'bash tests/demo.sh', which installs it.")
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[write_end], stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(write_end)
    try:
        with os.fdopen(read_end) as numbers:
            number = numbers.readline().strip()
        if not number:
            sys.exit("demo: Xvfb did not start; free its display or set DISPLAY.")
        yield f":{number}"
    finally:
        end(server)


def start_qgis(profiles: Path, script: Path, log: Path, environment: dict[str, str]) -> subprocess.Popen:
    """Start QGIS on `script`; what it says goes to `log`."""
    command = [
        QGIS, "--nologo", "--noversioncheck", "--profiles-path", str(profiles), "--profile", "default",
        "--code", str(script),
    ]  # fmt: skip
    clean = {key: value for key, value in os.environ.items() if key not in {"QT_QPA_PLATFORM", "PYTHONPATH"}}
    with log.open("w", encoding="utf-8") as stream:
        return subprocess.Popen(
            command, env={**clean, **environment}, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            start_new_session=True,
        )  # fmt: skip


def wait_for(path: Path, process: subprocess.Popen, timeout_s: float) -> bool:
    """Return whether `path` appeared before `process` ended or the time was up."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if path.exists():
            return True
        if process.poll() is not None:
            return path.exists()
        time.sleep(0.2)
    return False


def end(process: subprocess.Popen) -> None:
    """End a process that we started, gently at first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
