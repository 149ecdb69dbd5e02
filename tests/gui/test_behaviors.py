"""The behaviors page through its widgets: lists, sentence, count, search, favourites, own entries, and a real run."""

from __future__ import annotations

import json
from datetime import date

import pytest
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox, QLabel
from sitelight.plugin.data import own_behaviors
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.gui.behaviors.favourites import KEY
from sitelight.plugin.gui.behaviors.own_entry_dialog import OwnEntryDialog, own_id
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from worlds.small_world import KEY_DATE, write_observations, write_sites

LIMIT_MS = 120_000


@pytest.fixture()
def kept(tmp_path, monkeypatch):
    """Return the path of the profile's own entries; favourites begin empty and end as they were."""
    path = tmp_path / "profile" / "behaviors.json"
    monkeypatch.setattr(own_behaviors, "own_path", lambda: path)
    before = QgsSettings().value(KEY)
    QgsSettings().remove(KEY)
    yield path
    QgsSettings().setValue(KEY, before) if before else QgsSettings().remove(KEY)


def make_panel(qgis_iface) -> SitelightPanel:
    panel = SitelightPanel(qgis_iface.mapCanvas())
    panel.resize(300, 800)
    panel.show()
    return panel


def close(panel: SitelightPanel) -> None:
    panel.shut_down()
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture()
def panel(qgis_iface, qgis_new_project, kept):
    made = make_panel(qgis_iface)
    yield made
    close(made)


@pytest.fixture()
def page(panel):
    panel.study_page._behaviors.asked.emit()
    return panel.study_page.behaviors


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=2213), write_sites(folder / "sites.geojson")


def message(panel: SitelightPanel) -> str:
    item = panel.bar.currentItem()
    texts = [] if item is None else [label.text() for label in item.findChildren(QLabel) if label.wordWrap()]
    return " ".join(texts).replace(ZERO_WIDTH_SPACE, "")


def pick(page, axis: str, *titles: str) -> None:
    combo = page._lists._combos[axis]
    for title in titles:
        combo.toggleItemCheckState(combo.findText(title))


def picked(page) -> dict[str, list[str]]:
    return {axis: combo.checkedItems() for axis, combo in page._lists._combos.items()}


def sentence(page) -> str:
    return page._sentence.text()


def add_entry(page, kind: str, title: str, part: str, *facets: str, mode: str = "all") -> OwnEntryDialog:
    """Fill the form and press its OK button."""
    page.own_entries._add.click()
    dialog = page.findChildren(OwnEntryDialog)[-1]
    dialog._kind.setCurrentIndex(dialog._kind.findData(kind))
    dialog._title.setText(title)
    dialog._sentence.setText(part)
    dialog._mode.setCurrentIndex(dialog._mode.findData(mode))
    for row in range(dialog._facets.count()):
        if dialog._facets.item(row).text() in facets:
            dialog._facets.item(row).setCheckState(Qt.CheckState.Checked)
    dialog._definition.setPlainText("What my office\nmeans by it.")
    dialog._confused.setText("first_time, a new phone")
    dialog._buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    return dialog


def test_nothing_picked_means_all_and_picks_make_sentence_and_count(page):
    assert page._count.text() == "All 16,384 models"
    assert sentence(page) == "Devices of any kind, doing anything, at any time: any change"
    pick(page, "who", "Farther abroad", "Neighbouring country")
    pick(page, "what", "Overnight")
    assert sentence(page) == (
        "Devices from a neighbouring country or from farther abroad, staying overnight, at any time: any change"
    )
    assert page._count.text() == "64 of 16,384 models"  # 2 who, 8 when, 1 what, 4 change
    details = page._details.toPlainText()
    assert "in a country that borders" in details and "Easily confused with: Night, night shifts." in details
    assert "At dawn" not in details
    pick(page, "who", "Neighbouring country")
    assert page._count.text() == "32 of 16,384 models"
    page._clear.click()
    assert page._count.text() == "All 16,384 models" and not any(picked(page).values())


