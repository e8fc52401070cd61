// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/queue_table.h"

#include "core/queue/queue.h"
#include "ui/models/queue_list_model.h"
#include "ui/widgets/theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QTreeView>

#include <algorithm>

namespace saddle {

namespace {

constexpr int padding = 6;
constexpr int barHeight = 4;

QColor stateColour(QueueState state, const QPalette& palette)
{
    switch (state) {
    case QueueState::Running:
        return theme::roleColour(QStringLiteral("real"), palette);
    case QueueState::Failed:
        return theme::errorColour();
    case QueueState::Stopped:
        return theme::warningColour();
    case QueueState::Aside:
        return theme::informationColour();
    default:
        return theme::mixed(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.35);
    }
}

/// A dot with words beside it, and below them how far it is.
void paintState(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QColor& ink)
{
    const QColor colour =
        stateColour(static_cast<QueueState>(index.data(QueueListModel::StateRole).toInt()), option.palette);
    const QVariant progress = index.data(QueueListModel::ProgressRole);
    QRect box = option.rect.adjusted(padding, 0, -padding, progress.isValid() ? -2 * barHeight : 0);
    const double side = option.fontMetrics.xHeight();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(colour);
    painter->drawEllipse(QRectF(box.left(), box.center().y() + 0.5 - side / 2, side, side));
    const int indent = option.fontMetrics.height();
    painter->setPen(ink);
    painter->drawText(box.adjusted(indent, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
        option.fontMetrics.elidedText(option.text, Qt::ElideRight, box.width() - indent));
    if (!progress.isValid())
        return;
    QRectF bar(box.left() + indent, option.rect.center().y() + option.fontMetrics.height() / 2.0, box.width() - indent,
        barHeight);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme::mixed(option.palette.color(QPalette::Base), ink, 0.2));
    painter->drawRoundedRect(bar, barHeight / 2.0, barHeight / 2.0);
    bar.setWidth(bar.width() * std::clamp(progress.toDouble(), 0.0, 1.0));
    painter->setBrush(colour);
    painter->drawRoundedRect(bar, barHeight / 2.0, barHeight / 2.0);
}

} // namespace

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(2 * option.fontMetrics.height() + 2 * padding);
    return size;
}

void QueueDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    option.widget->style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
    const QPalette& palette = option.palette;
    const bool selected = option.state & QStyle::State_Selected;
    const QColor ground = palette.color(selected ? QPalette::Highlight : QPalette::Base);
    const QColor text = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const QColor quiet = theme::mixed(ground, text, selected ? 0.85 : 0.68);
    const QColor ink = index.data(QueueListModel::QuietRole).toBool() && !selected ? quiet : text;
    painter->save();
    if (index.column() == QueueListModel::StateColumn) {
        paintState(painter, option, index, ink);
        painter->restore();
        return;
    }
    const QRect box = option.rect.adjusted(padding, 0, -padding, 0);
    const QString note =
        index.column() == QueueListModel::NameColumn ? index.data(QueueListModel::NoteRole).toString() : QString();
    const int line = option.fontMetrics.height();
    const QRect first(box.left(), option.rect.center().y() - (note.isEmpty() ? line : 2 * line) / 2, box.width(), line);
    const auto write = [&](const QRect& where, const QColor& colour, const QString& words) {
        painter->setPen(colour);
        painter->drawText(where, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
            option.fontMetrics.elidedText(words, Qt::ElideRight, where.width()));
    };
    write(first, ink, option.text);
    const bool failure = index.data(QueueListModel::FailureRole).toBool() && !selected;
    if (!note.isEmpty())
        write(first.translated(0, line), failure ? theme::mixed(theme::errorColour(), text, 0.35) : quiet, note);
    painter->restore();
}

void showQueue(QTreeView* table, QueueListModel* queue)
{
    table->setModel(queue);
    table->setItemDelegate(new QueueDelegate(table));
    table->setRootIsDecorated(false);
    table->setUniformRowHeights(true);
    table->setAllColumnsShowFocus(true);
    table->setAlternatingRowColors(true);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setContextMenuPolicy(Qt::CustomContextMenu);
    table->setDragDropMode(QAbstractItemView::InternalMove);
    table->setDragDropOverwriteMode(false);
    table->setDropIndicatorShown(true);
    QHeaderView* header = table->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(QueueListModel::NameColumn, QHeaderView::Stretch);
    const QFontMetrics metrics(table->font());
    table->setColumnWidth(QueueListModel::EndColumn, metrics.horizontalAdvance(QStringLiteral("100,000 steps")) + 20);
    table->setColumnWidth(
        QueueListModel::StateColumn, metrics.horizontalAdvance(QStringLiteral("stopped at step 20,000")) + 34);
}

} // namespace saddle
