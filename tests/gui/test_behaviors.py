"""The behaviors page through its widgets: lists, sentence, count, search, favourites, own entries, and a real run."""

from __future__ import annotations

import json

import pytest
from gui.panel_runs import close, fill, message, part, press, run_to_end, told_in
from qgis.core import QgsProject, QgsSettings
from qgis.gui import QgsCheckableComboBox, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QTextBrowser,
    QToolButton,
)
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.engine.behaviors import AXES
from sitelight.plugin.gui.behaviors.behavior_tree import BehaviorTree
from sitelight.plugin.gui.behaviors.favourites import KEY
from sitelight.plugin.gui.behaviors.own_entry_dialog import OwnEntryDialog, own_id
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.results.result_models import CARD_ROLE
from worlds.small_world import write_observations, write_sites


@pytest.fixture()
def kept(tmp_path):
    """Return the path of the profile's own entries; favourites begin empty and end as they were."""
    path = tmp_path / "profile" / "behaviors.json"
    before = QgsSettings().value(KEY)
    QgsSettings().remove(KEY)
    yield path
    QgsSettings().setValue(KEY, before) if before else QgsSettings().remove(KEY)


def make_panel(qgis_iface, kept) -> SitelightPanel:
    panel = SitelightPanel(qgis_iface.mapCanvas(), profile=kept.parent)
    panel.resize(300, 800)
    panel.show()
    return panel


@pytest.fixture()
def panel(qgis_iface, qgis_new_project, kept):
    made = make_panel(qgis_iface, kept)
    yield made
    close(made)


@pytest.fixture()
def page(panel):
    press(panel, "behaviors_choose")
    return panel.study_page.behaviors


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=2213), write_sites(folder / "sites.geojson")


def pick_list(page, axis: str) -> QgsCheckableComboBox:
    return part(page, QgsCheckableComboBox, f"behaviors_{axis}")


def pick(page, axis: str, *titles: str) -> None:
    combo = pick_list(page, axis)
    for title in titles:
        combo.toggleItemCheckState(combo.findText(title))


def picked(page) -> dict[str, list[str]]:
    return {axis: pick_list(page, axis).checkedItems() for axis in AXES}


def sentence(page) -> str:
    return part(page, QLabel, "behaviors_sentence").text()


def count(page) -> str:
    return part(page, QLabel, "behaviors_count").text()


def tree_of(page) -> BehaviorTree:
    return part(page, BehaviorTree, "behaviors_tree")


def search(page) -> QLineEdit:
    return part(page, QLineEdit, "behaviors_search")


def star(page) -> QToolButton:
    return part(page, QToolButton, "behaviors_star")


def details(page) -> str:
    return part(page, QTextBrowser, "behaviors_details").toPlainText()


def opened_form(page) -> OwnEntryDialog:
    press(page, "own_add")
    return page.findChildren(OwnEntryDialog)[-1]


def press_ok(dialog: OwnEntryDialog) -> None:
    part(dialog, QDialogButtonBox, "own_buttons").button(QDialogButtonBox.StandardButton.Ok).click()


def facet_items(dialog: OwnEntryDialog) -> list[QListWidgetItem]:
    facets = part(dialog, QListWidget, "own_facets")
    return [facets.item(row) for row in range(facets.count())]


def add_entry(page, kind: str, title: str, words: str, *facets: str, mode: str = "all") -> OwnEntryDialog:
    """Fill the form and press its OK button."""
    dialog = opened_form(page)
    for name, value in (("kind", kind), ("mode", mode)):
        combo = part(dialog, QComboBox, f"own_{name}")
        combo.setCurrentIndex(combo.findData(value))
    for name, text in (("title", title), ("sentence", words), ("confused", "first_time, a new phone")):
        part(dialog, QLineEdit, f"own_{name}").setText(text)
    for item in facet_items(dialog):
        if item.text() in facets:
            item.setCheckState(Qt.CheckState.Checked)
    part(dialog, QPlainTextEdit, "own_definition").setPlainText("What my office\nmeans by it.")
    press_ok(dialog)
    return dialog


def test_nothing_picked_means_all_and_picks_make_sentence_and_count(page):
    assert count(page) == "All 16,384 models"
    assert sentence(page) == "Devices of any kind, doing anything, at any time: any change"
    pick(page, "who", "Farther abroad", "Neighbouring country")
    pick(page, "what", "Overnight")
    assert sentence(page) == (
        "Devices from a neighbouring country or from farther abroad, staying overnight, at any time: any change"
    )
    assert count(page) == "64 of 16,384 models"  # 2 who, 8 when, 1 what, 4 change
    told = details(page)
    assert "in a country that borders" in told and "Easily confused with: Night, night shifts." in told
    assert "At dawn" not in told
    pick(page, "who", "Neighbouring country")
    assert count(page) == "32 of 16,384 models"
    press(page, "behaviors_clear")
    assert count(page) == "All 16,384 models" and not any(picked(page).values())


