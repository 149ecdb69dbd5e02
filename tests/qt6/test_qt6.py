"""Over Qt 6, as in QGIS 4: every module imports, with the newest numpy, pandas and shapely, and the panel paints."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
from pathlib import Path

import osgeo
import pytest
from rules.source_tree import ROOT, shipped_python

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
MODULES = [
    ".".join(("sitelight", *path.with_suffix("").parts)).replace(".__init__", "")
    for path in shipped_python()
    if path.parts[0] == "plugin"
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What came of importing all modules and painting the panel in an environment with PyQt6."""
    has_qt6 = PYTHON.exists() and subprocess.run([PYTHON, "-c", "import PyQt6.QtWidgets"], check=False).returncode == 0
    if not has_qt6:
        pytest.skip("PyQt6 is not in .venv-peers (bash tests/dev/peers.sh qt6)")
    stubs = Path(importlib.metadata.distribution("qgis-stubs").locate_file("qgis-stubs"))
    picture = tmp_path_factory.mktemp("qt6") / "panel.png"
    command = [PYTHON, ROOT / "tests/qt6/show_panel.py", stubs, Path(osgeo.__file__).parent, picture, *MODULES]
    done = subprocess.run(
        command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_module_imports_over_qt6(shown):
    assert shown["faults"] == {}


def test_the_panel_paints_over_qt6(shown):
    assert shown["raised"] == []
    assert shown["tabs"] == ["Study", "Events", "Itineraries", "Place"]
    assert min(shown["colors"]) > 50  # text and frames; an empty page has one or two


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from qgis.core import QgsNothing", "QgsNothing"),
        ("from qgis.PyQt.QtCore import Qt; Qt.AlignLeft", "AlignLeft"),
        ("from qgis.core import QgsTask; QgsTask.CanCancel", "CanCancel"),
        ("from qgis.core import QgsProject; QgsProject.instance().layerTreeRoots", "layerTreeRoots"),
        ("from qgis.core import QgsProcessingAlgorithm as A; A().parameterAsFields({}, '', None)", "deprecated"),
    ],
)
def test_the_stand_in_is_strict(shown, line, told):
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import strict_qgis;"
        f"strict_qgis.install(*map(Path, sys.argv[2:])); {line}"
    )
    stubs = Path(importlib.metadata.distribution("qgis-stubs").locate_file("qgis-stubs"))
    command = [PYTHON, "-c", code, ROOT / "tests" / "qt6", stubs, Path(osgeo.__file__).parent]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and told in done.stderr.splitlines()[-1]
