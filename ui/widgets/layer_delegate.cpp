// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layer_delegate.h"

#include "ui/models/layer_list_model.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

namespace saddle {

namespace {

constexpr int margin = 6;
constexpr int linePadding = 4; ///< above and below the two lines of a row
constexpr int indentation = 14; ///< of a layer below the head of its block

QColor errorText(const QPalette& palette)
{
    // The banner's red is made for large areas; text on the base needs more contrast.
    return theme::isDark(palette) ? QColor(0xff, 0x8a, 0x8a) : QColor(0xb4, 0x1f, 0x1f);
}

bool isError(const QModelIndex& index)
{
    return index.data(LayerListModel::ErrorRole).toBool();
}

} // namespace

LayerDelegate::LayerDelegate(const QString& role, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_role(role)
{
}

QColor LayerDelegate::textColour(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    if (isError(index))
        return errorText(option.palette);
    const bool known = index.data(LayerListModel::KnownRole).toBool();
    return known && (option.state & QStyle::State_Enabled) ? option.palette.color(QPalette::Text) : quietColour(option);
}

QColor LayerDelegate::quietColour(const QStyleOptionViewItem& option) const
{
    const QPalette& palette = option.palette;
    return theme::mixed(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.68);
}

QColor LayerDelegate::bandColour(const QStyleOptionViewItem& option, double share) const
{
    QColor colour = theme::roleColour(m_role, option.palette);
    colour.setAlphaF(static_cast<float>(share));
    return colour;
}

void LayerDelegate::paintBackground(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QPalette& palette = option.palette;
    QColor back = palette.color(QPalette::Base);
    if (index.data(LayerListModel::EndRole).toBool())
        back = palette.color(QPalette::AlternateBase);
    else if (index.data(LayerListModel::BlockRole).toBool())
        back = theme::mixed(back, theme::roleColour(m_role, palette), 0.06);
    if (isError(index))
        back = theme::mixed(back, theme::errorColour(), 0.14);
    // A full highlight would drown the band and the red of an error.
    if (option.state & QStyle::State_Selected)
        back =
            theme::mixed(back, palette.color(QPalette::Highlight), (option.state & QStyle::State_Active) ? 0.26 : 0.16);
    else if (option.state & QStyle::State_MouseOver)
        back = theme::mixed(back, palette.color(QPalette::Highlight), 0.07);
    painter->fillRect(option.rect, back);
    if (isError(index) && index.column() == LayerListModel::NumberColumn)
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), theme::errorColour());
}

void LayerDelegate::paintArrow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const double reach = QFontMetricsF(option.font).xHeight() * 0.5;
    const QPointF middle(option.rect.right() - margin - reach, option.rect.center().y() + 0.5);
    const bool folded = index.data(LayerListModel::FoldedRole).toBool();
    QPainterPath arrow;
    arrow.moveTo(folded ? middle + QPointF(-reach / 2, -reach) : middle + QPointF(-reach, -reach / 2));
    arrow.lineTo(folded ? middle + QPointF(reach / 2, 0) : middle + QPointF(0, reach / 2));
    arrow.lineTo(folded ? middle + QPointF(-reach / 2, reach) : middle + QPointF(reach, -reach / 2));
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(quietColour(option), 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPath(arrow);
    painter->setRenderHint(QPainter::Antialiasing, false);
}

void LayerDelegate::paintTitle(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QString title = index.data().toString();
    const qsizetype mark = title.indexOf(QLatin1String(" + "));
    const QString head = mark < 0 ? title : title.left(mark);
    const QString tail = index.data(LayerListModel::TailRole).toString();
    const int left = margin + (index.data(LayerListModel::InBlockRole).toBool() ? indentation : 0);
    const QRect box = option.rect.adjusted(left, linePadding, -margin, -linePadding);
    QFont font = option.font;
    font.setBold(index.data(LayerListModel::BlockRole).toBool());
    const QFontMetrics metrics(font);

    painter->setFont(font);
    painter->setPen(textColour(option, index));
    const QRect first = tail.isEmpty() ? box : QRect(box.left(), box.top(), box.width(), box.height() / 2);
    painter->drawText(first, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(head, Qt::ElideRight, box.width()));
    if (tail.isEmpty())
        return;
    painter->setFont(option.font);
    const QRect second(box.left(), first.bottom() + 1, box.width(), box.height() - first.height());
    painter->setPen(quietColour(option));
    painter->drawText(second, Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(option.font).elidedText(tail, Qt::ElideRight, box.width()));
}

