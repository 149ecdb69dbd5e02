"""Imports every module of the plugin over PyQt6 and paints the panel; prints what came of it as JSON.

`python show_panel.py STUBS OSGEO PICTURE MODULE...`, in an environment with PyQt6 and without QGIS.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import sitelight_package  # noqa: E402
import strict_qgis  # noqa: E402


def main(stubs: str, osgeo: str, picture: str, *modules: str) -> None:
    """Import, show, paint."""
    from PyQt6 import QtWidgets

    application = QtWidgets.QApplication([])
    strict_qgis.install(Path(stubs), Path(osgeo))
    sitelight_package.load()
    faults = {}
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            faults[name] = traceback.format_exc()
    told = {"faults": faults}
    if not faults:
        raised: list[str] = []
        # PyQt6 ends the process where an exception leaves a slot or an event, unless there is a hook.
        sys.excepthook = lambda *error: raised.append("".join(traceback.format_exception(*error)))
        try:
            told["tabs"], told["colors"] = _show(application, Path(picture))
        except Exception:
            raised.append(traceback.format_exc())
        told["raised"] = raised
    print(json.dumps(told))


def _show(application: object, picture: Path) -> tuple[list[str], list[int]]:
    """Return the titles of the panel's tabs, and how many colors each page shows."""
    from qgis.gui import QgsMapCanvas
    from sitelight.plugin.gui.panel import SitelightPanel

    panel = SitelightPanel(QgsMapCanvas())
    panel.resize(420, 900)
    panel.show()
    colors = []
    for number in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(number)
        application.processEvents()
        image = panel.grab().toImage()
        image.save(str(picture.with_stem(f"{picture.stem}-{number}")))
        colors.append(len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}))
    titles = [panel.tabs.tabText(number) for number in range(panel.tabs.count())]
    panel.shut_down()
    return titles, colors


if __name__ == "__main__":
    main(*sys.argv[1:])
