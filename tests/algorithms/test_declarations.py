"""What the algorithms say of themselves: each one in its file, listed by the provider, and all texts translatable."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree
from collections.abc import Iterator

import pytest
from qgis.core import QgsProcessingAlgorithm
from qgis.PyQt.QtCore import QCoreApplication, QTranslator
from rules.source_tree import ROOT, shipped_python
from sitelight.plugin.algorithms.provider import ALGORITHMS, SitelightProvider

FILES = [path for path in shipped_python() if path.parts[:2] == ("plugin", "algorithms")]


class Brackets(QTranslator):
    """Translates by putting brackets around the texts that it has, in their context, and no others."""

    def __init__(self, texts: set[tuple[str, str]]) -> None:
        super().__init__()
        self._texts = texts

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        return f"‹{source}›" if (context, source) in self._texts else None

    def isEmpty(self) -> bool:
        return False


@pytest.fixture(scope="module")
def found_texts(tmp_path_factory) -> set[tuple[str, str]]:
    """The (context, text) that a translator gets to see, as `make translations` collects them."""
    target = tmp_path_factory.mktemp("translations") / "sitelight_xx.ts"
    subprocess.run(
        ["pylupdate5", *map(str, FILES), "-ts", str(target)], cwd=ROOT, check=True, capture_output=True
    )
    return {
        (context.findtext("name"), message.findtext("source"))
        for context in xml.etree.ElementTree.parse(target).getroot().iter("context")
        for message in context.iter("message")
    }


@pytest.fixture()
def brackets(qgis_app, found_texts) -> Iterator[None]:
    translator = Brackets(found_texts)
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


@pytest.fixture()
def provider(qgis_app) -> SitelightProvider:
    made = SitelightProvider()
    made.refreshAlgorithms()
    return made


def test_every_file_is_one_algorithm_of_the_provider():
    files = {path.stem for path in FILES if len(path.parts) == 3} - {"__init__", "provider"}
    assert sorted(algorithm.__module__.rpartition(".")[2] for algorithm in ALGORITHMS) == sorted(files)
    assert len({algorithm.NAME for algorithm in ALGORITHMS}) == len(ALGORITHMS)


def test_the_provider_offers_for_the_panel_what_it_has(provider):
    offered = [algorithm.name() for section in provider.analyses() for algorithm in section]
    assert len(offered) == len(set(offered)) == 9
    assert set(offered) < {algorithm.name() for algorithm in provider.algorithms()}


@pytest.mark.parametrize("kind", ALGORITHMS, ids=lambda kind: kind.NAME)
def test_class_values_are_found_in_the_context_of_their_class(kind, found_texts):
    for text in (kind.TITLE, kind.SHORT, kind.HELP, kind.TAGS):
        assert (kind.__name__, text) in found_texts


def texts_of(algorithm: QgsProcessingAlgorithm) -> Iterator[tuple[str, str]]:
    """Yield what a text is for, and the text, of all that the dialog, the toolbox and `qgis_process help` show."""
    yield "title", algorithm.displayName()
    yield "line", algorithm.shortDescription()
    yield "help", algorithm.shortHelpString()
    yield "tags", ",".join(algorithm.tags())
    for definition in algorithm.parameterDefinitions():
        yield definition.name(), definition.description()
        if definition.help():
            yield f"help of {definition.name()}", definition.help()
    for output in algorithm.outputDefinitions():
        yield f"output {output.name()}", output.description()


@pytest.mark.parametrize("kind", ALGORITHMS, ids=lambda kind: kind.NAME)
def test_all_texts_are_translated_when_they_are_asked_for(kind, brackets):
    """Those of the bases too, which say them in their own context; the modules were loaded before the translator."""
    algorithm = kind()
    algorithm.initAlgorithm()
    texts = list(texts_of(algorithm))
    assert len(texts) > 8
    assert [what for what, text in texts if not (text.startswith("‹") and text.endswith("›"))] == []
