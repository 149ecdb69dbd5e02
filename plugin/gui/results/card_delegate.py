"""Painting of result cards in a list: rank and title, sentence, quiet footer, all wrapped."""

from __future__ import annotations

from qgis.PyQt.QtCore import QModelIndex, QRect, QSize, Qt
from qgis.PyQt.QtGui import QFont, QFontMetrics, QPainter, QPalette
from qgis.PyQt.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ..widgets.colors import faded
from .result_models import CARD_ROLE, SECTION_ROLE, Card

PADDING = 6
BAND_PADDING = 3
WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


class CardDelegate(QStyledItemDelegate):
    """Lays a `Card` out in the width of its list view."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height that the wrapped text takes in the width of the view."""
        width = self._view.viewport().width()
        card: Card = index.data(CARD_ROLE)
        band = self._band_height(option.font) if index.data(SECTION_ROLE) else 0
        inner = self._inner(QRect(0, 0, width, 10_000))
        height = 2 * PADDING + 4 + self._wrapped(inner, _bold(option.font), _title(card)).height()
        height += self._wrapped(inner, option.font, card.text).height()
        height += self._wrapped(inner, _small(option.font), card.footer).height()
        return QSize(width, height + band)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint background, rank, title, sentence and footer, below the name of a section that begins here."""
        card: Card = index.data(CARD_ROLE)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        base = palette.color(QPalette.ColorRole.Highlight if is_selected else QPalette.ColorRole.Base)
        text = palette.color(QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text)
        quiet = faded(text, 0.74)
        painter.save()
        rect = QRect(option.rect)
        section = index.data(SECTION_ROLE)
        if section:
            band = QRect(rect.left(), rect.top(), rect.width(), self._band_height(option.font))
            self._paint_band(painter, band, option, section)
            rect.setTop(band.bottom() + 1)
        painter.fillRect(rect, base)
        painter.setPen(faded(text, 0.18))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = self._inner(rect)
        bold = _bold(option.font)
        painter.setFont(bold)
        painter.setPen(text)
        title = self._wrapped(inner, bold, _title(card))
        painter.drawText(title, WRAP, _title(card))
        painter.setFont(option.font)
        area = QRect(inner.left(), title.bottom() + 3, inner.width(), inner.height())
        used = self._wrapped(area, option.font, card.text)
        painter.drawText(used, WRAP, card.text)
        painter.setFont(_small(option.font))
        painter.setPen(quiet)
        area = QRect(inner.left(), used.bottom() + 3, inner.width(), 10_000)
        painter.drawText(self._wrapped(area, _small(option.font), card.footer), WRAP, card.footer)
        painter.restore()

    @staticmethod
    def _band_height(font: QFont) -> int:
        return QFontMetrics(_small(_bold(font))).height() + 2 * BAND_PADDING

    @staticmethod
    def _paint_band(painter: QPainter, band: QRect, option: QStyleOptionViewItem, section: str) -> None:
        text = option.palette.color(QPalette.ColorRole.Text)
        painter.fillRect(band, option.palette.color(QPalette.ColorRole.Base))
        painter.fillRect(band, faded(text, 0.10))
        painter.setFont(_small(_bold(option.font)))
        painter.setPen(text)
        area = band.adjusted(PADDING, 0, -PADDING, 0)
        elided = QFontMetrics(painter.font()).elidedText(section, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignVCenter), elided)

    @staticmethod
    def _inner(rect: QRect) -> QRect:
        return rect.adjusted(PADDING, PADDING, -PADDING, -PADDING)

    @staticmethod
    def _wrapped(area: QRect, font: QFont, text: str) -> QRect:
        return QFontMetrics(font).boundingRect(QRect(area.left(), area.top(), area.width(), 10_000), WRAP, text)


def _title(card: Card) -> str:
    return f"{card.rank}  {card.title}"


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _small(font: QFont) -> QFont:
    small = QFont(font)
    if font.pointSizeF() > 0:
        small.setPointSizeF(font.pointSizeF() * 0.9)
    return small
