"""Sitelight: place-first pattern-of-life analysis for QGIS."""


def classFactory(iface):  # noqa: N802 - the name QGIS calls
    """Return the plugin; called by QGIS, with `iface` None under qgis_process."""
    from .plugin.plugin import SitelightPlugin

    return SitelightPlugin(iface)
