// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/layer_table.h"

#include "ui/models/layer_list_model.h"
#include "ui/widgets/layer_delegate.h"

#include <QHeaderView>
#include <QTableView>

namespace saddle {

void showLayers(QTableView* table, LayerListModel* model, const QString& role)
{
    table->setModel(model);
    table->setItemDelegate(new LayerDelegate(role, table));
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setTabKeyNavigation(false);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setMouseTracking(true);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    QHeaderView* header = table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(LayerListModel::LayerColumn, QHeaderView::Stretch);
    header->setHighlightSections(false);
    header->setSectionsClickable(false);
}

int fitLayerColumns(QTableView* table)
{
    const QFontMetrics metrics(table->font());
    table->verticalHeader()->setDefaultSectionSize(2 * metrics.height() + 8);
    const int number = metrics.horizontalAdvance(QStringLiteral("000")) + 12;
    const int output = metrics.horizontalAdvance(QStringLiteral("1024 × 64 × 64")) + 14;
    const int parameters = metrics.horizontalAdvance(QStringLiteral("00,000,000")) + 14;
    table->setColumnWidth(LayerListModel::NumberColumn, number);
    table->setColumnWidth(LayerListModel::OutputColumn, output);
    table->setColumnWidth(LayerListModel::ParametersColumn, parameters);
    return number + output + parameters;
}

} // namespace saddle