def test_a_named_behavior_fills_the_lists_and_two_are_tested_together(page):
    tree_of(page).toggle("Garrison rotation")
    assert picked(page) == {
        "who": ["Based at a military site", "Military-linked, first time"], "when": ["Any hour"],
        "what": ["Overnight", "Several days"], "change": ["Appears", "Surges"],
    }  # fmt: skip
    assert count(page) == "8 of 16,384 models"
    tree_of(page).toggle("Border crossed at night")
    assert count(page) == "12 of 16,384 models"
    assert sentence(page) == "Garrison rotation · Border crossed at night"
    assert not any(picked(page).values())
    assert {pick_list(page, axis).lineEdit().text() for axis in AXES} == {"As Checked Below"}
    tree_of(page).toggle("Garrison rotation")
    assert count(page) == "4 of 16,384 models"
    assert picked(page)["what"] == ["Across a border"]
    pick(page, "when", "Night")  # a pick in the lists goes on from there
    assert count(page) == "2 of 16,384 models"


def test_a_family_and_an_entry_of_the_tree_can_be_checked(page):
    tree_of(page).toggle("Air bridge")
    family = [one for one in page.named if one.family == "Air bridge"]
    # The family has the title of one of its members; the first row with it is the family.
    assert set(page.chosen()) == {one.selection for one in family}
    tree_of(page).toggle("Air bridge")
    assert page.chosen() == ()
    for title in ("Mining and energy", "Meeting places"):
        tree_of(page).toggle(title)
    assert len(page.chosen()) == 8 and sentence(page).endswith(" · and 2 more")
    press(page, "behaviors_clear")
    tree_of(page).toggle("Convoy by night")
    tree_of(page).toggle("Dawn")
    assert picked(page)["when"] == ["Night", "Dawn"]
    assert count(page) == "4 of 16,384 models"


def test_the_browser_works_with_the_keyboard(page, qtbot):
    QTest.keyClicks(search(page), "smugglers")
    tree = tree_of(page)
    assert tree.shown_titles() == ["Smugglers' stop"]
    tree.setFocus()
    tree.setCurrentIndex(tree.model().index(0, 0))
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert "stations of a route" in details(page)
    QTest.keyClick(tree, Qt.Key.Key_Space)
    assert count(page) == "16 of 16,384 models"
    QTest.keyClick(tree, Qt.Key.Key_Space)
    assert page.chosen() == ()


def test_the_lists_work_with_the_keyboard(panel, page):
    combo = pick_list(page, "when")
    combo.showPopup()
    QTest.keyClick(combo.view(), Qt.Key.Key_Down)
    QTest.keyClick(combo.view(), Qt.Key.Key_Space)
    assert count(page) == "2,048 of 16,384 models" and ", at night:" in sentence(page)
    QTest.keyClick(combo.view(), Qt.Key.Key_Escape)
    assert page.isVisible()


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
    every = tree_of(page).shown_titles()
    search(page).setText(words)
    assert finds in tree_of(page).shown_titles() and leaves_out not in tree_of(page).shown_titles()
    search(page).clear()
    assert tree_of(page).shown_titles() == every and len(every) == 64 + 60


def test_search_for_nothing_that_exists_shows_nothing(page):
    search(page).setText("xylophone")
    assert tree_of(page).shown_titles() == []


def test_favourites_stay_for_the_next_session(page, panel, qgis_iface, kept):
    tree_of(page).toggle("Raid at dawn")
    star(page).click()
    pick(page, "who", "Resident")
    assert not star(page).isChecked()
    star(page).click()
    own_choice = sentence(page)
    other = make_panel(qgis_iface, kept)
    try:
        again = other.study_page.behaviors
        assert tree_of(again).shown_titles()[:2] == ["Raid at dawn", own_choice]
        tree_of(again).toggle(own_choice)
        assert again.chosen() == page.chosen() and star(again).isChecked()
        star(again).click()
        assert tree_of(again).shown_titles()[0] == "Raid at dawn"
        assert json.loads(QgsSettings().value(KEY)) == [
            one.selection.values() for one in page.named if one.title == "Raid at dawn"
        ]
    finally:
        close(other)


@pytest.mark.parametrize("value", ["[", "3", '[{"who": 3}]', '[{"who": ["own_gone"]}]'])
def test_favourites_that_cannot_be_used_are_left_out(qgis_iface, qgis_new_project, kept, value):
    QgsSettings().setValue(KEY, value)
    panel = make_panel(qgis_iface, kept)
    try:
        assert tree_of(panel).shown_titles()[0] == "Garrison rotation"
    finally:
        close(panel)


