"""Tables of events in every way that a table may be stored give the same events."""

import bz2
import gzip
import zipfile

import numpy as np
import pytest
from sitelight.plugin.data.event_tables import read_table_file
from sitelight.plugin.engine.base import InputError

ROWS = "event_date,country,event_type\n26 July 2023,Niger,Coup\n30 August 2023,Gabon,Coup\n"
LINES = (
    '{"event_date": "2023-07-26", "country": "Niger"}\n'
    '{"event_date": "2023-08-30", "country": "Gabon"}\n'
)  # fmt: skip


def _stored(folder, way):
    path = folder / f"coups.{way}"
    if way == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("coups.csv", ROWS)
            archive.writestr("README.txt", "Who made this and why.\n")
    elif way == "jsonl":
        path.write_text(LINES)
    else:
        pack = {"csv": bytes, "csv.gz": gzip.compress, "csv.bz2": bz2.compress}[way]
        path.write_bytes(pack(ROWS.encode()))
    return path


@pytest.mark.parametrize("way", ["csv", "csv.gz", "csv.bz2", "zip", "jsonl"])
def test_events_of_a_packed_table_are_read(tmp_path, way):
    events = read_table_file(_stored(tmp_path, way)).events()
    days = events.key_dates(np.flatnonzero(events.is_key))
    assert [day.isoformat() for day in days] == ["2023-07-26", "2023-08-30"]


@pytest.mark.parametrize(
    ("members", "told"),
    [(("a.csv", "b.csv"), "one file of events; found: .*a.csv, .*b.csv"), ((), "one file of events; found: none")],
)
def test_an_archive_of_no_or_two_tables_names_what_it_found(tmp_path, members, told):
    path = tmp_path / "events.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in members or ("picture.png",):
            archive.writestr(name, ROWS)
    with pytest.raises(InputError, match=told):
        read_table_file(path)


def test_a_folder_or_nothing_is_no_table_of_events(tmp_path):
    for path in (tmp_path, tmp_path / "gone.csv", tmp_path / ("long" * 100)):
        with pytest.raises(InputError, match="choose a table of events"):
            read_table_file(path)