void LayerDelegate::paintFlow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QRectF box = option.rect;
    if (index.data(LayerListModel::KnownRole).toBool() && !isError(index)) {
        const double whole = box.width() - 8;
        const double above = whole * index.data(LayerListModel::WidthBeforeRole).toDouble() / 2;
        const double own = whole * index.data(LayerListModel::WidthRole).toDouble() / 2;
        const double middle = box.center().x();
        const double turn = box.top() + box.height() * 0.62;
        const double bend = (turn - box.top()) / 2;
        QPainterPath band;
        band.moveTo(middle - above, box.top());
        band.cubicTo(middle - above, box.top() + bend, middle - own, turn - bend, middle - own, turn);
        band.lineTo(middle - own, box.bottom());
        band.lineTo(middle + own, box.bottom());
        band.lineTo(middle + own, turn);
        band.cubicTo(middle + own, turn - bend, middle + above, box.top() + bend, middle + above, box.top());
        painter->setRenderHint(QPainter::Antialiasing);
        painter->fillPath(band, bandColour(option, theme::isDark(option.palette) ? 0.30 : 0.20));
        painter->setRenderHint(QPainter::Antialiasing, false);
    }
    painter->setPen(textColour(option, index));
    painter->drawText(option.rect, Qt::AlignCenter, index.data().toString());
}

void LayerDelegate::paintParameters(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QRect box = option.rect.adjusted(margin, 0, -margin, 0);
    QFont font = option.font;
    // The last row holds the sum.
    font.setBold(index.data(LayerListModel::EndRole).toBool());
    painter->setFont(font);
    const QString text = index.data().toString();
    const double share = index.data(LayerListModel::ShareRole).toDouble();
    painter->setPen(share > 0 || font.bold() ? textColour(option, index) : quietColour(option));
    const QRect line = share > 0 ? box.adjusted(0, 0, 0, -6) : box;
    painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter, text);
    if (share <= 0)
        return;
    const int top = line.center().y() + QFontMetrics(font).height() / 2 + 2;
    const int width = std::max(1, static_cast<int>(std::lround(box.width() * share)));
    painter->fillRect(QRect(box.left(), top, box.width(), 3), bandColour(option, 0.16));
    painter->fillRect(QRect(box.right() + 1 - width, top, width, 3), bandColour(option, 0.85));
}

void LayerDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    painter->save();
    painter->setFont(option.font);
    paintBackground(painter, option, index);
    switch (index.column()) {
    case LayerListModel::NumberColumn: {
        if (index.data(LayerListModel::BlockRole).toBool() && !isError(index)) {
            paintArrow(painter, option, index);
            break;
        }
        const bool error = isError(index);
        painter->setPen(error ? errorText(option.palette) : quietColour(option));
        const QString text = error ? QStringLiteral("⚠") : index.data().toString();
        painter->drawText(option.rect.adjusted(3, 0, -margin, 0), Qt::AlignRight | Qt::AlignVCenter, text);
        break;
    }
    case LayerListModel::LayerColumn:
        paintTitle(painter, option, index);
        break;
    case LayerListModel::OutputColumn:
        paintFlow(painter, option, index);
        break;
    default:
        paintParameters(painter, option, index);
        break;
    }
    painter->restore();
}

QSize LayerDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem own = option;
    initStyleOption(&own, index);
    const QFontMetrics metrics(own.font);
    return {metrics.horizontalAdvance(own.text) + 2 * margin, 2 * metrics.height() + 2 * linePadding};
}

bool LayerDelegate::helpEvent(
    QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    if (event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    // Plain text: what is typed as an id must not be read as markup.
    const QString text =
        index.data(Qt::ToolTipRole).toString().toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
    QToolTip::showText(event->globalPos(), QStringLiteral("<span>%1</span>").arg(text), view);
    return true;
}

} // namespace saddle
