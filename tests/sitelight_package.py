"""Loads the repository root under the plugin's real name, as QGIS does, for tests, demo and benchmarks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load() -> None:
    """Make `import sitelight.plugin...` work; does nothing when it already does."""
    if "sitelight" in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        "sitelight", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitelight"] = module
    spec.loader.exec_module(module)
