// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layer_list_model.h"

#include "ui/widgets/number_text.h"

#include <QMimeData>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

const QString layerMime = QStringLiteral("application/x-saddle-layer");

double widthOf(const Shape& shape)
{
    // One more than the elements, so that a single number still has a width.
    return std::log2(static_cast<double>(elementCount(shape)) + 1);
}

/// Titles read "conv 4×4 → 64, /2 + Batch norm + ReLU": what follows the first plus is the second line.
constexpr const char* tailMark = " + ";

} // namespace

QString flopText(std::int64_t flops)
{
    const bool giga = flops >= 1'000'000'000;
    const double value = static_cast<double>(flops) / (giga ? 1e9 : 1e6);
    const int decimals = flops == 0 || value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    return QStringLiteral("%1 %2").arg(
        QString::number(value, 'f', decimals), giga ? QStringLiteral("GFLOP") : QStringLiteral("MFLOP"));
}

LayerListModel::LayerListModel(QObject* parent)
    : QAbstractTableModel(parent)
    , m_rows(m_folds.rows({}))
{
}

void LayerListModel::setPicture(NetworkPicture picture)
{
    std::vector<LayerRow> rows = m_folds.rows(picture.network);
    // What is wrong is not to be hidden.
    for (const LayerRow& row : rows) {
        if (row.folded && picture.error && row.holds(picture.errorLayer))
            m_folds.setFolded(picture.network, row.layer, false);
    }
    rows = m_folds.rows(picture.network);
    // Layers are known by their places: one more or less makes other rows of all behind it.
    const bool another = rows != m_rows;
    if (another)
        beginResetModel();
    m_picture = std::move(picture);
    m_rows = std::move(rows);
    m_widest = widthOf(m_picture.fit.input);
    for (const LayerShape& shape : m_picture.shapes)
        m_widest = std::max(m_widest, widthOf(shape.output));
    if (another)
        endResetModel();
    else
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int LayerListModel::layerOf(const QModelIndex& index) const
{
    return !index.isValid() || rowAt(index).kind == LayerRow::Kind::Block ? noLayer : rowAt(index).layer;
}

QModelIndex LayerListModel::indexOfLayer(int layer, int column) const
{
    for (int row = 0; row < rowCount(); ++row) {
        const LayerRow& entry = at(row);
        if (entry.kind == LayerRow::Kind::Block ? entry.folded && entry.holds(layer) : entry.layer == layer)
            return index(row, column);
    }
    return {};
}

const LayerRow& LayerListModel::rowAt(const QModelIndex& index) const
{
    return at(index.isValid() ? index.row() : 0);
}

QString LayerListModel::blockName(const LayerRow& block) const
{
    QString name = QString::fromStdString(m_picture.network.layers[static_cast<std::size_t>(block.layer)].block);
    name[0] = name[0].toUpper();
    return name;
}

bool LayerListModel::hasBlocks() const
{
    return std::any_of(
        m_rows.begin(), m_rows.end(), [](const LayerRow& row) { return row.kind == LayerRow::Kind::Block; });
}

void LayerListModel::setFolded(const QModelIndex& head, bool folded)
{
    const LayerRow block = rowAt(head);
    if (block.kind != LayerRow::Kind::Block || block.folded == folded)
        return;
    m_folds.setFolded(m_picture.network, block.layer, folded);
    const int first = head.row() + 1;
    if (folded)
        beginRemoveRows({}, first, head.row() + block.count);
    else
        beginInsertRows({}, first, head.row() + block.count);
    m_rows = m_folds.rows(m_picture.network);
    if (folded)
        endRemoveRows();
    else
        endInsertRows();
    // The band of the row behind begins where the head's ends.
    Q_EMIT dataChanged(index(head.row(), 0), index(rowCount() - 1, ColumnCount - 1));
}

void LayerListModel::setAllFolded(bool folded)
{
    for (int row = rowCount() - 1; row >= 0; --row)
        setFolded(index(row, LayerColumn), folded);
}

void LayerListModel::reveal(int layer)
{
    if (layer >= 0 && layer < layerCount())
        setFolded(indexOfLayer(layer), false);
}

int LayerListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int LayerListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

bool LayerListModel::isEnd(int row) const
{
    return at(row).kind == LayerRow::Kind::Input || at(row).kind == LayerRow::Kind::Output;
}

bool LayerListModel::isAtFault(int row) const
{
    const LayerRow& entry = at(row);
    if (!m_picture.error)
        return false;
    return entry.kind == LayerRow::Kind::Block ? entry.folded && entry.holds(m_picture.errorLayer)
                                               : entry.layer == m_picture.errorLayer;
}

bool LayerListModel::isKnown(int row) const
{
    const LayerRow& entry = at(row);
    if (m_picture.fit.input.empty())
        return false;
    const int known = static_cast<int>(m_picture.shapes.size());
    switch (entry.kind) {
    case LayerRow::Kind::Block: // the head of an open block has what the row above gives
        return (entry.folded ? entry.last() : entry.layer - 1) < known;
    case LayerRow::Kind::Layer:
        return entry.layer < known;
    default:
        return true;
    }
}

Shape LayerListModel::shapeAt(int row) const
{
    const LayerRow& entry = at(row);
    // The last row is what the experiment wants; it is the last layer's shape whenever the network builds.
    if (entry.kind == LayerRow::Kind::Output)
        return m_picture.fit.output;
    const int layer = entry.kind != LayerRow::Kind::Block ? entry.layer : entry.folded ? entry.last() : entry.layer - 1;
    return layer < 0 ? m_picture.fit.input : m_picture.shapes[static_cast<std::size_t>(layer)].output;
}

double LayerListModel::widthAt(int row) const
{
    return isKnown(row) ? std::min(1.0, widthOf(shapeAt(row)) / m_widest) : 0.0;
}

/// What is known of a layer, or of all layers of a block.
LayerShape LayerListModel::totalOf(const LayerRow& row) const
{
    LayerShape total;
    const std::size_t end = static_cast<std::size_t>(row.kind == LayerRow::Kind::Block ? row.last() : row.layer) + 1;
    for (std::size_t i = static_cast<std::size_t>(row.layer); i < std::min(end, m_picture.shapes.size()); ++i) {
        total.output = m_picture.shapes[i].output;
        total.parameters += m_picture.shapes[i].parameters;
        total.flops += m_picture.shapes[i].flops;
    }
    return total;
}

std::int64_t LayerListModel::parametersAt(int row) const
{
    const LayerRow& entry = at(row);
    if (entry.kind == LayerRow::Kind::Input || !isKnown(row))
        return 0;
    return entry.kind == LayerRow::Kind::Output ? m_picture.parameters : totalOf(entry).parameters;
}

QString LayerListModel::titleAt(int row) const
{
    const LayerRow& entry = at(row);
    switch (entry.kind) {
    case LayerRow::Kind::Input:
        return tr("Input");
    case LayerRow::Kind::Output:
        return tr("Output");
    case LayerRow::Kind::Block:
        return blockName(entry);
    case LayerRow::Kind::Layer:
        break;
    }
    const std::size_t layer = static_cast<std::size_t>(entry.layer);
    const QString title = QString::fromStdString(m_picture.titles[layer]);
    const std::string& id = m_picture.network.layers[layer].id;
    return id.empty() ? title : QStringLiteral("%1: %2").arg(QString::fromStdString(id), title);
}

QString LayerListModel::tailAt(int row) const
{
    const LayerRow& entry = at(row);
    const bool generator = m_picture.fit.role == "generator";
    switch (entry.kind) {
    case LayerRow::Kind::Input:
        return generator ? tr("a latent vector") : tr("a sample");
    case LayerRow::Kind::Output:
        return generator ? tr("a sample") : tr("what the objective reads");
    case LayerRow::Kind::Block:
        return tr("%1 layers").arg(entry.count);
    case LayerRow::Kind::Layer:
        break;
    }
    QStringList parts;
    const QString title = titleAt(row);
    const qsizetype mark = title.indexOf(QLatin1String(tailMark));
    if (mark >= 0)
        parts.append(title.mid(mark + 1));
    const std::vector<std::string>& inputs = m_picture.network.layers[static_cast<std::size_t>(entry.layer)].inputs;
    if (!inputs.empty())
        parts.append(tr("takes %1").arg(QString::fromStdString(inputsText(inputs))));
    return parts.join(QStringLiteral(" · "));
}

QString LayerListModel::text(int row, int column) const
{
    const LayerRow& entry = at(row);
    const bool open = entry.kind == LayerRow::Kind::Block && !entry.folded;
    switch (column) {
    case NumberColumn:
        return entry.kind == LayerRow::Kind::Layer ? QString::number(entry.layer) : QString();
    case LayerColumn:
        return titleAt(row);
    case OutputColumn: // below the head of an open block its layers say it
        return isKnown(row) && !open ? QString::fromStdString(shapeText(shapeAt(row))) : QString();
    case ParametersColumn:
        if (entry.kind == LayerRow::Kind::Input || !isKnown(row) || open
            || (entry.kind == LayerRow::Kind::Output && !m_picture.builds()))
            return {};
        return parametersAt(row) == 0 ? QStringLiteral("–") : groupedText(parametersAt(row));
    default:
        return {};
    }
}

QString LayerListModel::toolTipAt(int row) const
{
    const LayerRow& entry = at(row);
    const bool block = entry.kind == LayerRow::Kind::Block;
    if (isAtFault(row))
        return QString::fromStdString(m_picture.error->sentence());
    QStringList lines;
    if (block) {
        lines.append(tr("%1: layers %2 to %3").arg(titleAt(row)).arg(entry.layer).arg(entry.last()));
        lines.append(entry.folded ? tr("Click, or press →, to show them") : tr("Click, or press ←, to fold them"));
    } else {
        lines.append(isEnd(row) ? titleAt(row) + QStringLiteral(": ") + tailAt(row) : titleAt(row));
    }
    if (!isKnown(row)) {
        if (m_picture.error && m_picture.errorLayer >= 0)
            lines.append(tr("Its shape is known once the layers before it build."));
        return lines.join(QLatin1Char('\n'));
    }
    const LayerShape total = isEnd(row) ? LayerShape{shapeAt(row)} : totalOf(entry);
    if (!total.output.empty()) {
        lines.append(
            tr("Gives %1: %2 numbers")
                .arg(QString::fromStdString(shapeText(total.output)), groupedText(elementCount(total.output))));
    }
    if (total.parameters > 0 && m_picture.parameters > 0) {
        lines.append(tr("%1 parameters, %2 % of the network's")
                         .arg(groupedText(total.parameters))
                         .arg(100.0 * static_cast<double>(total.parameters) / static_cast<double>(m_picture.parameters),
                             0, 'f', 1));
    }
    if (total.flops > 0)
        lines.append(tr("%1 a sample").arg(flopText(total.flops)));
    return lines.join(QLatin1Char('\n'));
}

QVariant LayerListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int row = index.row();
    const LayerRow& entry = at(row);
    const bool block = entry.kind == LayerRow::Kind::Block;
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return toolTipAt(row);
    case Qt::AccessibleTextRole: {
        QStringList parts;
        if (entry.kind == LayerRow::Kind::Layer && index.column() == LayerColumn)
            parts.append(tr("Layer %1").arg(entry.layer));
        parts.append(text(row, index.column()));
        if (block && index.column() == LayerColumn)
            parts << tailAt(row) << (entry.folded ? tr("folded") : tr("unfolded"));
        if (isAtFault(row) && index.column() == LayerColumn)
            parts.append(toolTipAt(row));
        return parts.join(QStringLiteral(", "));
    }
    case Qt::TextAlignmentRole:
        if (index.column() == NumberColumn || index.column() == ParametersColumn)
            return QVariant(Qt::AlignRight | Qt::AlignVCenter);
        return QVariant((index.column() == OutputColumn ? Qt::AlignHCenter : Qt::AlignLeft) | Qt::AlignVCenter);
    case TailRole:
        return tailAt(row);
    case ErrorRole:
        return isAtFault(row);
    case KnownRole:
        return isKnown(row);
    case ShareRole:
        if (isEnd(row) || (block && !entry.folded) || m_picture.parameters <= 0)
            return 0.0;
        return static_cast<double>(parametersAt(row)) / static_cast<double>(m_picture.parameters);
    case WidthRole:
        return widthAt(row);
    case WidthBeforeRole:
        return row > 0 && isKnown(row - 1) ? widthAt(row - 1) : widthAt(row);
    case EndRole:
        return isEnd(row);
    case BlockRole:
        return block;
    case FoldedRole:
        return entry.folded;
    case InBlockRole:
        return entry.inBlock;
    default:
        return {};
    }
}

