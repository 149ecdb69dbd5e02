"""Put the pages of the documentation site into build/docs, from resources/help and metadata.txt, and build the site.

Anchors are made as GitHub and the Help button make them, so that one text serves all three. Any warning ends the build.
"""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .help_pages import HELP, PAGES, ROOT, parse

DOCS = ROOT / "build" / "docs"


def write_docs(folder: Path) -> list[Path]:
    """Write the Markdown files and pictures of the site into `folder`, emptied before; return them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "index.md").write_text(_index(), encoding="utf-8", newline="\n")
    for name in PAGES:
        text = (HELP / f"{name}.md").read_text(encoding="utf-8")
        (folder / f"{name}.md").write_text(_with_anchors(text), encoding="utf-8", newline="\n")
    for picture in HELP.glob("*.png"):
        shutil.copy(picture, folder)
    return sorted(folder.iterdir())


def _index() -> str:
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    about = metadata["general"]["about"].splitlines()
    links = "".join(f"- [{name.capitalize()}]({name}.md)\n" for name in PAGES)
    picture = "![Sitelight in QGIS: heat and findings on the map. Synthetic data.](panel.png)"
    return "\n\n".join(["# Sitelight", *(line.strip() for line in about), picture, links])


def _with_anchors(text: str) -> str:
    """Return a page whose headings say their anchors, which MkDocs would make otherwise."""
    headings = iter(parse(text)[1])
    lines, is_code = [], False
    for line in text.splitlines():
        is_code ^= line.startswith("```")
        if not is_code and re.match(r"#{1,6} ", line):
            line = f"{line} {{ #{next(headings).anchor} }}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write and build."""
    write_docs(DOCS)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q"]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
