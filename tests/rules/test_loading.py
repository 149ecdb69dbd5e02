"""The plugin loads as QGIS loads it: quickly, without an interface, without packages it can do without."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from rules.source_tree import ROOT, shipped_python

# Makes packages unfindable, as on a machine without them, and loads the root folder as package `sitelight`.
PREAMBLE = f"""
import importlib, importlib.machinery, importlib.util, sys
MISSING = set({{missing!r}})

class WithoutMissing(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in MISSING else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = WithoutMissing
spec = importlib.util.spec_from_file_location(
    "sitelight", {str(ROOT / "__init__.py")!r}, submodule_search_locations=[{str(ROOT)!r}])
sitelight = importlib.util.module_from_spec(spec)
sys.modules["sitelight"] = sitelight
spec.loader.exec_module(sitelight)
"""
QGIS = """
from qgis.core import QgsApplication
application = QgsApplication([], True)
application.initQgis()
"""


def run_python(code: str, missing: tuple[str, ...] = ()) -> str:
    """Run `code` in a fresh Python in which `missing` packages cannot be found; return what it printed."""
    return run_process(code, missing).stdout


def run_process(code: str, missing: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Run `code` in a fresh Python in which `missing` packages cannot be found; return the ended process."""
    program = PREAMBLE.format(missing=missing) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_importing_the_root_imports_no_qgis_and_is_quick():
    code = """
    import time
    before = set(sys.modules)
    started = time.perf_counter()
    spec.loader.exec_module(sitelight)
    print((time.perf_counter() - started) * 1000)
    heavy = {"qgis", "PyQt5", "numpy", "pandas", "osgeo"}
    print(sorted(name for name in sys.modules if name.partition(".")[0] in heavy))
    """
    milliseconds, loaded = run_python(code).splitlines()
    assert float(milliseconds) < 50
    assert loaded == "[]"


def test_provider_registers_without_an_interface():
    code = QGIS + textwrap.dedent("""
    plugin = sitelight.classFactory(None)
    plugin.initProcessing()
    provider = QgsApplication.processingRegistry().providerById("sitelight")
    print(sorted(algorithm.name() for algorithm in provider.algorithms()))
    plugin.unload()
    print(QgsApplication.processingRegistry().providerById("sitelight"))
    """)
    names, after = run_python(code).splitlines()[-2:]
    assert {"analyze", "detectlegs", "detectstays", "makescenario"} <= set(eval(names))  # noqa: S307 - our own list
    assert after == "None"


MODULES = [
    ".".join(("sitelight", *path.with_suffix("").parts)).replace(".__init__", "")
    for path in shipped_python()
    if path.parts[0] == "plugin"
]


@pytest.mark.parametrize(
    "missing",
    [
        ("duckdb",),
        ("pyarrow",),
        ("duckdb", "pyarrow", "pyspark", "scipy", "matplotlib", "plotly", "geopandas"),
    ],
    ids="+".join,
)
def test_every_module_loads_without_optional_packages(missing):
    code = (
        QGIS
        + f"""
for name in {MODULES!r}:
    importlib.import_module(name)
print("loaded", len([m for m in sys.modules if m.startswith("sitelight.plugin")]))
"""
    )
    assert run_python(code, missing).splitlines()[-1] == f"loaded {len(MODULES)}"


INTERFACE = """
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow, QMenu, QPushButton
from qgis.gui import QgsMessageBar

class Interface:
    window, bar, menu = QMainWindow(), QgsMessageBar(), QMenu()
    mainWindow = lambda self: self.window
    messageBar = lambda self: self.bar
    pluginHelpMenu = lambda self: self.menu
    addToolBarIcon = removeToolBarIcon = lambda self, action: None
    addPluginToMenu = removePluginMenu = lambda self, menu, action: None
    addDockWidget = lambda self, area, dock: self.window.addDockWidget(area, dock)
    removeDockWidget = lambda self, dock: self.window.removeDockWidget(dock)

interface = Interface()
interface.window.show()
plugin = sitelight.classFactory(interface)
plugin.initGui()
print(" ".join(item.text() for item in interface.bar.items()))
plugin._panel_action.trigger()
dock = interface.window.findChild(QDockWidget, "sitelight_panel")
print(dock.isVisible(), dock.minimumSizeHint().width() <= 280)
print(" ".join(label.text() for label in dock.findChildren(QLabel)))
copy = dock.findChild(QPushButton, "sitelight_copy_command")
if copy is not None:
    copy.click()
print(QApplication.clipboard().text())
plugin._panel_action.trigger()
print(dock.isVisible())
print([name for name in sys.modules if name.startswith(("sitelight.plugin.engine", "sitelight.plugin.algorithms"))])
print(QgsApplication.processingRegistry().providerById("sitelight"))
plugin.unload()
"""


@pytest.mark.parametrize(
    "missing", [("numpy",), ("pandas",), ("shapely",), ("pyproj",), ("pandas", "shapely")], ids="+".join
)
def test_without_required_packages_the_panel_says_how_to_install_them(missing):
    message, shape, panel, copied, again, engine, provider = run_python(QGIS + INTERFACE, missing).splitlines()[-7:]
    named = f"Sitelight needs Python packages that this QGIS does not have: {', '.join(missing)}."
    assert named in message
    assert named in panel
    assert copied.endswith(" ".join(f"python3-{name}" for name in missing))  # tests run on Debian, where apt installs
    assert copied.startswith("sudo apt install ")
    assert copied in panel
    assert (shape, again, engine, provider) == ("True True", "False", "[]", "None")


def test_package_that_does_not_load_is_told_with_its_reason(tmp_path):
    (tmp_path / "shapely.py").write_text("raise ValueError('numpy.dtype size changed')", encoding="utf-8")
    lines = run_python(f"sys.path.insert(0, {str(tmp_path)!r})" + QGIS + INTERFACE).splitlines()[-7:]
    for text in (lines[0], lines[2]):
        assert "package shapely, which is installed but does not load: numpy.dtype size changed." in text
    assert lines[3:] == ["", "False", "[]", "None"]


def test_folder_with_parts_of_a_package_counts_as_missing(tmp_path):
    (tmp_path / "shapely" / "_libs").mkdir(parents=True)
    code = f"""
class PartsOnly:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.PathFinder.find_spec(name, [{str(tmp_path)!r}]) if name == "shapely" else None

sys.meta_path.insert(0, PartsOnly)
"""
    assert "this QGIS does not have: shapely." in run_python(code + QGIS + INTERFACE).splitlines()[-5]


def test_without_pandas_processing_loads_and_tells_the_command():
    code = QGIS + textwrap.dedent("""
    messages = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, tag, level: messages.append((tag, text)))
    plugin = sitelight.classFactory(None)
    plugin.initProcessing()
    plugin.unload()
    print([text for tag, text in messages if tag == "Sitelight"])
    """)
    done = run_process(code, ("pandas",))
    told = "Sitelight needs Python packages that this QGIS does not have: pandas. sudo apt install python3-pandas"
    assert done.stdout.splitlines()[-1] == str([told])
    assert told in done.stderr.splitlines()  # qgis_process shows this, but no log