def test_a_named_behavior_fills_the_lists_and_two_are_tested_together(page):
    page._tree.toggle("Garrison rotation")
    assert picked(page) == {
        "who": ["Based at a military site", "Military-linked, first time"], "when": ["Any hour"],
        "what": ["Overnight", "Several days"], "change": ["Appears", "Surges"],
    }  # fmt: skip
    assert page._count.text() == "8 of 16,384 models"
    page._tree.toggle("Border crossed at night")
    assert page._count.text() == "12 of 16,384 models"
    assert sentence(page) == "Garrison rotation · Border crossed at night"
    assert not any(picked(page).values())
    assert {combo.lineEdit().text() for combo in page._lists._combos.values()} == {"As Checked Below"}
    page._tree.toggle("Garrison rotation")
    assert page._count.text() == "4 of 16,384 models"
    assert picked(page)["what"] == ["Across a border"]
    pick(page, "when", "Night")  # a pick in the lists goes on from there
    assert page._count.text() == "2 of 16,384 models"


def test_a_family_and_an_entry_of_the_tree_can_be_checked(page):
    page._tree.toggle("Air bridge")
    family = [one for one in page.named if one.family == "Air bridge"]
    # The family has the title of one of its members; the first row with it is the family.
    assert set(page.chosen()) == {one.selection for one in family}
    page._tree.toggle("Air bridge")
    assert page.chosen() == ()
    for title in ("Mining and energy", "Meeting places"):
        page._tree.toggle(title)
    assert len(page.chosen()) == 8 and sentence(page).endswith(" · and 2 more")
    page._clear.click()
    page._tree.toggle("Convoy by night")
    page._tree.toggle("Dawn")
    assert picked(page)["when"] == ["Night", "Dawn"]
    assert page._count.text() == "4 of 16,384 models"


def test_the_browser_works_with_the_keyboard(page, qtbot):
    QTest.keyClicks(page._search, "smugglers")
    tree = page._tree
    assert tree.shown_titles() == ["Smugglers' stop"]
    tree.setFocus()
    tree.setCurrentIndex(tree.model().index(0, 0))
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert "stations of a route" in page._details.toPlainText()
    QTest.keyClick(tree, Qt.Key.Key_Space)
    assert page._count.text() == "16 of 16,384 models"
    QTest.keyClick(tree, Qt.Key.Key_Space)
    assert page.chosen() == ()


def test_the_lists_work_with_the_keyboard(panel, page):
    combo = page._lists._combos["when"]
    combo.showPopup()
    QTest.keyClick(combo.view(), Qt.Key.Key_Down)
    QTest.keyClick(combo.view(), Qt.Key.Key_Space)
    assert page._count.text() == "2,048 of 16,384 models" and ", at night:" in sentence(page)
    QTest.keyClick(combo.view(), Qt.Key.Key_Escape)
    assert panel.study_page._pages.currentWidget() is page


@pytest.mark.parametrize(
    ("words", "finds", "leaves_out"),
    [
        ("rotation", "Garrison rotation", "Curfew"),  # the name of a family and of a member
        ("evacuation and absence", "Nights elsewhere", "Garrison rotation"),  # a family
        ("22:00 05:00", "Night", "Dawn"),  # a definition
        ("CUSTOMS post", "Seen at a border crossing", "Seen at a port"),
        ("night shifts", "Overnight", "Evening"),  # what it is confused with
        ("lodged hotel", "Foreign hotel guests", "Crew change"),
    ],
)
def test_search_looks_into_names_families_and_definitions(page, words, finds, leaves_out):
    every = page._tree.shown_titles()
    page._search.setText(words)
    assert finds in page._tree.shown_titles() and leaves_out not in page._tree.shown_titles()
    page._search.clear()
    assert page._tree.shown_titles() == every and len(every) == 64 + 60


def test_search_for_nothing_that_exists_shows_nothing(page):
    page._search.setText("xylophone")
    assert page._tree.shown_titles() == []


def test_favourites_stay_for_the_next_session(page, panel, qgis_iface):
    page._tree.toggle("Raid at dawn")
    page._star.click()
    pick(page, "who", "Resident")
    assert not page._star.isChecked()
    page._star.click()
    own_choice = sentence(page)
    other = make_panel(qgis_iface)
    try:
        again = other.study_page.behaviors
        assert again._tree.shown_titles()[:2] == ["Raid at dawn", own_choice]
        again._tree.toggle(own_choice)
        assert again.chosen() == page.chosen() and again._star.isChecked()
        again._star.click()
        assert again._tree.shown_titles()[0] == "Raid at dawn"
        assert json.loads(QgsSettings().value(KEY)) == [
            one.selection.values() for one in page.named if one.title == "Raid at dawn"
        ]
    finally:
        close(other)


