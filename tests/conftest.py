"""Tests import `sitelight.plugin...` only: a second copy of a module under another name has other classes."""

from __future__ import annotations

import sitelight_package

ROOT = sitelight_package.ROOT

sitelight_package.load()
