"""The documents: a short README, made parts up to date, and every link, picture, test and constant named is there."""

from __future__ import annotations

import ast
import posixpath
import re
from html.parser import HTMLParser

import pytest
from dev.algorithm_page import algorithms_page
from dev.help_pages import HELP, PAGES, parse, render
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QObject, QUrl, pyqtSlot
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QAction
from rules.source_tree import ROOT, left_out_of_package, nodes_of, shipped_python
from sitelight.plugin.algorithms.provider import SitelightProvider
from sitelight.plugin.plugin import SitelightPlugin

TEXTS = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "plugin/README.md",
    *(f"resources/help/{name}.md" for name in PAGES),
)  # fmt: skip
HTML = tuple(f"resources/help/{name}.html" for name in PAGES)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class Page(HTMLParser):
    """Anchors, links and loaded files of an HTML page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.anchors.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in {"src", "href", "data", "srcset", "poster", "background", "action", "style"}:
                self.loads.append(value or "")


def links_and_anchors(name: str) -> tuple[list[str], list[str]]:
    if name.endswith(".html"):
        page = Page(read(name))
        return page.links + page.loads, page.anchors
    tokens, headings = parse(read(name))
    children = [child for token in tokens for child in token.children or []]
    targets = [str(child.attrs.get("href") or child.attrs.get("src")) for child in children if child.attrs]
    return targets, [heading.anchor for heading in headings]


def test_readme_is_read_to_the_end():
    assert len(read("README.md").splitlines()) <= 120


@pytest.mark.parametrize("name", TEXTS + HTML)
def test_links_anchors_and_pictures_lead_somewhere(name):
    targets, anchors = links_and_anchors(name)
    assert len(anchors) == len(set(anchors))
    wrong = []
    for target in targets:
        if re.match(r"https://", target):
            continue
        path, _, anchor = target.partition("#")
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        if not (ROOT / goal).is_file() or anchor and anchor not in links_and_anchors(goal)[1]:
            wrong.append(target)
    assert not wrong, f"{name}: {wrong}"


def test_pages_link_to_each_other_and_have_contents():
    for name in HTML:
        targets, _ = links_and_anchors(name)
        assert {f"{page}.html" for page in PAGES} <= set(targets)
        assert sum(target.startswith("#") for target in targets) >= 5


@pytest.mark.parametrize("name", HTML)
def test_a_page_of_the_help_loads_nothing_from_outside(name):
    page, text = Page(read(name)), read(name)
    assert [load for load in page.loads if ":" in load or load.startswith("/")] == []
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "base", "form"})
    assert not re.search(r"url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_the_help_are_made_from_their_texts(name):
    assert read(f"resources/help/{name}.html") == render(name), "run `make docs` and commit what it writes"


def test_the_page_of_algorithms_is_made_from_the_algorithms(qgis_app):
    assert read("resources/help/algorithms.md") == algorithms_page(), "run `make docs` and commit what it writes"


def test_what_the_help_needs_is_in_the_package():
    out = left_out_of_package()
    pictures = {HELP / load for name in HTML for load in Page(read(name)).loads}
    shown = [path.relative_to(ROOT) for path in (*pictures, *(ROOT / name for name in HTML))]
    assert pictures
    assert [path for path in shown if any(path == left or left in path.parents for left in out)] == []
    assert sum(path.stat().st_size for path in HELP.iterdir()) < 1_000_000


@pytest.mark.parametrize("name", TEXTS)
def test_tests_that_a_document_names_exist(name):
    named = re.findall(r"`(tests/[\w./]+)`", read(name))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "resources/help/guide.md"])
def test_each_promise_names_the_test_that_attacks_it(name):
    table = re.search(r"^\| promise \|.*\n\| --- .*\n((?:\|.*\n)+)", read(name), re.M)
    rows = table.group(1).splitlines()
    assert len(rows) >= 8
    assert [row for row in rows if not re.search(r"\| (`tests/[\w/]*test_\w+\.py`(, )?)+ \|$", row)] == []


def constants() -> dict[str, list[tuple[float, ...]]]:
    """Return the numbers that names of the engine's modules and settings are given, by name."""
    found: dict[str, list[tuple[float, ...]]] = {}

    def take(name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Call):
            value = value.args[0] if value.args else value
        try:
            numbers = ast.literal_eval(value)
        except ValueError:
            return
        numbers = tuple(numbers) if isinstance(numbers, (tuple, list)) else (numbers,)
        if numbers and all(isinstance(number, (int, float)) for number in numbers):
            found.setdefault(name, []).append(tuple(float(number) for number in numbers))

    for path in shipped_python():
        if path.parts[:2] != ("plugin", "engine"):
            continue
        for node in nodes_of(path, ast.Assign, ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for part, value in zip(target.elts, node.value.elts):
                    take(getattr(part, "id", ""), value)
            elif isinstance(target, ast.Name) and node.value is not None:
                take(target.id, node.value)
    return found


def test_constants_of_the_method_are_those_of_the_code():
    rows = re.findall(r"^\| `(\w+)`[^|]* \| ([\d., ]+) \| [^|]+ \| ([^|]+) \|$", read("resources/help/method.md"), re.M)
    assert len(rows) > 100
    known = constants()
    wrong = [
        (name, told, known.get(name)) for name, told, _reason in rows
        if tuple(float(number) for number in told.split(", ")) not in known.get(name, [])
    ]  # fmt: skip
    assert not wrong, wrong


class Opened(QObject):
    """Stands where the desktop stands when an address is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[QUrl] = []

    @pyqtSlot(QUrl)
    def take(self, url: QUrl) -> None:
        self.urls.append(url)


@pytest.mark.parametrize("language", ["en", "fr", "el"])
def test_the_help_button_opens_the_guide_whatever_the_language(qgis_iface, language):
    before = QgsSettings().value("locale/userLocale")
    QgsSettings().setValue("locale/userLocale", language)
    opened = Opened()
    QDesktopServices.setUrlHandler("file", opened.take)
    plugin = SitelightPlugin(qgis_iface)
    try:
        plugin.initGui()
        qgis_iface.mainWindow().findChild(QAction, "sitelight_help_action").trigger()
    finally:
        plugin.unload()
        QDesktopServices.unsetUrlHandler("file")
        QgsSettings().setValue("locale/userLocale", before)
    assert [url.toLocalFile() for url in opened.urls] == [str(HELP / "guide.html")]


def test_every_algorithm_has_its_section_in_the_help(qgis_app):
    provider = SitelightProvider()
    provider.refreshAlgorithms()
    anchors = Page(read("resources/help/algorithms.html")).anchors
    algorithms = provider.algorithms()
    assert len(algorithms) == 17
    for algorithm in algorithms:
        url = QUrl(algorithm.helpUrl())
        assert url.toLocalFile() == str(HELP / "algorithms.html")
        assert url.fragment() == algorithm.name() and algorithm.name() in anchors


def test_the_code_on_one_page_names_every_package_of_the_engine():
    engine = [path.parts for path in shipped_python() if path.parts[:2] == ("plugin", "engine")]
    folders = {parts[2] for parts in engine if len(parts) > 3}
    named = set(re.findall(r"^\| `(\w+)` \|", read("plugin/README.md"), re.M))
    assert folders and folders <= named
