"""Make the pages of the Help button: each resources/help/*.md as one HTML file that loads nothing from anywhere."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
HELP = ROOT / "resources" / "help"
STYLE = Path(__file__).resolve().with_name("help.css")
PAGES = ("guide", "algorithms", "method", "measured")
"""Order of the pages in the bar at the top; the first one is what the Help button opens."""

FRAME = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Sitelight</title>
<style>
{style}</style>
</head>
<body>
<header><span>Sitelight</span> {pages}</header>
<nav>
<h2>Contents</h2>
{contents}</nav>
<main>
{body}</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level, its text, and the anchor that links lead to."""

    level: int
    text: str
    anchor: str


def parse(text: str) -> tuple[list[Token], list[Heading]]:
    """Return the tokens of a Markdown text, headings with their anchors as GitHub makes them, and these headings."""
    tokens = _markdown().parse(text)
    headings: list[Heading] = []
    for opening, inline in zip(tokens, tokens[1:]):
        if opening.type == "heading_open":
            title = "".join(child.content for child in inline.children or [])
            taken = {heading.anchor for heading in headings}
            heading = Heading(int(opening.tag[1]), title, _free_anchor(title, taken))
            opening.attrSet("id", heading.anchor)
            headings.append(heading)
    return tokens, headings


def render(name: str) -> str:
    """Return the HTML of the page `name`, made of its Markdown text."""
    tokens, headings = parse((HELP / f"{name}.md").read_text(encoding="utf-8"))
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("href", re.sub(r"^([a-z]+)\.md(?=#|$)", r"\1.html", str(child.attrs["href"])))
    markdown = _markdown()
    body = markdown.renderer.render(tokens, markdown.options, {})
    # A wide table scrolls by itself, so that the page never does.
    body = body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    body = re.sub(r"<!-- .*? -->\n", "", body)
    return FRAME.format(
        title=html.escape(headings[0].text), style=STYLE.read_text(encoding="utf-8"), pages=_page_links(name),
        contents=_contents(headings), body=body,
    )  # fmt: skip


def write_pages() -> list[Path]:
    """Write the HTML of every page beside its Markdown text, and return the files."""
    files = []
    for name in PAGES:
        path = HELP / f"{name}.html"
        path.write_text(render(name), encoding="utf-8", newline="\n")
        files.append(path)
    return files


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _free_anchor(title: str, taken: set[str]) -> str:
    anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    number = 0
    while (free := f"{anchor}-{number}" if number else anchor) in taken:
        number += 1
    return free


def _page_links(shown: str) -> str:
    links = []
    for name in PAGES:
        here = ' aria-current="page"' if name == shown else ""
        links.append(f'<a href="{name}.html"{here}>{name.capitalize()}</a>')
    return " ".join(links)


def _contents(headings: list[Heading]) -> str:
    """Return the headings of the second and third level as one list; the style indents the third."""
    rows = [
        f'<li class="h{heading.level}"><a href="#{heading.anchor}">{html.escape(heading.text)}</a></li>\n'
        for heading in headings if heading.level in (2, 3)
    ]  # fmt: skip
    return f"<ul>\n{''.join(rows)}</ul>\n"
