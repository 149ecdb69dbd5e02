"""Runs algorithms as Processing does, for the tests of several modules."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
)
from sitelight.plugin.algorithms.provider import SitelightProvider


def registered_provider() -> Iterator[SitelightProvider]:
    """Register the provider as long as a fixture lasts."""
    made = SitelightProvider()
    QgsApplication.processingRegistry().addProvider(made)
    yield made
    QgsApplication.processingRegistry().removeProvider(made)


def algorithm(name: str) -> QgsProcessingAlgorithm:
    return QgsApplication.processingRegistry().algorithmById(f"sitelight:{name}")


def run(
    name: str,
    parameters: dict,
    context: QgsProcessingContext | None = None,
    feedback: QgsProcessingFeedback | None = None,
) -> tuple[dict, str]:
    """Run an algorithm; return its results and what it said; raise QgsProcessingException as Processing does."""
    context = context or QgsProcessingContext()
    feedback = feedback or QgsProcessingFeedback(False)
    results, is_done = algorithm(name).create().run(parameters, context, feedback)
    if not is_done:
        raise QgsProcessingException(feedback.textLog())
    return results, feedback.textLog()


def rows_of(layer: QgsVectorLayer) -> list[dict]:
    """Return the attributes of all features."""
    assert layer.isValid()
    names = [field.name() for field in layer.fields()]
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


class CancelAt(QgsProcessingFeedback):
    """Cancels when a stage begins."""

    def __init__(self, stage: str) -> None:
        super().__init__(False)
        self._stage = stage

    def setProgressText(self, text: str) -> None:
        if text == self._stage:
            self.cancel()
