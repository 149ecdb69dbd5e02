"""The demo: a synthetic Sahel, studied in the real QGIS, and its findings beside the planted truth."""