@pytest.mark.parametrize("value", ["[", "3", '[{"who": 3}]', '[{"who": ["own_gone"]}]'])
def test_favourites_that_cannot_be_used_are_left_out(qgis_iface, qgis_new_project, kept, value):
    QgsSettings().setValue(KEY, value)
    panel = make_panel(qgis_iface)
    try:
        assert panel.study_page.behaviors._tree.shown_titles()[0] == "Garrison rotation"
    finally:
        close(panel)


def test_escape_and_the_arrow_lead_back_to_the_form(panel, page):
    assert panel.study_page._pages.currentWidget() is page
    pick(page, "change", "Appears")
    page._back.click()
    assert panel.study_page._pages.currentWidget() is not page
    panel.study_page._behaviors.asked.emit()
    assert panel.study_page._pages.currentWidget() is page
    QTest.keyClick(page._search, Qt.Key.Key_Escape)
    assert panel.study_page._pages.currentWidget() is not page
    group = panel.study_page._behaviors
    assert group._count.text() == "4,096 of 16,384 models" and group._title.text().endswith(": appears")


def test_choices_are_kept_in_the_project(panel, page):
    page._tree.toggle("Garrison rotation")
    page._tree.toggle("Airfield falls silent")
    chosen = page.chosen()
    panel.study_page.save_state()
    page._clear.click()
    panel.study_page.restore_state()
    assert page.chosen() == chosen and len(chosen) == 2


def test_a_choice_that_the_library_cannot_meet_is_said(panel, page):
    QgsProject.instance().writeEntry("sitelight", "/study", json.dumps({"behaviors": [{"who": ["own_gone"]}]}))
    pick(page, "when", "Night")
    panel.study_page.restore_state()
    assert "own_gone" in message(panel) and "all are chosen" in message(panel)
    assert page.chosen() == ()


# Own entries


def test_the_form_adds_an_entry_that_a_run_then_counts(panel, page, kept, world, tmp_path, qtbot):
    dialog = add_entry(page, "who", "Fresh guest", "of unknown home and new here", "Unknown home", "First time")
    assert dialog.isHidden()
    rows = json.loads(kept.read_text(encoding="utf-8"))
    assert rows["who"][0]["requires"] == [["unknown_home"], ["first_time"]]
    assert rows["who"][0]["definition"] == "What my office means by it."
    assert page._count.text() == "All 16,896 models"
    pick(page, "who", "Fresh guest")
    assert page._count.text() == "512 of 16,896 models"
    assert sentence(page) == "Devices of unknown home and new here, doing anything, at any time: any change"
    study = panel.study_page
    study._observations.picker.set_path(str(world[0]))
    study._sites.picker.set_path(str(world[1]))
    study._key_dates.set_key_dates((date.fromisoformat(KEY_DATE),))
    study._advanced.set_output_path(str(tmp_path / "study.gpkg"))
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        study.footer._button.click()
    findings = read_results(tmp_path / "study.gpkg").tables["findings"]
    assert {model.split(".")[0] for model in findings["behavior_id"]} == {"own_fresh_guest"}
    assert "Hotel Palm" in set(findings["spot_name"])
    assert findings["sentence"].str.contains("devices of unknown home and new here").all()
    recorded = read_results(tmp_path / "study.gpkg").run["study"]
    assert recorded["who"] == ["own_fresh_guest"] and recorded["library"] == page.library.version
    assert recorded["own_entries"] == rows


def test_a_finding_is_named_and_explained(panel, page, world, tmp_path, qtbot):
    page._tree.toggle("House that is not left")
    study = panel.study_page
    study._observations.picker.set_path(str(world[0]))
    study._sites.picker.set_path(str(world[1]))
    study._key_dates.set_key_dates((date.fromisoformat(KEY_DATE),))
    study._advanced.set_output_path(str(tmp_path / "study.gpkg"))
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        study.footer._button.click()
    panel.findings_page.choose(0)
    card = panel.findings_page._model._cards[0]
    assert card.title == "Hotel Palm" and card.footer.startswith("House that is not left · ")
    assert "Known as “House that is not left”" in panel.findings_page._details.toPlainText()


