"""Nothing leaves the machine: no shipped code can call the network, and none is called during a whole study."""

from __future__ import annotations

import ast
import socket
import sys
from pathlib import Path

import pytest
from processing_runs import registered_provider, run
from qgis.core import QgsNetworkAccessManager
from rules.source_tree import ROOT, imported_modules, nodes_of, shipped_python
from worlds.small_world import KEY_DATE, write_observations, write_sites

MODULES = {
    "socket", "ssl", "urllib", "http", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "asyncio",
    "socketserver", "webbrowser", "requests", "httpx", "aiohttp", "urllib3", "subprocess", "ctypes",
}  # fmt: skip
NAMES = {
    "QgsNetworkAccessManager", "QgsBlockingNetworkRequest", "QgsNetworkContentFetcher", "QgsFileDownloader",
    "QNetworkAccessManager", "QNetworkRequest", "QTcpSocket", "QUdpSocket", "QWebSocket", "QProcess", "QtNetwork",
    "QtWebKit", "QtWebEngineWidgets", "vsicurl",
}  # fmt: skip
ADDRESSES = ("http:", "https:", "ftp:", "/vsicurl", "/vsis3")
# It starts one program, Python, on one text of the plugin: see `test_a_trial_starts_python_and_nothing_else`.
TRIALS = "plugin/data/trials.py"
# Names that standards give to formats; files hold them, and nothing opens them.
FORMAT_NAMES = "plugin/data/format_names.py"
CALLS = {
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request",
    "http.client.connect", "ftplib.connect", "smtplib.connect", "subprocess.Popen", "os.system",
}  # fmt: skip


class Watch:
    """Notes what Python code asks of the network, or of other programs, while it is on."""

    def __init__(self) -> None:
        self.is_on = False
        self.seen: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, _arguments: tuple) -> None:
        if self.is_on and event in CALLS:
            self.seen.append(event)


@pytest.fixture(scope="module")
def watch():
    # A hook stays for as long as Python runs, so there is one, and it only notes while it is on.
    made = Watch()
    yield made
    made.is_on = False


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


def test_no_shipped_code_imports_or_names_what_calls_the_network():
    wrong = []
    for path in shipped_python():
        for module, line in imported_modules(path):
            if module.split(".")[0] in MODULES:
                wrong.append(f"{path}:{line} {module}")
        for node in nodes_of(path, ast.Name, ast.Attribute, ast.alias):
            if str(path) == TRIALS:
                continue
            name = getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "name", "")
            if NAMES & set(name.split(".")):
                wrong.append(f"{path} {name}")
        for node in nodes_of(path, ast.Constant):
            if str(path) == FORMAT_NAMES:
                continue
            if isinstance(node.value, str) and any(word in node.value for word in ADDRESSES):
                wrong.append(f"{path}:{node.lineno} {node.value[:60]}")
    assert not wrong, "\n".join(wrong)


def test_names_of_formats_are_those_of_the_standards_and_no_more():
    texts = {node.value for node in nodes_of(Path(FORMAT_NAMES), ast.Constant) if "://" in str(node.value)}
    assert texts == {
        "http://www.topografix.com/GPX/1/1", "http://www.opengis.net/kml/2.2", "http://graphml.graphdrawing.org/xmlns",
        "http://mrcc.com/qgis.dtd", "http://www.geopackage.org/spec121/#extension_schema",
        "http://www.geopackage.org/spec121/#extension_metadata",
    }  # fmt: skip


def test_the_watch_sees_a_call(watch):
    watch.is_on = True
    with socket.socket() as one:
        one.settimeout(1.0)
        one.connect_ex(("127.0.0.1", 9))
    watch.is_on = False
    assert watch.seen == ["socket.connect"]
    watch.seen.clear()


def test_a_whole_study_calls_nobody(provider, watch, tmp_path):
    asked = []
    manager = QgsNetworkAccessManager.instance()
    manager.requestAboutToBeCreated.connect(asked.append)
    watch.is_on = True
    try:
        run("analyze", {
            "OBSERVATIONS_FILE": str(write_observations(tmp_path / "pings.csv", seed=4711)),
            "SITES": str(write_sites(tmp_path / "sites.geojson")), "KEY_DATES": KEY_DATE,
            "PURPOSE": "A test of what leaves the machine", "OUTPUT": str(tmp_path / "study.gpkg"),
        })  # fmt: skip
    finally:
        watch.is_on = False
        manager.requestAboutToBeCreated.disconnect(asked.append)
    assert (tmp_path / "study.gpkg").stat().st_size > 10_000
    assert (watch.seen, asked) == ([], [])


def test_a_trial_starts_python_and_nothing_else(tmp_path, monkeypatch):
    from sitelight.plugin.data import trials

    started = []

    class Noted(trials.QProcess):
        def start(self, program, arguments):
            started.append((program, arguments))
            super().start(program, arguments)

    monkeypatch.setattr(trials, "QProcess", Noted)
    path = tmp_path / "a; curl.gpx"
    path.write_text('<?xml version="1.0"?><gpx version="1.1"/>', encoding="utf-8")
    trials.require_safe(path)
    ((program, arguments),) = started
    assert program == str(trials.find_interpreter())
    code = (ROOT / "plugin" / "data" / "trial_reader.py").read_text(encoding="utf-8")
    assert arguments[:2] == ["-c", code] and arguments[3] == str(path) and len(arguments) == 5
    names = {module.split(".")[0] for module, _line in imported_modules(Path("plugin/data/trial_reader.py"))}
    assert names == {"__future__", "contextlib", "json", "sys", "osgeo", "resource"}
    source = ast.parse((ROOT / TRIALS).read_text(encoding="utf-8"))
    used = {
        node.attr for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) != "connection"  # of SQLite: it asks a file
    }  # fmt: skip
    assert not used & {"startDetached", "execute", "startCommand", "system", "popen"}
