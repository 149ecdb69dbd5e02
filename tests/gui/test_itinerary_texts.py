"""What the panel says of an itinerary: borders, and what was closed when it was crossed."""

from __future__ import annotations

import pandas as pd
from sitelight.plugin.gui.results.explanations import explain_itinerary, silences_of
from sitelight.plugin.gui.results.result_models import itinerary_card

ROW = {
    "rank": 1, "device": "d1", "started": "2023-07-20T10:00:00Z", "finished": "2023-08-01T10:00:00Z",
    "key_date": "2023-07-26", "based_at": "Garrison", "stops": "Garrison → Niamey (29 Jul)",
    "borders": "TG>BJ (road, 28 Jul); BJ>NE (road, 29 Jul, while closed)",
    "lookalikes": 0.4,
    "closures": "Crossed from Benin into Niger on 29 Jul while the border was closed (<b>Shut</b>, 26 Jul – 1 Aug)",
}  # fmt: skip


def test_a_closed_border_is_said_in_the_card_and_below_it(qgis_app):
    assert "BJ>NE (road, 29 Jul, while closed)" in itinerary_card(ROW).footer
    told = explain_itinerary(ROW)
    assert "Crossed from Benin into Niger on 29 Jul while the border was closed" in told
    assert "<b>Shut" not in told and "&lt;b&gt;Shut" in told  # a calendar's own words are no markup


def test_of_a_study_without_closures_nothing_is_said(qgis_app):
    assert "closed" not in explain_itinerary({**ROW, "closures": "", "borders": "TG>BJ (road, 28 Jul)"})


def test_silences_are_told_once_each_in_their_order_and_as_inferred(qgis_app):
    silences = pd.DataFrame({
        "itinerary_id": [1, 1, 1, 2], "seq": [2, 1, 1, 1], "place_rank": [1, 1, 2, 1],
        "silent_from": ["2023-07-24T10:00:00Z", "2023-07-21T10:00:00Z", "2023-07-21T10:00:00Z", "2023-07-22T00:00:00Z"],
        "sentence": ["Silent for 20 h, <b>later</b>", "Silent for 31 h, earlier", "Silent for 31 h, earlier", "Other"],
    })
    sentences = silences_of(1, silences)
    assert sentences == ["2023-07-21: Silent for 31 h, earlier.", "2023-07-24: Silent for 20 h, <b>later</b>."]
    told = explain_itinerary(ROW, sentences)
    assert told.index("Inferred, not seen") < told.index("earlier") < told.index("later")
    assert "&lt;b&gt;later" in told and "Other" not in told
    assert "Silences" not in explain_itinerary(ROW)
