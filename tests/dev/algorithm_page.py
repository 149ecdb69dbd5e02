"""Write resources/help/algorithms.md from the Processing algorithms themselves, so that it can name nothing else."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import sitelight_package
from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingOutputDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)

COMMON = 4
"""A parameter that is the same in so many algorithms stands once, in a table of its own."""
MAX_CHOICES = 8
WORDS = {
    "source": "vector layer", "multilayer": "files", "file": "file or folder", "string": "text",
    "boolean": "true or false", "point": "point", "sink": "layer to write", "fileDestination": "file to write",
    "folderDestination": "folder to write", "outputVector": "layer", "outputNumber": "number",
    "outputFile": "file", "outputFolder": "folder", "outputString": "text", "outputBoolean": "true or false",
}  # fmt: skip
HEAD = """\
# Algorithms

Every algorithm of the Processing provider `sitelight`, as toolbox, models, Python and `qgis_process` know it. How to
call them without a window, with examples, and what the results mean is in the [guide](guide.md#without-a-window).

*This page is made of the algorithms themselves by `make docs`.*

"""


def algorithms() -> list[QgsProcessingAlgorithm]:
    """Return all algorithms of the provider, by name; QGIS must have been started."""
    sitelight_package.load()
    from sitelight.plugin.algorithms.provider import SitelightProvider

    provider = SitelightProvider()
    provider.refreshAlgorithms()
    return sorted((one.create() for one in provider.algorithms()), key=lambda one: one.name())


def algorithms_page() -> str:
    """Return the text of algorithms.md."""
    every = algorithms()
    counts = Counter(_identity(parameter) for one in every for parameter in one.parameterDefinitions())
    common = {identity for identity, number in counts.items() if number >= COMMON}
    shared = {
        _identity(parameter): parameter
        for one in every for parameter in one.parameterDefinitions() if _identity(parameter) in common
    }  # fmt: skip
    rows = [f"| [`sitelight:{one.name()}`](#{one.name()}) | {_cell(one.shortDescription())} |" for one in every]
    parts = [HEAD, "| algorithm | what it does |\n| --- | --- |\n", "\n".join(rows), "\n\n"]
    parts += ["## Common parameters\n\n", "These are the same wherever an algorithm lists them.\n\n"]
    parts += [_parameter_table(list(shared.values())), "\n## The algorithms\n\n"]
    parts += ["\n".join(_section(one, common) for one in every)]
    return "".join(parts)


def _section(algorithm: QgsProcessingAlgorithm, common: set[tuple[str, ...]]) -> str:
    own, shared = [], []
    for parameter in algorithm.parameterDefinitions():
        (shared if _identity(parameter) in common else own).append(parameter)
    parts = [f"### {algorithm.name()}\n\n", f"**{algorithm.displayName()}.** {algorithm.shortDescription()}\n\n"]
    parts += [re.sub(r"\n+", "\n\n", _text(algorithm.shortHelpString())), "\n\n", _parameter_table(own), "\n"]
    if shared:
        names = ", ".join(f"`{parameter.name()}`" for parameter in shared)
        parts.append(f"And these [common parameters](#common-parameters): {names}.\n\n")
    outputs = [_output_row(output) for output in algorithm.outputDefinitions()]
    parts += ["| output | type | what it is |\n| --- | --- | --- |\n", "\n".join(outputs), "\n"]
    return "".join(parts)


def _parameter_table(parameters: list[QgsProcessingParameterDefinition]) -> str:
    rows = [
        f"| `{one.name()}` | {_type(one)} | {_default(one)} | {_cell(_what(one))} |"
        for one in parameters
    ]  # fmt: skip
    return "| parameter | type | default | what it is |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"


def _output_row(output: QgsProcessingOutputDefinition) -> str:
    return f"| `{output.name()}` | {WORDS[output.type()]} | {_cell(output.description())} |"


def _identity(parameter: QgsProcessingParameterDefinition) -> tuple[str, ...]:
    return (parameter.name(), _type(parameter), _default(parameter), _what(parameter))


def _what(parameter: QgsProcessingParameterDefinition) -> str:
    return f"{parameter.description().rstrip('.')}. {parameter.help()}".strip()


def _type(parameter: QgsProcessingParameterDefinition) -> str:
    if isinstance(parameter, QgsProcessingParameterEnum):
        return _choices(parameter)
    if isinstance(parameter, QgsProcessingParameterField):
        layer = parameter.parentLayerParameterName()
        return f"column of `{layer}`" if layer else "column"
    if isinstance(parameter, QgsProcessingParameterNumber):
        return _range(parameter)
    return WORDS[parameter.type()]


def _choices(parameter: QgsProcessingParameterEnum) -> str:
    options, several = parameter.options(), "some of" if parameter.allowMultiple() else "one of"
    if len(options) > MAX_CHOICES:
        return f"{several} {len(options)}, such as `{options[0]}`, `{options[1]}`"
    if parameter.usesStaticStrings():
        return f"{several} {', '.join(f'`{option}`' for option in options)}"
    return "; ".join(f"{number}: {_cell(option)}" for number, option in enumerate(options))


def _range(parameter: QgsProcessingParameterNumber) -> str:
    is_whole = parameter.dataType() == QgsProcessingParameterNumber.Type.Integer
    kind = "distance (m)" if parameter.type() == "distance" else "whole number" if is_whole else "number"
    low, high = parameter.minimum(), parameter.maximum()
    has_low, has_high = low > -2e9, high < 2e9
    if has_low and has_high:
        return f"{kind}, {low:,g} to {high:,.10g}"
    return f"{kind}, {low:g} or more" if has_low else kind


def _default(parameter: QgsProcessingParameterDefinition) -> str:
    value: Any = parameter.defaultValue()
    if value is None or value == "" or value == []:
        is_optional = parameter.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
        return "none" if is_optional else "required"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _cell(f"{value:g}" if isinstance(value, float) else str(value))


def _cell(text: str) -> str:
    """Return `text` so that it stands in one cell of a table."""
    return _text(" ".join(text.split())).replace("|", "\\|")


def _text(text: str) -> str:
    """Return `text` so that Markdown takes no part of it for markup."""
    return re.sub(r"([<*_])", r"\\\1", text)