def test_the_form_says_what_is_missing_and_stays_open(page, kept):
    dialog = add_entry(page, "what", "Brief", "lingering")
    assert not dialog.isHidden() and not kept.exists()
    labels = " ".join(label.text() for label in dialog._bar.findChildren(QLabel))
    assert 'Entry "own_brief" of what: field "requires"' in labels
    dialog._facets.item(0).setCheckState(Qt.CheckState.Checked)
    dialog._title.clear()
    dialog._buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert 'field "title" is empty' in " ".join(label.text() for label in dialog._bar.findChildren(QLabel))
    dialog.reject()
    assert page._count.text() == "All 16,384 models"


def test_any_of_the_facets_and_every_facet_of_a_kind_is_offered(page, kept):
    add_entry(page, "when", "Dark hours", "in the dark", "Night", "Dawn", mode="any")
    assert json.loads(kept.read_text(encoding="utf-8"))["when"][0]["requires"] == [["night", "dawn"]]
    page.own_entries._add.click()
    dialog = page.findChildren(OwnEntryDialog)[-1]
    for row, count in enumerate((26, 7, 15)):  # the facets of who, when and what
        dialog._kind.setCurrentIndex(row)
        texts = [dialog._facets.item(index).text() for index in range(dialog._facets.count())]
        assert len(set(texts)) == count and not any("_" in text for text in texts)
        assert "{" not in dialog._preview.text()
    dialog.reject()


def test_ids_of_own_entries_are_made_of_titles():
    assert own_id("Näher dran!", set()) == "own_naher_dran"
    assert own_id("Гость", set()) == "own_entry"
    assert own_id("A b", {"own_a_b", "own_a_b_2"}) == "own_a_b_3"
    assert len(own_id("x" * 200, set())) <= 60


def test_import_export_and_removal_by_the_menu(panel, page, kept, tmp_path, monkeypatch):
    files = {"open": tmp_path / "coming.json", "save": tmp_path / "going"}
    dialogs = "sitelight.plugin.gui.behaviors.own_entries_bar.QFileDialog."
    monkeypatch.setattr(dialogs + "getOpenFileName", lambda *_: (str(files["open"]), ""))
    monkeypatch.setattr(dialogs + "getSaveFileName", lambda *_: (str(files["save"]), ""))
    add_entry(page, "who", "Fresh guest", "of unknown home and new here", "Unknown home", "First time")
    pick(page, "who", "Fresh guest")
    page.own_entries.export_action.trigger()
    assert "exported" in message(panel)
    exported = json.loads((tmp_path / "going.json").read_text(encoding="utf-8"))
    page._search.setText("fresh guest")
    tree = page._tree
    tree.setCurrentIndex(tree.model().index(0, 0, tree.model().index(0, 0)))
    page.own_entries.remove_action.trigger()
    assert "removed" in message(panel)
    assert page._count.text() == "All 16,384 models" and page.chosen() == ()
    files["open"].write_text(json.dumps(exported), encoding="utf-8")
    page.own_entries.import_action.trigger()
    assert "add 512 models" in message(panel) and page._count.text() == "All 16,896 models"
    exported["who"][0].update(id="own_other", sentence="")
    files["open"].write_text(json.dumps(exported), encoding="utf-8")
    page.own_entries.import_action.trigger()
    assert 'Entry "own_other" of who: field "sentence" is empty' in message(panel)
    assert page._count.text() == "All 16,896 models"


def test_a_profile_file_broken_by_hand_is_said_and_the_plugin_s_library_is_used(qgis_iface, qgis_new_project, kept):
    kept.parent.mkdir(parents=True)
    kept.write_text('{"who": [{"id": "own_x"}]}', encoding="utf-8")
    panel = make_panel(qgis_iface)
    try:
        assert 'Entry "own_x" of who: field "title" is missing' in message(panel)
        page = panel.study_page.behaviors
        assert page._count.text() == "All 16,384 models"
        page.own_entries._add.click()
        assert page.findChildren(OwnEntryDialog) == []
        assert kept.read_text(encoding="utf-8") == '{"who": [{"id": "own_x"}]}'
    finally:
        close(panel)


def test_the_page_is_held_still_during_a_run(panel, page):
    panel.study_page.set_running(True)
    assert not page.isEnabled()
    panel.study_page.set_running(False)
    assert page.isEnabled()
