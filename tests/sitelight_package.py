"""Loads the repository root under the plugin's real name, as QGIS does, for tests, demo and benchmarks."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SITELIGHT_SHARED_DATA", ROOT.parent / "shared" / "data"))
"""Real data that tests and benchmarks read; they lie beside the checkout, not in it."""


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