QVariant LayerListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole) {
        if (section == ParametersColumn)
            return QVariant(Qt::AlignRight | Qt::AlignVCenter);
        return QVariant((section != LayerColumn ? Qt::AlignHCenter : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const bool tip = role == Qt::ToolTipRole;
    switch (section) {
    case NumberColumn:
        return tip ? tr("Number of the layer, counted from 0") : QStringLiteral("#");
    case LayerColumn:
        return tr("Layer");
    case OutputColumn:
        return tip
            ? tr("Shape of what the layer gives for one sample. The band is as wide as the logarithm of its numbers")
            : tr("Output");
    case ParametersColumn:
        return tip ? tr("Trainable numbers. The bar is the layer's share of the network's") : tr("Parameters");
    default:
        return {};
    }
}

Qt::ItemFlags LayerListModel::flags(const QModelIndex& index) const
{
    // Dropped between rows: where there is no index.
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    const Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    return rowAt(index).kind == LayerRow::Kind::Layer ? flags | Qt::ItemIsDragEnabled : flags;
}

QStringList LayerListModel::mimeTypes() const
{
    return {layerMime};
}

QMimeData* LayerListModel::mimeData(const QModelIndexList& indexes) const
{
    if (indexes.isEmpty() || !(flags(indexes.first()) & Qt::ItemIsDragEnabled))
        return nullptr;
    auto* data = new QMimeData;
    data->setData(layerMime, QByteArray::number(layerOf(indexes.first())));
    return data;
}

bool LayerListModel::dropMimeData(
    const QMimeData* data, Qt::DropAction action, int row, int /*column*/, const QModelIndex& parent)
{
    if (action != Qt::MoveAction || !data->hasFormat(layerMime))
        return false;
    const int from = data->data(layerMime).toInt();
    const int gap = parent.isValid() ? parent.row() : row < 0 || row >= rowCount() ? rowCount() - 1 : row;
    if (from < 0 || from >= layerCount())
        return false;
    // `gap` is the row that what is dropped comes before, while the layer still stands where it was.
    const int before = std::clamp(at(gap).layer, 0, layerCount());
    const int to = before > from ? before - 1 : before;
    if (to != from)
        Q_EMIT moveRequested(from, to);
    // The view removes the rows of a move that succeeded; here the owner has moved them already.
    return false;
}

} // namespace saddle
