"""Loaded by pytest before anything of QGIS starts: tests need no display."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
