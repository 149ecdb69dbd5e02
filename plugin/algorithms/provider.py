"""The Processing provider `sitelight`."""

from __future__ import annotations

from qgis.core import QgsProcessingAlgorithm, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .analyze import AnalyzeAlgorithm
from .classify_movement import ClassifyMovementAlgorithm
from .compare_areas import CompareAreasAlgorithm
from .detect_legs import DetectLegsAlgorithm
from .detect_stays import DetectStaysAlgorithm
from .export_study import ExportStudyAlgorithm
from .find_cotravelers import FindCotravelersAlgorithm
from .find_frequented_locations import FindFrequentedLocationsAlgorithm
from .find_meeting_locations import FindMeetingLocationsAlgorithm
from .learn_signature import LearnSignatureAlgorithm
from .link_network import LinkNetworkAlgorithm
from .make_scenario import MakeScenarioAlgorithm
from .parameters.base import ICON
from .reach_back import ReachBackAlgorithm
from .score_spots import ScoreSpotsAlgorithm
from .select_tracks import SelectTracksAlgorithm
from .trace_back import TraceBackAlgorithm
from .verify_study import VerifyStudyAlgorithm

# What the panel does by itself, and what needs none of its inputs.
STUDIES = (
    AnalyzeAlgorithm,
    ScoreSpotsAlgorithm,
    LearnSignatureAlgorithm,
    DetectStaysAlgorithm,
    DetectLegsAlgorithm,
    MakeScenarioAlgorithm,
    ExportStudyAlgorithm,
    VerifyStudyAlgorithm,
)
# What the panel's button Analyses offers, in its order, by sections.
ANALYSES = (
    (ReachBackAlgorithm, TraceBackAlgorithm),
    (FindCotravelersAlgorithm, FindMeetingLocationsAlgorithm, FindFrequentedLocationsAlgorithm),
    (CompareAreasAlgorithm, SelectTracksAlgorithm, ClassifyMovementAlgorithm, LinkNetworkAlgorithm),
)
ALGORITHMS = (*STUDIES, *(algorithm for section in ANALYSES for algorithm in section))


class SitelightProvider(QgsProcessingProvider):
    """Offers Sitelight's algorithms to the toolbox, models and qgis_process."""

    def id(self) -> str:
        """Return the public id, which never changes."""
        return "sitelight"

    def name(self) -> str:
        """Return the name shown in the toolbox."""
        return "Sitelight"

    def longName(self) -> str:
        """Return the name with what it is."""
        return self.tr("Sitelight: place-first pattern-of-life analysis")

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return QIcon(str(ICON))

    def svgIconPath(self) -> str:
        """Return the path of the plugin's icon."""
        return str(ICON)

    def loadAlgorithms(self) -> None:
        """Add one instance of each algorithm."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())

    def analyses(self) -> tuple[tuple[QgsProcessingAlgorithm, ...], ...]:
        """Return the algorithms that the panel offers, by sections of its menu."""
        return tuple(tuple(self.algorithm(one.NAME) for one in section) for section in ANALYSES)
