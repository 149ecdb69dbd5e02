"""Write what of the documents is made: algorithms.md from the algorithms, and the HTML of the Help button."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication  # noqa: E402

from .algorithm_page import algorithms_page  # noqa: E402
from .help_pages import HELP, ROOT, write_pages  # noqa: E402


def main() -> None:
    """Write the files and print their names."""
    application = QgsApplication([], False)
    application.initQgis()
    page = HELP / "algorithms.md"
    page.write_text(algorithms_page(), encoding="utf-8", newline="\n")
    for path in (page, *write_pages()):
        print(path.relative_to(ROOT))
    sys.stdout.flush()
    application.exitQgis()


if __name__ == "__main__":
    main()
