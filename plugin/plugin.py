"""Lifecycle of the plugin inside QGIS: what is added at load is removed at unload, and nothing else happens here."""

from __future__ import annotations

import html
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

from qgis.core import Qgis, QgsApplication, QgsMessageLog, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, Qt, QTranslator, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction

# Whatever imports the engine is imported late: its packages may be missing.
from .gui.requirements import Problem, find_problem
from .gui.requirements_panel import RequirementsPanel

if TYPE_CHECKING:
    from .algorithms.provider import SitelightProvider
    from .gui.map.canvas_entry import CanvasEntry
    from .gui.panel import SitelightPanel

ROOT = Path(__file__).resolve().parent.parent
MENU = "Sitelight"
HELP_PAGE = ROOT / "resources" / "help" / "guide.html"
"""The same in every language: there is no translation of the help yet."""


def icon(name: str) -> QIcon:
    """Return one of the plugin's own icons by file stem."""
    return QIcon(str(ROOT / "resources" / "icons" / f"{name}.svg"))


class SitelightPlugin:
    """Adds the provider, the panel and its entrances to QGIS; `iface` is None under qgis_process."""

    def __init__(self, iface: Optional[Any]) -> None:
        self.iface = iface
        self._translator: Optional[QTranslator] = None
        self._provider: Optional[SitelightProvider] = None
        self._panel: Optional[Union[SitelightPanel, RequirementsPanel]] = None
        self._problem: Optional[Problem] = None
        self._canvas_entry: Optional[CanvasEntry] = None
        self._panel_action: Optional[QAction] = None
        self._help_action: Optional[QAction] = None

    @staticmethod
    def tr(text: str) -> str:
        """Translate a literal."""
        return QCoreApplication.translate("SitelightPlugin", text)

    # What QGIS calls

    def initProcessing(self) -> None:
        """Register the Processing provider; also called alone by qgis_process."""
        if self._provider is not None:
            return
        self._problem = find_problem(QgsApplication.applicationDirPath())
        if self._problem is not None:
            told = html.escape(self._problem.log_text(), quote=False)  # QGIS shows its log as HTML
            QgsMessageLog.logMessage(told, MENU, Qgis.MessageLevel.Warning, False)
            if self.iface is None:  # qgis_process shows no log
                sys.stderr.write(f"{self._problem.log_text()}\n")
            return
        from .algorithms.provider import SitelightProvider
        from .data.drafts import remove_noted

        remove_noted()
        self._provider = SitelightProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Add the provider, toolbar buttons, menu entries and the canvas entrances."""
        self._install_translator()
        self.initProcessing()
        if self.iface is None:
            return
        self._add_panel_action()
        self._add_help_action()
        if self._problem is not None:
            advice = self.tr("The Sitelight panel (button in the toolbar) tells what to do.")
            sentence = f"{self._problem.sentence} {advice}"
            self.iface.messageBar().pushMessage(html.escape(sentence, quote=False), Qgis.MessageLevel.Warning, 0)
            return
        self._add_canvas_entry()
        QgsProject.instance().readProject.connect(self._on_project_read)

    def unload(self) -> None:
        """Remove everything that was added; a running study is cancelled."""
        if self._canvas_entry is not None:
            QgsProject.instance().readProject.disconnect(self._on_project_read)
        self._remove_canvas_entry()
        self._remove_panel()
        self._remove_actions()
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None

    # Parts

    def _install_translator(self) -> None:
        locale = QgsSettings().value("locale/userLocale") or QLocale().name()
        for name in (str(locale), str(locale)[:2]):
            path = ROOT / "i18n" / f"sitelight_{name}.qm"
            translator = QTranslator()
            if path.exists() and translator.load(str(path)):
                QCoreApplication.installTranslator(translator)
                self._translator = translator
                return

    def _add_panel_action(self) -> None:
        action = QAction(icon("sitelight"), self.tr("Sitelight Panel"), self.iface.mainWindow())
        action.setObjectName("sitelight_panel_action")
        action.setToolTip(self.tr("Show or hide the Sitelight panel"))
        action.setCheckable(True)
        action.triggered.connect(self._on_panel_action_triggered)
        self.iface.addToolBarIcon(action)
        self.iface.addPluginToMenu(MENU, action)
        self._panel_action = action

    def _add_help_action(self) -> None:
        action = QAction(icon("sitelight"), self.tr("Sitelight Help"), self.iface.mainWindow())
        action.setObjectName("sitelight_help_action")
        action.triggered.connect(self._on_help_action_triggered)
        self.iface.pluginHelpMenu().addAction(action)
        self._help_action = action

    def _add_canvas_entry(self) -> None:
        from .gui.map.canvas_entry import CanvasEntry

        icons = icon("analyze_place"), icon("analyze_area")
        entry = CanvasEntry(self.iface.mapCanvas(), self.iface.mainWindow(), *icons)
        entry.place_picked.connect(self._on_place_picked)
        entry.example_picked.connect(self._on_example_picked)
        entry.area_drawn.connect(self._on_area_drawn)
        for action in entry.actions:
            self.iface.addToolBarIcon(action)
            self.iface.addPluginToMenu(MENU, action)
        self._canvas_entry = entry

    def _find_panel(self) -> Union[SitelightPanel, RequirementsPanel]:
        """Return the panel, made at the first call so that loading QGIS stays quick."""
        if self._panel is None:
            panel = self._make_panel()
            panel.setWindowIcon(icon("sitelight"))
            panel.visibilityChanged.connect(self._on_panel_visibility_changed)
            self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
            self._panel = panel
        return self._panel

    def _make_panel(self) -> Union[SitelightPanel, RequirementsPanel]:
        if self._problem is not None:
            return RequirementsPanel(self._problem, self.iface.mainWindow())
        from .gui.panel import SitelightPanel

        panel = SitelightPanel(self.iface.mapCanvas(), self.iface.mainWindow())
        panel.can_mark_changed.connect(self._canvas_entry.offer_examples)
        return panel

    def _remove_panel(self) -> None:
        if self._panel is None:
            return
        self._panel.visibilityChanged.disconnect(self._on_panel_visibility_changed)
        if self._problem is None:
            self._panel.shut_down()
        self.iface.removeDockWidget(self._panel)
        self._panel.deleteLater()
        self._panel = None

    def _remove_canvas_entry(self) -> None:
        if self._canvas_entry is None:
            return
        for action in self._canvas_entry.actions:
            self.iface.removeToolBarIcon(action)
            self.iface.removePluginMenu(MENU, action)
        self._canvas_entry.shut_down()
        self._canvas_entry = None

    def _remove_actions(self) -> None:
        if self._panel_action is not None:
            self.iface.removeToolBarIcon(self._panel_action)
            self.iface.removePluginMenu(MENU, self._panel_action)
            self._panel_action.deleteLater()
            self._panel_action = None
        if self._help_action is not None:
            self.iface.pluginHelpMenu().removeAction(self._help_action)
            self._help_action.deleteLater()
            self._help_action = None

    # Slots

    def _on_panel_action_triggered(self, checked: bool) -> None:
        self._find_panel().setUserVisible(checked)

    def _on_panel_visibility_changed(self, visible: bool) -> None:
        if self._panel_action is not None and self._panel is not None:
            self._panel_action.setChecked(not self._panel.isHidden())

    def _on_project_read(self, _document: object) -> None:
        """Open the panel beside a project that shows a study."""
        from .gui.study.project_study import kept_study_path

        if kept_study_path():
            self._find_panel().setUserVisible(True)

    def _on_place_picked(self, lat: float, lon: float) -> None:
        panel = self._find_panel()
        panel.setUserVisible(True)
        panel.show_place(lat, lon)

    def _on_area_drawn(self, wkb: bytes) -> None:
        panel = self._find_panel()
        panel.setUserVisible(True)
        panel.show_area(wkb)

    def _on_example_picked(self, lat: float, lon: float) -> None:
        self._find_panel().mark_place(lat, lon)

    def _on_help_action_triggered(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(HELP_PAGE)))
