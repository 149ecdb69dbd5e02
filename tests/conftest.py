"""Tests import `sitelight.plugin...` only: a second copy of a module under another name has other classes."""

from __future__ import annotations

import sitelight_package
from hypothesis import settings

ROOT = sitelight_package.ROOT

sitelight_package.load()

# How long an example takes says how busy the machine is: no test may fail by it.
settings.register_profile("sitelight", deadline=None)
settings.load_profile("sitelight")
