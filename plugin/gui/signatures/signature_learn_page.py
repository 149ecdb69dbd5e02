"""Learning a signature: the examples, a name, and what was learned with its skill."""

from __future__ import annotations

import html

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QAbstractItemView, QGroupBox, QLineEdit, QVBoxLayout, QWidget

from ...engine.signatures import MAX_NAME, Signature
from ...engine.tables import shown_count
from ..results.result_models import probability
from ..widgets.charts import BAR_MARK, KEY_COLOR, OTHER_COLOR, legend
from ..widgets.colors import muted
from ..widgets.facet_bars import FacetBars
from ..widgets.form_parts import named, push_button, rich_label, row_of, short_list, wrapped_label
from ..widgets.messages import faults_told
from ..widgets.page_parts import scrolled
from ..widgets.texts import breakable
from ..widgets.work_button import WorkButton
from .signature_controller import SignatureController


class LearnPage(QWidget):
    """Lists the examples, learns from them in the background and shows the result."""

    failed = pyqtSignal(object)
    told = pyqtSignal(str)

    def __init__(self, controller: SignatureController) -> None:
        super().__init__()
        named(self, "learn_page")
        self._controller = controller
        self._hint = wrapped_label("example_hint")
        muted(self._hint)
        self._examples = short_list("example_list", 120)
        self._examples.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._remove = push_button("example_remove", self.tr("Remove"))
        self._clear = push_button("example_clear", self.tr("Clear"))
        self._name = named(QLineEdit(), "signature_name")
        self._name.setMaxLength(MAX_NAME)
        self._name.setPlaceholderText(self.tr("Name, such as Foreign team"))
        self._learn = WorkButton("signature_learn", self.tr("Learn"))
        self._skill = rich_label("signature_skill")
        self._figures = wrapped_label("signature_figures")
        self._bars = FacetBars()
        self._save = push_button("signature_save", self.tr("Save"))
        self._lay_out()
        self._connect()
        self._show_examples()

    def _lay_out(self) -> None:
        box = QGroupBox(self.tr("Examples"))
        column = QVBoxLayout(box)
        column.addWidget(self._hint)
        column.addWidget(self._examples)
        column.addLayout(row_of(None, self._remove, self._clear))
        facets = legend(
            "facet", (KEY_COLOR, BAR_MARK, self.tr("devices at the examples")),
            (OTHER_COLOR, BAR_MARK, self.tr("at other places")),
        )  # fmt: skip
        self._learned = named(QGroupBox(self.tr("What Was Learned")), "signature_learned")
        learned = QVBoxLayout(self._learned)
        for widget in (self._skill, self._figures, facets, self._bars):
            learned.addWidget(widget)
        learned.addLayout(row_of(None, self._save))
        self._learned.hide()
        form = QWidget()
        rows = QVBoxLayout(form)
        rows.addWidget(box)
        rows.addLayout(row_of(self._name, self._learn))
        rows.addWidget(self._learn.bar)
        rows.addWidget(self._learned)
        rows.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled("learn", form))

    def _connect(self) -> None:
        controller = self._controller
        controller.examples_changed.connect(self._show_examples)
        controller.study_changed.connect(self._show_examples)
        controller.learning.connect(self._learn.begin)
        controller.ended.connect(self._learn.end)
        controller.progress_changed.connect(self._learn.show_progress)
        controller.learned.connect(self._on_learned)
        self._learn.start_asked.connect(self._on_learn_asked)
        self._name.returnPressed.connect(self._learn.click)
        self._learn.cancel_asked.connect(controller.cancel)
        self._remove.clicked.connect(self._on_remove_clicked)
        self._clear.clicked.connect(self._on_clear_clicked)
        self._save.clicked.connect(self._on_save_clicked)

    def _show_examples(self) -> None:
        self._examples.clear()
        for one in self._controller.examples:
            days = f"{one.mark.first_day.isoformat()} – {one.mark.last_day.isoformat()}"
            self._examples.addItem(f"{breakable(one.title)}, {days}")
        can_learn = self._controller.can_learn()
        self._learn.set_possible(can_learn)
        if can_learn:
            text = self.tr(
                "Mark at least three places with their windows: “Add as Example” in the context menu of chosen "
                "findings, on the Place tab, or on the map."
            )
        else:
            text = self.tr("Run a study first: examples are learned from its visits, which are kept in memory only.")
        self._hint.setText(text)

    def _on_remove_clicked(self) -> None:
        self._controller.remove([index.row() for index in self._examples.selectedIndexes()])

    def _on_clear_clicked(self) -> None:
        self._controller.remove(list(range(len(self._controller.examples))))

    def _on_learn_asked(self) -> None:
        with faults_told(self.failed.emit):
            self._controller.learn(self._name.text())

    def _on_save_clicked(self) -> None:
        with faults_told(self.failed.emit):
            self._controller.save()
            self.told.emit(self.tr("“{name}” was saved.").format(name=self._controller.signature.name))

    def _on_learned(self, signature: Signature) -> None:
        skill = signature.skill
        if skill.has_skill:
            verdict = self.tr("Example places left out of learning were told from ordinary ones.")
        else:
            verdict = self.tr("No skill: places left out of learning were found no better than random places are.")
        self._skill.setText(f"<b>{html.escape(verdict)}</b>")
        text = self.tr(
            "AUC {auc}; 0.50 is chance, and one in twenty draws of random places reaches {high} (p = {p}). Average "
            "precision {ap}, {chance} by chance. Learned from {places} places with {devices} devices, compared with "
            "{others} places with {background}."
        )
        self._figures.setText(text.format(
            auc=f"{skill.auc:.2f}", high=f"{skill.chance_auc_high:.2f}", p=probability(skill.p_value),
            ap=f"{skill.ap:.2f}", chance=f"{skill.chance_ap:.2f}", places=signature.examples.places,
            devices=shown_count(signature.examples.devices), others=signature.background.places,
            background=shown_count(signature.background.devices),
        ))  # fmt: skip
        self._bars.set_signature(signature)
        self._learned.show()
