"""Settings that most studies leave as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import QgsProject
from qgis.gui import QgsCheckableComboBox, QgsCollapsibleGroupBoxBasic, QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QCheckBox, QGridLayout

from ...engine.screening import ScreeningSettings
from ...engine.study import DEFAULT_LINKED_CATEGORIES, Study
from ..widgets.form_parts import named, narrow, plain_label, spin_box

MOST_CATEGORIES = 1000  # the list looks at all of them for each
FIELD_DEFAULTS = Study.__dataclass_fields__


def default_output() -> str:
    """Return a GeoPackage name beside the project, or in the home folder, that does not exist yet."""
    project = QgsProject.instance()
    folder = Path(project.absolutePath()) if project.absolutePath() else Path.home()
    stem = project.baseName() or "study"
    candidates = (folder / f"{stem}_sitelight{number}.gpkg" for number in ("", *(f"_{n}" for n in range(2, 1000))))
    return str(next((path for path in candidates if not path.exists()), folder / f"{stem}_sitelight.gpkg"))


class AdvancedGroup(QgsCollapsibleGroupBoxBasic):
    """Cell size, lookback, linked categories, output and device ids; all with sensible defaults."""

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(self.tr("Advanced"))
        named(self, "advanced")
        self._cell_size = spin_box("cell_size", 50, 50_000, int(FIELD_DEFAULTS["cell_size_m"].default), " m")
        self._cell_size.setMinimumWidth(80)
        self._cell_size.setSingleStep(100)
        self._cell_size.setToolTip(self.tr("Width of the hexagons that stand for places without a site"))
        self._lookback = spin_box("lookback", 1, 365, FIELD_DEFAULTS["lookback_days"].default, self.tr(" days"))
        self._lookback.setMinimumWidth(80)
        self._lookback.setToolTip(self.tr("How far back “recently seen at” and “first time” look"))
        self._linked = narrow(named(QgsCheckableComboBox(), "linked_categories"))
        self._linked.addItems(list(DEFAULT_LINKED_CATEGORIES))
        self._linked.setCheckedItems(list(DEFAULT_LINKED_CATEGORIES))
        self._linked.setToolTip(
            self.tr("Itineraries start from findings and from unusual visits to sites of these categories")
        )
        self._output = narrow(named(QgsFileWidget(), "output"))
        self._output.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._output.setFilter("GeoPackage (*.gpkg)")
        self._output.setDialogTitle(self.tr("Save the Study As"))
        self._output.lineEdit().setPlaceholderText(self.tr("Beside the project"))
        self._keep_ids = named(QCheckBox(self.tr("Keep device ids")), "keep_ids")
        self._keep_ids.setToolTip(
            self.tr("Write the ids of the source instead of new pseudonyms; this is noted in the audit log")
        )
        self._lay_out()
        self.setCollapsed(True)

    def values(self) -> dict[str, Any]:
        """Return the fields of `Study` that are chosen here."""
        return {
            "cell_size_m": float(self._cell_size.value()),
            "lookback_days": self._lookback.value(),
            "linked_categories": tuple(self._linked.checkedItems()),
            "screening": ScreeningSettings(keep_device_ids=self._keep_ids.isChecked()),
        }

    def output_path(self) -> str:
        """Return the chosen GeoPackage, or the default one, always with its extension."""
        path = self._output.filePath().strip()
        if not path:
            return default_output()
        return path if path.lower().endswith(".gpkg") else f"{path}.gpkg"

    def set_output_path(self, path: str) -> None:
        """Choose the GeoPackage; the next run then replaces it."""
        self._output.setFilePath(path)

    def release_output(self, path: str) -> None:
        """Forget the GeoPackage at `path`: the next run gets a name of its own, unless it is chosen again."""
        chosen = self._output.filePath().strip()
        if chosen and Path(chosen).resolve() == Path(path).resolve():
            self._output.setFilePath("")

    def set_categories(self, names: tuple[str, ...]) -> None:
        """Offer these categories besides the default ones; what was checked stays checked."""
        known = {self._linked.itemText(row) for row in range(self._linked.count())}
        for name in names:
            if name and name not in known:
                self._linked.addItemWithCheckState(name, Qt.CheckState.Unchecked)

    def state(self) -> dict[str, Any]:
        """Return the choices as plain values for the project."""
        return {
            "cell_size_m": float(self._cell_size.value()),
            "lookback_days": self._lookback.value(),
            "linked_categories": self._linked.checkedItems(),
            "keep_device_ids": self._keep_ids.isChecked(),
            "output": self._output.filePath(),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Choose again what `state` kept."""
        self._cell_size.setValue(int(state.get("cell_size_m", self._cell_size.value())))
        self._lookback.setValue(int(state.get("lookback_days", self._lookback.value())))
        if "linked_categories" in state:
            names = state["linked_categories"]
            if not isinstance(names, list) or len(names) > MOST_CATEGORIES:
                raise TypeError("no list of categories")
            self.set_categories(tuple(names))
            self._linked.setCheckedItems(names)
        self._keep_ids.setChecked(bool(state.get("keep_device_ids", False)))
        self._output.setFilePath(str(state.get("output", "")))

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        rows = (
            (self.tr("Cell size"), self._cell_size),
            (self.tr("Lookback"), self._lookback),
            (self.tr("Linked to"), self._linked),
            (self.tr("Output"), self._output),
        )
        for row, (label, widget) in enumerate(rows):
            layout.addWidget(plain_label(text=label), row, 0)
            layout.addWidget(widget, row, 1)
        layout.addWidget(self._keep_ids, len(rows), 0, 1, 2)
