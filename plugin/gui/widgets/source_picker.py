"""Choice of one input: a layer of the project, or a file or folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from qgis.core import Qgis, QgsMapLayer, QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from ...data.file_paths import require_local
from ...data.formats import patterns
from ...layers.layer_sources import sources_of
from .form_parts import add_action, menu_button, named, narrow
from .texts import tip

# QGIS 3.34 gave these flags another name; since then two of them make a number, and it warns of numbers.
_SINCE_334 = hasattr(Qgis, "LayerFilters")
LayerFilter = Qgis.LayerFilter if _SINCE_334 else QgsMapLayerProxyModel.Filter
LayerFilters = Qgis.LayerFilters if _SINCE_334 else QgsMapLayerProxyModel.Filters
POINTS_OR_TABLES = LayerFilters(LayerFilter.PointLayer | LayerFilter.NoGeometry)
POINTS_OR_POLYGONS = LayerFilters(LayerFilter.PointLayer | LayerFilter.PolygonLayer)


class SourcePicker(QWidget):
    """A layer combo with a "…" button; a chosen file appears in the combo beside the layers."""

    changed = pyqtSignal()

    def __init__(
        self, name: str, filters: LayerFilters, empty_text: str, has_folder: bool
    ) -> None:
        super().__init__()
        named(self, f"{name}_picker")
        self._path = ""
        self._layer_id = ""
        self._folder_of_dialog = ""
        self.combo = narrow(named(QgsMapLayerComboBox(), f"{name}_combo"), 80)
        self.combo.setFilters(filters)
        self.combo.setAllowEmptyLayer(True, empty_text)
        self.combo.setCurrentIndex(0)
        self._put_back = QTimer(self)
        self._put_back.setSingleShot(True)
        self._put_back.timeout.connect(self._show_choice)
        self.combo.activated.connect(self._on_combo_activated)
        self.combo.currentIndexChanged.connect(self._on_combo_index_changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.combo, 1)
        layout.addWidget(self._browse_button(f"{name}_browse", has_folder))

    def layer(self) -> Optional[QgsVectorLayer]:
        """Return the chosen layer, or None."""
        layer = QgsProject.instance().mapLayer(self._layer_id)
        return layer if isinstance(layer, QgsVectorLayer) else None

    def path(self) -> str:
        """Return the chosen file or folder, or ""."""
        return self._path if self.layer() is None else ""

    def sources(self) -> list[str]:
        """Return what the choice is read from: the path, or the sources of the layer."""
        layer = self.layer()
        return sources_of(layer) if layer is not None else [self._path] if self._path else []

    def state(self) -> dict[str, str]:
        """Return the choice as plain values for the project."""
        layer = self.layer()
        return {"layer": layer.id() if layer is not None else "", "path": self.path()}

    def set_state(self, state: Mapping[str, Any]) -> bool:
        """Choose again what `state` kept; return whether it is still there.

        Raises InputError for a path that leads off this machine.
        """
        layer = QgsProject.instance().mapLayer(str(state.get("layer", "")))
        if layer is not None:
            self.set_layer(layer)
        elif state.get("path"):
            self.set_path(require_local(str(state["path"])))
        return layer is not None or bool(state.get("path"))

    def is_empty(self) -> bool:
        """Return whether nothing is chosen."""
        return self.layer() is None and not self._path

    def set_layer(self, layer: Optional[QgsMapLayer]) -> None:
        """Choose a layer, or nothing."""
        self._choose(layer.id() if layer is not None else "", "")

    def set_path(self, path: str) -> None:
        """Choose a file or folder; it is listed beside the layers."""
        self._choose("", path)

    def _choose(self, layer_id: str, path: str) -> None:
        self._layer_id, self._path = layer_id, path
        self._show_choice()
        self.changed.emit()

    def _show_choice(self) -> None:
        """Let the combo show what is chosen: by itself it would take the first layer that is added."""
        name = Path(self._path).name
        layer = self.layer()
        self.combo.blockSignals(True)
        if self.combo.additionalItems() != ([name] if name else []):
            self.combo.setAdditionalItems([name] if name else [])
        if layer is not None:
            self.combo.setLayer(layer)
        else:
            self.combo.setCurrentIndex(max(0, self.combo.findText(name)) if name else 0)
        self.combo.setToolTip(tip(layer.name() if layer is not None else self._path))
        self.combo.blockSignals(False)

    def _browse_button(self, name: str, has_folder: bool) -> QToolButton:
        if has_folder:
            button = menu_button(name, "…", self.tr("Choose a file or folder instead of a layer"))
            add_action(button.menu(), f"{name}_file", self.tr("File…"), self._on_file_asked)
            add_action(button.menu(), f"{name}_folder", self.tr("Folder…"), self._on_folder_asked)
            return button
        button = named(QToolButton(), name)
        button.setText("…")
        button.setToolTip(self.tr("Choose a file instead of a layer"))
        button.clicked.connect(self._on_file_asked)
        return button

    def _on_file_asked(self) -> None:
        kinds = self.tr("Data files") + f" ({patterns()});;" + self.tr("All files") + " (*)"
        path, _kind = QFileDialog.getOpenFileName(self, self.tr("Choose a File"), self._folder_of_dialog, kinds)
        self._take(path)

    def _on_folder_asked(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, self.tr("Choose a Folder"), self._folder_of_dialog))

    def _take(self, path: str) -> None:
        if path:
            self._folder_of_dialog = str(Path(path).parent)
            self.set_path(path)

    def _on_combo_activated(self, _index: int) -> None:
        layer = self.combo.currentLayer()
        is_file = layer is None and self._path and self.combo.currentText() == Path(self._path).name
        self._choose(layer.id() if layer is not None else "", self._path if is_file else "")

    def _on_combo_index_changed(self, _index: int) -> None:
        # Layers came or went. A choice made by the analyst stays; one that is gone becomes none.
        if self._layer_id and self.layer() is None:
            self._choose("", "")
            return
        # When the analyst picks an entry, Qt says so only after this signal: put back the choice once that is heard.
        self._put_back.start()
