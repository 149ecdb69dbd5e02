"""A synthetic scenario: the Sahel in the summer of 2023, as advertising-grade observations with planted truth.

Every device, home and habit is invented; cities and airports have real coordinates, other sites are placed at random
inside their cities and marked fictional. For demonstration, training and tests.
"""

from __future__ import annotations

from .closures import scenario_calendar
from .geography import scenario_sites
from .settings import ScenarioSettings
from .truth import scenario_truth
from .world import make_observations

__all__ = ["ScenarioSettings", "make_observations", "scenario_calendar", "scenario_sites", "scenario_truth"]
