from sitelight.plugin.engine.tables import schemas


def test_empty_table_has_the_schema_columns_and_geometry():
    frame = schemas.empty_table("heat")
    assert list(frame.columns) == [*schemas.SCHEMAS["heat"].columns, "geometry"]
    assert len(frame) == 0
