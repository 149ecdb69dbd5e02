"""A purpose is a sentence in any language; letters, words that are repeated and signs are none."""

from __future__ import annotations

from datetime import date

import pytest
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.purpose import check_purpose, require_purpose
from sitelight.plugin.engine.study import Study, run

SENTENCES = (
    "to learn what Sitelight does",
    "Training on synthetic data",
    "Kontrolle der Grenzübergänge im Auftrag",
    "Pour apprendre à utiliser l'outil",
    "изучить работу программы",
    "να μάθω πώς λειτουργεί",
    "لمعرفة كيف يعمل البرنامج",
    "لمعرفةكيفيعملالبرنامج",
    "ללמוד איך התוכנה עובדת",
    "用于合成数据的培训",
    "用于QGIS培训的合成数据",
    "合成データで練習するため",
    "ฝึกอบรมด้วยข้อมูลจำลอง",
    "यह प्रशिक्षण के लिए है",
    "프로그램 사용법을 배우기 위해",
    "Case 2023/17: search for the missing convoy",
)
NONE = (
    "x", "test", "Test!", "for work", "aaaaaaaaaaaaaaaaaaaa", "aaa bbb ccc ddd eee fff",
    "x y z u v w a b c d e f g h i",
    "test test test test test", "1234 5678 9012 3456", "... --- ... --- ... ---", "研究", "测试测试测试测试", "試",
    "ああああああ", "لللللللللللللللللل", "a\u0301a\u0301a\u0301a\u0301a\u0301a\u0301 b c", "internationalization",
    "😀😀😀 😀😀 😀😀😀😀😀",
    "\u200b\u200b\u200b \u200b\u200b \u200b", "so so so as is",
)  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_of_any_script_are_taken(text):
    assert check_purpose(f"  {text}\n") == require_purpose(text) == text


@pytest.mark.parametrize("text", NONE)
def test_what_says_nothing_is_refused_in_a_sentence(text):
    for check in (check_purpose, require_purpose):
        with pytest.raises(StudyError, match="no sentence: write in three words or more why|Give a PURPOSE") as caught:
            check(text)
        assert str(caught.value).endswith(".") and len(str(caught.value)) < 250


def test_none_may_be_written_where_no_device_is_shown():
    assert check_purpose("  \n") == ""
    with pytest.raises(StudyError, match="Give a PURPOSE"):
        require_purpose(" \n")


def test_a_study_with_a_letter_for_a_purpose_reads_nothing():
    with pytest.raises(StudyError, match="“x” is no sentence"):
        run(Study((date(2023, 7, 26),), load_library(), purpose="x"), None)
