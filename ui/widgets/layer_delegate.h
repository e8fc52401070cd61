// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace saddle {

/// Paints the rows of a LayerListModel. Behind the output shapes runs one band down all rows, as wide as the logarithm
/// of what flows there, so that the network is seen to widen and narrow; a thin bar under the number of parameters is
/// the layer's share of them.
class LayerDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    LayerDelegate(const QString& role, QObject* parent);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
        const QModelIndex& index) override;

private:
    void paintBackground(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintArrow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintTitle(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintFlow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintParameters(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    QColor textColour(const QStyleOptionViewItem& option, const QModelIndex& index) const;
    QColor quietColour(const QStyleOptionViewItem& option) const;
    QColor bandColour(const QStyleOptionViewItem& option, double share) const;

    QString m_role; ///< of the network, for its colour
};

} // namespace saddle
