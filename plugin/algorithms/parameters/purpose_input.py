"""Purpose and exact positions as parameters: what shows single devices, or where they live, is asked why."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterString,
)

from ...engine.base import InputError
from ...engine.purpose import check_purpose, require_purpose
from .sites_input import SitesInputAlgorithm

AUDIT_ACTION = "exact positions"


class PurposeAlgorithm(SitesInputAlgorithm):
    """Base of the algorithms that write where devices were: in squares of 5 km, unless exact positions are asked for.

    After `read_purpose`, `purpose` is what was written and `is_exact` says whether positions are written as they are.
    """

    PURPOSE, EXACT_POSITIONS = "PURPOSE", "EXACT_POSITIONS"
    # Whether single devices are shown whatever is chosen, and whether there are positions to hide.
    NEEDS_PURPOSE, WRITES_POSITIONS = False, True

    def add_purpose(self) -> None:
        """Add the choice of exact positions, and the purpose that it needs."""
        if self.WRITES_POSITIONS:
            self.add_advanced(
                QgsProcessingParameterBoolean(self.EXACT_POSITIONS, self.tr("Exact positions, homes too"), False),
                self.tr("Otherwise sites are shown at their centre and all other places as squares of 5 km. Needs a "
                        "purpose; both are noted in the log, and in the table audit of a GeoPackage."),
            )  # fmt: skip
        if self.NEEDS_PURPOSE:
            label = self.tr("Purpose (needed, since single devices are shown)")
        elif self.WRITES_POSITIONS:
            label = self.tr("Purpose (needed for exact positions)")
        else:
            return
        # Optional to Processing, so that one sentence of ours says what is missing.
        self.add_basic(
            QgsProcessingParameterString(self.PURPOSE, label, optional=True),
            self.tr("Why this is done, in a sentence; it is noted in the log."),
        )

    def read_purpose(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the purpose and the choice; without a purpose neither single devices nor exact positions are shown."""
        self.purpose, self.is_exact = "", False
        if self.NEEDS_PURPOSE or self.WRITES_POSITIONS:
            self.purpose = check_purpose(self.parameterAsString(parameters, self.PURPOSE, context))
        if self.WRITES_POSITIONS:
            self.is_exact = self.parameterAsBool(parameters, self.EXACT_POSITIONS, context)
        if self.NEEDS_PURPOSE:
            require_purpose(self.purpose)
        if self.is_exact and not self.purpose:
            raise InputError(
                "Give a PURPOSE: exact positions tell where devices live and are written only for a purpose that is "
                "written down. Or switch EXACT_POSITIONS off."
            )

    def tell_purpose(self, feedback: QgsProcessingFeedback) -> None:
        """Note in the log the purpose, and that positions are exact."""
        if self.purpose:
            feedback.pushInfo(f"Purpose: {self.purpose}")
        if self.is_exact:
            feedback.pushWarning("Exact positions are written, homes too: keep the output to yourself.")
