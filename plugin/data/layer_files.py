"""Removes what an interrupted run wrote."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal

from .ogr_files import quiet_ogr


def discard_layer(path: str, layer: str) -> None:
    """Remove the layer named `layer` from the file at `path`, and the file with its side files if it was the only one.

    A path that is no file is left alone.
    """
    if not Path(path).is_file():
        return
    with quiet_ogr():
        try:
            dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_UPDATE)
        except RuntimeError:  # someone switched GDAL's exceptions on
            dataset = None
        if dataset is None:
            Path(path).unlink()
            return
        names = {dataset.GetLayer(number).GetName() for number in range(dataset.GetLayerCount())}
        if layer and names - {layer}:
            dataset.DeleteLayer(layer)
            return
        driver = dataset.GetDriver()
        del dataset
        driver.Delete(path)
