"""What algorithms ask of files before they read any: that inputs end nothing, and that outputs destroy nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import (
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterVectorLayer,
    QgsProcessingUtils,
    QgsProperty,
)

from ...data.file_paths import path_behind, require_offline
from ...data.layer_files import require_layer_output
from ...data.outputs import require_apart, require_output
from ...data.trials import require_safe
from ...layers.layer_sources import sources_of

READ = (
    QgsProcessingParameterFeatureSource, QgsProcessingParameterFile, QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers, QgsProcessingParameterVectorLayer,
)  # fmt: skip
COLUMNS, KIND = "sitelight columns", "sitelight kind"


def mark_layer(sink: QgsProcessingParameterDefinition, columns: Sequence[str]) -> None:
    """Say which columns an output layer always has: an existing layer without them is not replaced."""
    sink.setMetadata({COLUMNS: list(columns)})


def check_files(
    algorithm: QgsProcessingAlgorithm,
    parameters: Mapping[str, Any],
    context: QgsProcessingContext,
    own_files: Mapping[str, Callable[[Path], bool]],
) -> None:
    """Raise InputError if an input would end QGIS, or an output would destroy an input or a file of someone else.

    `own_files` tells for each output that is a file how an earlier one is known. No data are read.
    """
    inputs = list(_inputs(algorithm, parameters, context))
    outputs: list[Optional[Path]] = []
    for definition in algorithm.destinationParameterDefinitions():
        text = text_of(parameters.get(definition.name()), context)
        if not text or isinstance(definition, QgsProcessingParameterFolderDestination):
            continue
        if isinstance(definition, QgsProcessingParameterFileDestination):
            outputs.append(require_output(text, inputs, own_files[definition.name()]))
        else:
            outputs.append(require_layer_output(text, inputs, definition.metadata()[COLUMNS]))
    require_apart(outputs)


def check_inputs(
    algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any], context: QgsProcessingContext
) -> None:
    """Raise InputError if an input would end QGIS, or lead to the network, when a layer is made of it."""
    for source in _inputs(algorithm, parameters, context):
        path = path_behind(source)
        if path is not None:
            require_safe(path)


def text_of(value: Any, context: QgsProcessingContext) -> str:
    """Return what a parameter's value says as text, "" for nothing; evaluates properties."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source
    if isinstance(value, QgsProperty):
        return str(value.valueAsString(context.expressionContext(), "")[0] or "")
    return "" if value is None else str(value)


def _inputs(
    algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any], context: QgsProcessingContext
) -> Iterator[str]:
    """Yield the paths and layer sources of all inputs; layers that are not open yet are not opened."""
    find = partial(QgsProcessingUtils.mapLayerFromString, context=context, allowLoadingNewLayers=False)
    for definition in algorithm.parameterDefinitions():
        if definition.isDestination() or not isinstance(definition, READ):
            continue
        given = parameters.get(definition.name())
        for value in given if isinstance(given, (list, tuple)) else [given]:
            if isinstance(value, QgsMapLayer):
                yield from sources_of(value)
                continue
            text = text_of(value, context)
            layer = find(text) if text else None
            if layer is not None:
                yield from sources_of(layer)
            elif text:
                yield require_offline(text)
