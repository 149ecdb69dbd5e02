"""Names that standards give to formats: they look like addresses, but nothing ever opens them."""

from __future__ import annotations

GPX = "http://www.topografix.com/GPX/1/1"
KML = "http://www.opengis.net/kml/2.2"
GRAPHML = "http://graphml.graphdrawing.org/xmlns"
QGIS_METADATA = "http://mrcc.com/qgis.dtd"
GPKG_SCHEMA = "http://www.geopackage.org/spec121/#extension_schema"
GPKG_METADATA = "http://www.geopackage.org/spec121/#extension_metadata"
