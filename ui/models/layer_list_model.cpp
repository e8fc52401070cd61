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
{
}

void LayerListModel::setPicture(NetworkPicture picture)
{
    // Layers are known by their places: one more or less makes other rows of all behind it.
    const bool another = picture.network.layers.size() != m_picture.network.layers.size();
    if (another)
        beginResetModel();
    m_picture = std::move(picture);
    m_widest = widthOf(m_picture.fit.input);
    for (const LayerShape& shape : m_picture.shapes)
        m_widest = std::max(m_widest, widthOf(shape.output));
    if (another)
        endResetModel();
    else
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int LayerListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : layerCount() + 2;
}

int LayerListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

bool LayerListModel::isKnown(int row) const
{
    if (m_picture.fit.input.empty())
        return false;
    return row <= static_cast<int>(m_picture.shapes.size()) || row == layerCount() + 1;
}

Shape LayerListModel::shapeAt(int row) const
{
    if (row == 0)
        return m_picture.fit.input;
    // The last row is what the experiment wants; it is the last layer's shape whenever the network builds.
    if (row == layerCount() + 1)
        return m_picture.fit.output;
    return m_picture.shapes[static_cast<std::size_t>(row - 1)].output;
}

double LayerListModel::widthAt(int row) const
{
    return isKnown(row) ? std::min(1.0, widthOf(shapeAt(row)) / m_widest) : 0.0;
}

std::int64_t LayerListModel::parametersAt(int row) const
{
    if (row == 0 || !isKnown(row))
        return 0;
    return row == layerCount() + 1 ? m_picture.parameters
                                   : m_picture.shapes[static_cast<std::size_t>(row - 1)].parameters;
}

QString LayerListModel::titleAt(int row) const
{
    if (row == 0)
        return tr("Input");
    if (row == layerCount() + 1)
        return tr("Output");
    const std::size_t layer = static_cast<std::size_t>(row - 1);
    const QString title = QString::fromStdString(m_picture.titles[layer]);
    const std::string& id = m_picture.network.layers[layer].id;
    return id.empty() ? title : QStringLiteral("%1: %2").arg(QString::fromStdString(id), title);
}

QString LayerListModel::tailAt(int row) const
{
    if (row == 0)
        return m_picture.fit.role == "generator" ? tr("a latent vector") : tr("a sample");
    if (row == layerCount() + 1)
        return m_picture.fit.role == "generator" ? tr("a sample") : tr("what the objective reads");
    QStringList parts;
    const QString title = titleAt(row);
    const qsizetype mark = title.indexOf(QLatin1String(tailMark));
    if (mark >= 0)
        parts.append(title.mid(mark + 1));
    const std::vector<std::string>& inputs = m_picture.network.layers[static_cast<std::size_t>(row - 1)].inputs;
    if (!inputs.empty())
        parts.append(tr("takes %1").arg(QString::fromStdString(inputsText(inputs))));
    return parts.join(QStringLiteral(" · "));
}

QString LayerListModel::text(int row, int column) const
{
    const bool end = row == 0 || row == layerCount() + 1;
    switch (column) {
    case NumberColumn:
        return end ? QString() : QString::number(row - 1);
    case LayerColumn:
        return titleAt(row);
    case OutputColumn:
        return isKnown(row) ? QString::fromStdString(shapeText(shapeAt(row))) : QString();
    case ParametersColumn:
        if (row == 0 || !isKnown(row) || (row == layerCount() + 1 && !m_picture.builds()))
            return {};
        return parametersAt(row) == 0 ? QStringLiteral("–") : groupedText(parametersAt(row));
    default:
        return {};
    }
}

QString LayerListModel::toolTipAt(int row) const
{
    if (m_picture.error && row - 1 == m_picture.errorLayer)
        return QString::fromStdString(m_picture.error->sentence());
    QStringList lines;
    lines.append(
        row == 0 || row == layerCount() + 1 ? titleAt(row) + QStringLiteral(": ") + tailAt(row) : titleAt(row));
    if (!isKnown(row)) {
        if (m_picture.error && m_picture.errorLayer >= 0)
            lines.append(tr("Its shape is known once the layers before it build."));
        return lines.join(QLatin1Char('\n'));
    }
    lines.append(tr("Gives %1: %2 numbers").arg(text(row, OutputColumn), groupedText(elementCount(shapeAt(row)))));
    if (row > 0 && row <= layerCount()) {
        const LayerShape& shape = m_picture.shapes[static_cast<std::size_t>(row - 1)];
        if (shape.parameters > 0 && m_picture.parameters > 0) {
            lines.append(
                tr("%1 parameters, %2 % of the network's")
                    .arg(groupedText(shape.parameters))
                    .arg(100.0 * static_cast<double>(shape.parameters) / static_cast<double>(m_picture.parameters), 0,
                        'f', 1));
        }
        if (shape.flops > 0)
            lines.append(tr("%1 a sample").arg(flopText(shape.flops)));
    }
    return lines.join(QLatin1Char('\n'));
}

QVariant LayerListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int row = index.row();
    const bool end = row == 0 || row == layerCount() + 1;
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return toolTipAt(row);
    case Qt::AccessibleTextRole: {
        QStringList parts;
        if (!end && index.column() == LayerColumn)
            parts.append(tr("Layer %1").arg(row - 1));
        parts.append(text(row, index.column()));
        if (m_picture.error && row - 1 == m_picture.errorLayer && index.column() == LayerColumn)
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
        return m_picture.error && row - 1 == m_picture.errorLayer;
    case KnownRole:
        return isKnown(row);
    case ShareRole:
        if (end || m_picture.parameters <= 0)
            return 0.0;
        return static_cast<double>(parametersAt(row)) / static_cast<double>(m_picture.parameters);
    case WidthRole:
        return widthAt(row);
    case WidthBeforeRole:
        return row > 0 && isKnown(row - 1) ? widthAt(row - 1) : widthAt(row);
    case EndRole:
        return end;
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
    const bool end = index.row() == 0 || index.row() == layerCount() + 1;
    return end ? flags : flags | Qt::ItemIsDragEnabled;
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
    const int gap = parent.isValid() ? parent.row() : row < 0 ? layerCount() + 1 : row;
    if (from < 0 || from >= layerCount())
        return false;
    // `gap` is the row that what is dropped comes before, while the layer still stands where it was.
    const int before = std::clamp(gap - 1, 0, layerCount());
    const int to = before > from ? before - 1 : before;
    if (to != from)
        Q_EMIT moveRequested(from, to);
    // The view removes the rows of a move that succeeded; here the owner has moved them already.
    return false;
}

} // namespace saddle
