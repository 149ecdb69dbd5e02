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
    program = PREAMBLE.format(missing=missing) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


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


@pytest.mark.parametrize("missing", ["numpy", "pandas", "shapely", "pyproj"])
def test_plugin_loads_and_explains_itself_when_a_required_package_is_missing(missing):
    code = QGIS + textwrap.dedent("""
    from qgis.gui import QgsMessageBar
    from qgis.PyQt.QtWidgets import QLabel, QMainWindow, QMenu

    class Interface:
        window, bar, menu = QMainWindow(), QgsMessageBar(), QMenu()
        mainWindow = lambda self: self.window
        messageBar = lambda self: self.bar
        pluginHelpMenu = lambda self: self.menu
        addToolBarIcon = removeToolBarIcon = lambda self, action: None
        addPluginToMenu = removePluginMenu = lambda self, menu, action: None

    interface = Interface()
    plugin = sitelight.classFactory(interface)
    plugin.initGui()
    print(len(interface.bar.items()))
    print(" ".join(label.text() for label in interface.bar.findChildren(QLabel)))
    plugin.unload()
    """)
    count, text = run_python(code, (missing,)).splitlines()[-2:]
    assert count == "1"
    assert missing in text
