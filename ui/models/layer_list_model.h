// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layer_rows.h"
#include "ui/models/network_edits.h"

#include <QAbstractTableModel>

namespace saddle {

/// A network as rows: its input, one row a layer, its output; in front of the layers of a block its head, which stands
/// for all of them while it is folded. Rows behind an error have no shapes; the row at fault says in its tooltip what
/// is wrong. The model only shows: a row that is dragged elsewhere is a wish (moveRequested) for whoever owns the
/// network to grant.
class LayerListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NumberColumn, LayerColumn, OutputColumn, ParametersColumn, ColumnCount };
    enum Role {
        TailRole = Qt::UserRole + 1, ///< second line of a layer's title: norm, activation, where its input is from
        ErrorRole, ///< whether the row is the one at fault
        KnownRole, ///< whether the row's shape is known
        ShareRole, ///< 0 to 1: share of the network's parameters
        WidthRole, ///< 0 to 1: logarithm of the number of elements, against the widest row
        WidthBeforeRole, ///< the same of the row above; the own of the first row
        EndRole, ///< whether the row is the input or the output
        BlockRole, ///< whether the row is the head of a block
        FoldedRole, ///< whether it stands for its layers
        InBlockRole, ///< whether the row is a layer below such a head
    };

    explicit LayerListModel(QObject* parent = nullptr);

    void setPicture(NetworkPicture picture);
    const NetworkPicture& picture() const { return m_picture; }

    int layerCount() const { return static_cast<int>(m_picture.network.layers.size()); }
    /// -1 for the input, layerCount() for the output, noLayer for the head of a block and where there is no row.
    int layerOf(const QModelIndex& index) const;
    static constexpr int noLayer = -2;
    /// The row of a layer, or the head of the block that it is folded into.
    QModelIndex indexOfLayer(int layer, int column = LayerColumn) const;

    /// What a row is; the input's where there is no such row.
    const LayerRow& rowAt(const QModelIndex& index) const;
    QString blockName(const LayerRow& block) const;
    bool hasBlocks() const;
    /// Shows or hides the layers of the block whose head a row is; of all blocks.
    void setFolded(const QModelIndex& head, bool folded);
    void setAllFolded(bool folded);
    /// Unfolds the block a layer is folded into.
    void reveal(int layer);
    /// Another network comes: what of it is folded is decided anew.
    void forgetFolds() { m_folds.forget(); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool dropMimeData(
        const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

Q_SIGNALS:
    /// A layer was dropped so that it would be the layer `to`.
    void moveRequested(int from, int to);

private:
    const LayerRow& at(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    bool isEnd(int row) const;
    bool isAtFault(int row) const;
    bool isKnown(int row) const;
    Shape shapeAt(int row) const;
    double widthAt(int row) const;
    LayerShape totalOf(const LayerRow& row) const;
    std::int64_t parametersAt(int row) const;
    QString titleAt(int row) const;
    QString tailAt(int row) const;
    QString toolTipAt(int row) const;
    QString text(int row, int column) const;

    NetworkPicture m_picture;
    LayerFolds m_folds;
    std::vector<LayerRow> m_rows;
    double m_widest = 1; ///< logarithm of the largest number of elements
};

/// "24.3 MFLOP", "1.21 GFLOP"
QString flopText(std::int64_t flops);

} // namespace saddle
