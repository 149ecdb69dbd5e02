from sitelight.plugin.engine import results


def test_empty_table_has_the_schema_columns_and_geometry():
    frame = results.empty_table("heat")
    assert list(frame.columns) == [*results.SCHEMAS["heat"].columns, "geometry"]
    assert len(frame) == 0