def test_escape_and_the_arrow_lead_back_to_the_form(panel, page):
    assert page.isVisible()
    pick(page, "change", "Appears")
    press(page, "behaviors_back")
    assert not page.isVisible()
    press(panel, "behaviors_choose")
    assert page.isVisible()
    QTest.keyClick(search(page), Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert part(panel, QLabel, "behaviors_chosen_count").text() == "4,096 of 16,384 models"
    assert part(panel, QLabel, "behaviors_chosen").text().endswith(": appears")


def test_choices_are_kept_in_the_project(panel, page):
    tree_of(page).toggle("Garrison rotation")
    tree_of(page).toggle("Airfield falls silent")
    chosen = page.chosen()
    panel.study_page.save_state()
    press(page, "behaviors_clear")
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
    assert count(page) == "All 16,896 models"
    pick(page, "who", "Fresh guest")
    assert count(page) == "512 of 16,896 models"
    assert sentence(page) == "Devices of unknown home and new here, doing anything, at any time: any change"
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    findings = read_results(tmp_path / "study.gpkg").tables["findings"]
    assert {model.split(".")[0] for model in findings["behavior_id"]} == {"own_fresh_guest"}
    assert "Hotel Palm" in set(findings["spot_name"])
    assert findings["sentence"].str.contains("devices of unknown home and new here").all()
    recorded = read_results(tmp_path / "study.gpkg").run["study"]
    assert recorded["who"] == ["own_fresh_guest"] and recorded["library"] == page.library.version
    assert recorded["own_entries"] == rows


def test_a_finding_is_named_and_explained(panel, page, world, tmp_path, qtbot):
    tree_of(page).toggle("House that is not left")
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    panel.findings_page.choose(0)
    card = part(panel, QListView, "findings_list").model().index(0, 0).data(CARD_ROLE)
    assert card.title.endswith("at Hotel Palm")
    assert "Known as “House that is not left”" in part(panel, QTextBrowser, "findings_details").toPlainText()


def test_the_form_says_what_is_missing_and_stays_open(page, kept):
    dialog = add_entry(page, "what", "Brief", "lingering")
    assert not dialog.isHidden() and not kept.exists()
    bar = part(dialog, QgsMessageBar, "own_bar")
    assert 'Entry "own_brief" of what: field "requires"' in told_in(bar)
    facet_items(dialog)[0].setCheckState(Qt.CheckState.Checked)
    part(dialog, QLineEdit, "own_title").clear()
    press_ok(dialog)
    assert 'field "title" is empty' in told_in(bar)
    dialog.reject()
    assert count(page) == "All 16,384 models"


def test_any_of_the_facets_and_every_facet_of_a_kind_is_offered(page, kept):
    add_entry(page, "when", "Dark hours", "in the dark", "Night", "Dawn", mode="any")
    assert json.loads(kept.read_text(encoding="utf-8"))["when"][0]["requires"] == [["night", "dawn"]]
    dialog = opened_form(page)
    for row, number in enumerate((26, 7, 15)):  # the facets of who, when and what
        part(dialog, QComboBox, "own_kind").setCurrentIndex(row)
        texts = [item.text() for item in facet_items(dialog)]
        assert len(set(texts)) == number and not any("_" in text for text in texts)
        assert "{" not in part(dialog, QLabel, "own_preview").text()
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
    part(page, QAction, "own_export").trigger()
    assert "exported" in message(panel)
    exported = json.loads((tmp_path / "going.json").read_text(encoding="utf-8"))
    search(page).setText("fresh guest")
    tree = tree_of(page)
    tree.setCurrentIndex(tree.model().index(0, 0, tree.model().index(0, 0)))
    part(page, QAction, "own_remove").trigger()
    assert "removed" in message(panel)
    assert count(page) == "All 16,384 models" and page.chosen() == ()
    files["open"].write_text(json.dumps(exported), encoding="utf-8")
    part(page, QAction, "own_import").trigger()
    assert "add 512 models" in message(panel) and count(page) == "All 16,896 models"
    exported["who"][0].update(id="own_other", sentence="")
    files["open"].write_text(json.dumps(exported), encoding="utf-8")
    part(page, QAction, "own_import").trigger()
    assert 'Entry "own_other" of who: field "sentence" is empty' in message(panel)
    assert count(page) == "All 16,896 models"


def test_a_profile_file_broken_by_hand_is_said_and_the_plugin_s_library_is_used(qgis_iface, qgis_new_project, kept):
    kept.parent.mkdir(parents=True)
    kept.write_text('{"who": [{"id": "own_x"}]}', encoding="utf-8")
    panel = make_panel(qgis_iface, kept)
    try:
        assert 'Entry "own_x" of who: field "title" is missing' in message(panel)
        page = panel.study_page.behaviors
        assert count(page) == "All 16,384 models"
        press(page, "own_add")
        assert page.findChildren(OwnEntryDialog) == []
        assert kept.read_text(encoding="utf-8") == '{"who": [{"id": "own_x"}]}'
    finally:
        close(panel)


def test_the_page_is_held_still_during_a_run(panel, page):
    panel.study_page.set_running(True)
    assert not page.isEnabled()
    panel.study_page.set_running(False)
    assert page.isEnabled()
