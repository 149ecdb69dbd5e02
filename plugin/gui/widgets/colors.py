"""Colours made from those of the theme, so that light and dark themes both stay legible."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QWidget

CONTRAST = 4.5  # WCAG 2.1, level AA


def blended(color: QColor, ground: QColor, share: float) -> QColor:
    """Return `color` over `ground`, with `share` of the colour."""
    return QColor(*(round(a * share + b * (1 - share)) for a, b in zip(color.getRgb()[:3], ground.getRgb()[:3])))


def faded(color: QColor, share: float) -> QColor:
    """Return `color` partly transparent, for secondary text and lines on whatever background the theme has."""
    result = QColor(color)
    result.setAlphaF(share)
    return result


def muted(widget: QWidget) -> None:
    """Show the text of `widget` in the theme's colour for secondary text."""
    palette = widget.palette()
    text, base = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
    text.setRgb(*(int(a * 0.72 + b * 0.28) for a, b in zip(text.getRgb()[:3], base.getRgb()[:3])))
    palette.setColor(QPalette.ColorRole.WindowText, text)
    widget.setPalette(palette)


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def link_color(palette: QPalette) -> QColor:
    """Return the palette's colour of links, moved towards that of text until it can be read on its base."""
    link, base = palette.color(QPalette.ColorRole.Link), palette.color(QPalette.ColorRole.Base)
    text = palette.color(QPalette.ColorRole.Text)
    steps = (blended(link, text, share / 10) for share in range(10, 0, -1))
    return next((color for color in steps if contrast(color, base) >= CONTRAST), text)


def document_style(palette: QPalette) -> str:
    """Return the style sheet of explanations: headings, quiet lines and links in the colours of the palette."""
    text, base = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    quiet = blended(text, base, 0.72).name()
    return (
        f"p, td {{ color: {text.name()}; margin: 0 0 6px 0; }}"
        f"h4 {{ color: {text.name()}; font-weight: 600; margin: 8px 0 2px 0; }}"
        f"ul, ol {{ color: {text.name()}; margin: 0 0 6px 0; }} li {{ margin: 0 0 2px 0; }}"
        f".quiet {{ color: {quiet}; }}"
        f"a {{ color: {link_color(palette).name()}; text-decoration: none; }}"
    )


def _luminance(color: QColor) -> float:
    parts = (value / 255 for value in color.getRgb()[:3])
    linear = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))
