"""What a trial runs in a process of its own: opens a file with GDAL and reads all of it.

Called as `python -c <this text> <sys.path as JSON> <file> <bytes of memory>`; it ends with DONE, or not at all.
"""

from __future__ import annotations

import contextlib
import json
import sys

DONE, NO_GDAL = 70, 71
# GDAL's formats that read the files they are given and nothing that these name. Others (VRT, GML, WFS, …) open what is
# written in a file, which may be an address on the network.
FILE_FORMATS = (
    "GPKG", "SQLite", "ESRI Shapefile", "FlatGeobuf", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRIJSON", "JSONFG", "GPX",
    "KML", "LIBKML", "CSV", "XLSX", "XLS", "ODS", "MapInfo File", "OpenFileGDB", "GeoRSS", "OSM", "DXF", "DGN", "CAD",
    "MapML", "JML", "OGR_GMT", "Parquet", "Arrow", "PMTiles", "MBTiles", "S57", "VDV", "WAsP", "Geoconcept", "Selafin",
    "SXF", "VFK", "EDIGEO", "SOSI", "TIGER", "AVCBin", "AVCE00", "OGR_SDTS", "UK .NTF", "netCDF", "PDF", "XODR",
)  # fmt: skip


def read_all(path: str) -> int:
    """Read every feature of every layer as the plugin does; return the code to end with."""
    try:
        from osgeo import gdal, ogr
    except ImportError:
        return NO_GDAL
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY, list(FILE_FORMATS))
    layers = [] if dataset is None else [dataset.GetLayer(number) for number in range(dataset.GetLayerCount())]
    for layer in layers:
        names = range(layer.GetLayerDefn().GetFieldCount())
        layer.GetFeatureCount()
        layer.ResetReading()
        for feature in layer:
            for name in names:
                feature.GetField(name)
            shape = feature.GetGeometryRef()
            if shape is not None:
                shape.ExportToIsoWkb(ogr.wkbNDR)
    return DONE


def limit_memory(most_bytes: int) -> None:
    """Let this process take no more memory than that, and leave no dump, where the system can be told so."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


if __name__ == "__main__":
    sys.path[:] = json.loads(sys.argv[1])
    limit_memory(int(sys.argv[3]))
    sys.exit(read_all(sys.argv[2]))
