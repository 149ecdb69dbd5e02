"""What a part prints becomes its section of resources/help/measured.md, with date, commit and machine.

Sections stand between `<!-- bench:NAME -->` and `<!-- bench end -->`. What a run prints replaces the whole section, so
nothing in it is typed; the text around sections names no figure. A run with options (`ARGS=...`) measures something
else and records nothing.
"""

from __future__ import annotations

import contextlib
import io
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "resources" / "help" / "measured.md"
SECTION = r"(?s)(?<=<!-- bench:{} -->\n).*?(?=<!-- bench end -->\n)"
PACKAGES = ("numpy", "pandas", "shapely")
MEASURED = (":/plugin/engine", ":/plugin/data", ":/plugin/tasks", ":/resources/behaviors")
"""What the parts measure: a section names the last commit that changed any of it."""


class _Twice(io.StringIO):
    """Keeps what is printed and shows it too, since a part may run for an hour."""

    def __init__(self, shown: io.TextIOBase) -> None:
        super().__init__()
        self._shown = shown

    def write(self, text: str) -> int:
        self._shown.write(text)
        return super().write(text)

    def flush(self) -> None:
        self._shown.flush()


@contextlib.contextmanager
def recorded(part: str) -> Iterator[None]:
    """Run the body and write what it prints into the section of `part`; nothing is written if it fails."""
    where = machine()
    with contextlib.redirect_stdout(_Twice(sys.stdout)) as printed:
        yield
    lines = [line.rstrip() for line in printed.getvalue().splitlines() if not line.startswith("bench: ")]
    if not any(lines):
        return
    head = f"*{where}: `make bench {part}`*\n\n"
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replace_section(text, part, head + as_markdown(lines) + "\n"), encoding="utf-8", newline="\n")
    print(f"bench: {part} stands in {PAGE.name}; `make docs` makes the page of the Help button from it.")


def replace_section(text: str, part: str, section: str) -> str:
    """Return the page with another section of `part`; raises LookupError if it has none."""
    pattern = re.compile(SECTION.format(re.escape(part)))
    if not pattern.search(text):
        raise LookupError(f"{PAGE.name} has no section <!-- bench:{part} -->; add one with a line on what is measured.")
    return pattern.sub(lambda _: section, text, count=1)  # an empty section would be found twice


def machine() -> str:
    """Return date, commit, system, cores, how busy they are before the run, and versions, in one line."""
    versions = ", ".join(f"{name} {_version_of(name)}" for name in PACKAGES)
    today, load = datetime.now(timezone.utc).date(), os.getloadavg()[0]
    return (
        f"{today}, commit {_commit()}, {_system()}, {os.cpu_count()} cores (load before the run {load:.1f}), Python "
        f"{platform.python_version()}, QGIS {_qgis_version()}, {versions}"
    )


def as_markdown(lines: list[str]) -> str:
    """Return printed lines as Markdown: tables of `print_table` as tables with their title, all else as it is."""
    out: list[str] = []
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        if len(rest) > 1 and re.fullmatch(r"  -+(  +-+)*", rest[1]):
            out += ["", f"**{_escaped(line)}**", "", *_take_table(rest)]
        else:
            out += ["", _escaped(line.strip())] if line.strip() else [""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def _take_table(rest: list[str]) -> list[str]:
    """Take heading, rule and rows from the front of `rest` and return them as rows of a Markdown table."""
    heading, rule = rest.pop(0), rest.pop(0)
    spans = [match.span() for match in re.finditer(r"-+", rule)]

    def cells(line: str) -> str:
        return "| " + " | ".join(_escaped(line[begin:end].strip()) for begin, end in spans) + " |"

    rows = [cells(heading), "| " + " | ".join("---" for _ in spans) + " |"]
    while rest and rest[0] and len(rest[0]) <= spans[-1][1]:
        line = rest[0].ljust(spans[-1][1])
        if not all(line[begin - 2 : begin].isspace() for begin, _ in spans):
            break
        rows.append(cells(rest.pop(0)))
    return rows


def _escaped(text: str) -> str:
    return re.sub(r"([<*_|])", r"\\\1", text)


def _commit() -> str:
    """Return the short name of the last commit that changed what is measured, and whether there are changes since.

    "unknown" where git or the history is missing: a bare machine, a checkout from an archive.
    """
    folder = PAGE.parent

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", *MEASURED)
        return git("log", "-1", "--format=%h", "--", *MEASURED) + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _system() -> str:
    release = Path("/etc/os-release")
    name = re.search(r'^PRETTY_NAME="?([^"\n]+)', release.read_text("utf-8"), re.M) if release.exists() else None
    return name.group(1) if name else platform.system()


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _qgis_version() -> str:
    from qgis.core import Qgis

    return Qgis.QGIS_VERSION.partition("-")[0]
