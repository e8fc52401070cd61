// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

class QTreeView;

namespace saddle {

class QueueListModel;

/// An experiment's name with what is changed in it below, or why it failed; how far the one on the bench is, as a bar.
class QueueDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

/// Shows the queue in a list whose rows can be dragged.
void showQueue(QTreeView* table, QueueListModel* queue);

} // namespace saddle
