"""Load the repository root under the plugin's real name, as QGIS does; tests import `sitelight.plugin...`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

if "sitelight" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "sitelight", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitelight"] = module
    spec.loader.exec_module(module)
