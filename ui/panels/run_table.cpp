// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/run_table.h"

#include "ui/models/run_list_model.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QTreeView>

#include <algorithm>

namespace saddle {

namespace {

constexpr int padding = 4;
constexpr int leastPicture = 38;

int pictureSide(const QFontMetrics& metrics)
{
    return std::max(leastPicture, 2 * metrics.height());
}

/// Beside the picture.
QRect textBox(const QStyleOptionViewItem& option)
{
    return option.rect.adjusted(2 * padding + pictureSide(option.fontMetrics) + padding, padding, -padding, -padding);
}

QColor stateColour(RunState state, const QPalette& palette)
{
    switch (state) {
    case RunState::Running:
        return theme::roleColour(QStringLiteral("real"), palette);
    case RunState::Paused:
        return theme::informationColour();
    case RunState::Interrupted:
        return theme::warningColour();
    case RunState::Damaged:
        return theme::errorColour();
    default:
        return theme::mixed(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.35);
    }
}

void paintPin(QPainter* painter, const QRectF& box, const QColor& colour)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(box.center());
    painter->rotate(35);
    painter->scale(box.width() / 24, box.height() / 24);
    QPainterPath head;
    head.addRoundedRect(QRectF(-6, -11, 12, 4), 1.5, 1.5);
    head.addPolygon(QPolygonF{{-3.5, -8}, {3.5, -8}, {4.5, 0}, {7.5, 3.5}, {-7.5, 3.5}, {-4.5, 0}, {-3.5, -8}});
    head.setFillRule(Qt::WindingFill);
    painter->fillPath(head, colour);
    painter->setPen(QPen(colour, 2.2, Qt::SolidLine, Qt::RoundCap));
    painter->drawLine(QPointF(0, 3.5), QPointF(0, 12));
    painter->restore();
}

} // namespace

void RunDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const QPalette& palette = option->palette;
    if (index.data(RunListModel::QuietRole).toBool())
        option->palette.setColor(QPalette::Text, palette.color(QPalette::PlaceholderText));
}

void RunDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    const auto* line = qobject_cast<const QLineEdit*>(editor);
    if (!line || !line->isModified())
        QStyledItemDelegate::setEditorData(editor, index);
}

QSize RunDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(pictureSide(option.fontMetrics) + 2 * padding);
    if (index.column() == RunListModel::StateColumn)
        size.rwidth() += option.fontMetrics.height();
    return size;
}

void RunDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option, const QModelIndex&) const
{
    QRect box = textBox(option);
    const int height = std::min(editor->sizeHint().height(), option.rect.height());
    box.setTop(option.rect.center().y() - height / 2);
    box.setHeight(height);
    editor->setGeometry(box);
}

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    const QStyle* style = option.widget->style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
    if (index.column() == RunListModel::NameColumn)
        return paintName(painter, option, index);
    const bool selected = option.state & QStyle::State_Selected;
    QRect box = option.rect.adjusted(padding, 0, -padding, 0);
    if (index.column() == RunListModel::StateColumn) {
        const double side = option.fontMetrics.xHeight();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(
            stateColour(static_cast<RunState>(index.data(RunListModel::StateRole).toInt()), option.palette));
        painter->drawEllipse(QRectF(box.left(), option.rect.center().y() + 0.5 - side / 2, side, side));
        painter->restore();
        box.setLeft(box.left() + option.fontMetrics.height());
    }
    painter->save();
    painter->setPen(option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    painter->drawText(box, static_cast<int>(option.displayAlignment | Qt::TextSingleLine),
        option.fontMetrics.elidedText(option.text, Qt::ElideRight, box.width()));
    painter->restore();
}

void RunDelegate::paintName(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QPalette& palette = option.palette;
    const bool selected = option.state & QStyle::State_Selected;
    const QColor ink = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const QColor ground = palette.color(selected ? QPalette::Highlight : QPalette::Base);
    const QColor quiet = theme::mixed(ground, ink, selected ? 0.85 : 0.68);
    const int side = pictureSide(option.fontMetrics);
    const QRect picture(option.rect.left() + padding, option.rect.center().y() - side / 2 + 1, side, side);
    painter->save();
    const QImage image = index.data(RunListModel::ThumbnailRole).value<QImage>();
    if (image.isNull()) {
        painter->fillRect(picture, pictureGround(palette));
    } else {
        QRectF place(QPointF(), QSizeF(image.size()).scaled(picture.size(), Qt::KeepAspectRatio));
        place.moveCenter(QRectF(picture).center());
        painter->setRenderHint(QPainter::SmoothPixmapTransform);
        painter->drawImage(place, image);
    }
    QRect box = textBox(option);
    if (index.data(RunListModel::PinnedRole).toBool()) {
        const int pin = option.fontMetrics.height();
        paintPin(painter, QRectF(box.right() - pin, option.rect.top() + padding, pin, pin), quiet);
        box.setRight(box.right() - pin - padding);
    }
    const QString note = index.data(RunListModel::NoteRole).toString().simplified();
    const int line = option.fontMetrics.height();
    const int lines = note.isEmpty() ? line : 2 * line;
    QRect first(box.left(), option.rect.center().y() - lines / 2, box.width(), line);
    painter->setPen(ink);
    painter->drawText(first, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
        option.fontMetrics.elidedText(option.text, Qt::ElideMiddle, first.width()));
    painter->setPen(quiet);
    if (!note.isEmpty())
        painter->drawText(first.translated(0, line), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
            option.fontMetrics.elidedText(note, Qt::ElideRight, first.width()));
    painter->restore();
}

void showRuns(QTreeView* table, RunFilterModel* runs)
{
    table->setModel(runs);
    table->setItemDelegate(new RunDelegate(table));
    table->setRootIsDecorated(false);
    table->setUniformRowHeights(true);
    table->setAllColumnsShowFocus(true);
    table->setAlternatingRowColors(true);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers); // a double click opens
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setContextMenuPolicy(Qt::CustomContextMenu);
    table->setSortingEnabled(true);
    QHeaderView* header = table->header();
    header->setStretchLastSection(false);
    header->setSectionsMovable(true);
    header->setSectionResizeMode(RunListModel::NameColumn, QHeaderView::Stretch);
    header->setMinimumSectionSize(48);
    table->sortByColumn(RunListModel::ChangedColumn, Qt::DescendingOrder);
    const QFontMetrics metrics(table->font());
    const std::pair<int, const char*> widest[]{{RunListModel::PresetColumn, "fashion-dcgan-x"},
        {RunListModel::StateColumn, "●  Running elsewhere"}, {RunListModel::StepsColumn, "20,000 of 20,000"},
        {RunListModel::TimeColumn, "10 min 00 s"}, {RunListModel::DiscriminatorColumn, "-0.00123"},
        {RunListModel::GeneratorColumn, "-0.00123"}, {RunListModel::ChangedColumn, "2026-00-00 00:00"},
        {RunListModel::SizeColumn, "0000 MB"}};
    for (const auto& [column, text] : widest)
        table->setColumnWidth(column, metrics.horizontalAdvance(QString::fromUtf8(text)) + 2 * padding + 4);
}

} // namespace saddle
