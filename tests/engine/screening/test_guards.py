"""What keeps a spreadsheet from changing ids and numbers is taken off, however few of them have it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sitelight.plugin.engine.screening.device_ids import factorize_ids
from sitelight.plugin.engine.screening.lengths import numbers_of


@pytest.mark.parametrize("guard", ["'{}", '="{}"', "  '{} "])
@pytest.mark.parametrize("row", [1, 37, 998])
def test_one_guarded_id_of_a_thousand_is_the_id_without_its_guard(guard, row):
    ids = [f"{number:03d}" for number in range(1000)]
    codes, names = factorize_ids(pd.Series([*ids, guard.format(ids[row])], dtype=object), "device")
    assert names.tolist() == ids
    assert codes[-1] == row


def test_an_apostrophe_inside_an_id_and_what_is_no_text_stay():
    codes, names = factorize_ids(pd.Series(["o'neil", None, "'o'neil", 7], dtype=object), "device")
    assert names[codes[codes >= 0]].tolist() == ["o'neil", "o'neil", "7"]
    assert codes[1] == -1 or names[codes[1]] == ""


def test_one_guarded_number_of_a_thousand_is_a_number():
    values = [f"{number / 7:.4f}" for number in range(1000)]
    values[37] = "'" + values[37]
    found = numbers_of(pd.Series(values, dtype=object, index=np.zeros(1000, int)))
    assert np.allclose(found, np.arange(1000) / 7, atol=1e-4)
