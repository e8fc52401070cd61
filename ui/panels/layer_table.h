// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QTableView;

namespace saddle {

class LayerListModel;

/// Makes a table a list of a network's layers: one row selected at a time, two lines a row, the layer's column as wide
/// as there is room.
void showLayers(QTableView* table, LayerListModel* model, const QString& role);
/// The columns of fixed width and the rows, in the table's font. The width of those columns together.
int fitLayerColumns(QTableView* table);

} // namespace saddle
