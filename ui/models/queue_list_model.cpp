// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/queue_list_model.h"

#include "core/base/json_values.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/number_text.h"

#include <QDataStream>
#include <QIODevice>
#include <QMimeData>

#include <algorithm>

namespace saddle {

namespace {

const QString mimeType = QStringLiteral("application/x-saddle-queue");

bool sameRows(const std::vector<QueueEntry>& one, const std::vector<QueueEntry>& other)
{
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
        [](const QueueEntry& a, const QueueEntry& b) { return a.id == b.id; });
}

} // namespace

QString endText(const Json& document)
{
    QStringList ends;
    if (const double steps = numberAt(document, "training.steps"); steps > 0)
        ends << QueueListModel::tr("%1 steps").arg(groupedText(static_cast<qint64>(steps)));
    if (const double images = numberAt(document, "training.images"); images > 0)
        ends << QueueListModel::tr("%1 images").arg(groupedText(static_cast<qint64>(images)));
    if (const double minutes = numberAt(document, "training.minutes"); minutes > 0)
        ends << QueueListModel::tr("%1 min").arg(minutes);
    if (numberAt(document, "training.patience") > 0)
        ends << QueueListModel::tr("patience");
    return ends.join(QueueListModel::tr(" or "));
}

void QueueListModel::setEntries(const std::vector<QueueEntry>& entries)
{
    if (!sameRows(m_entries, entries)) {
        beginResetModel();
        m_entries = entries;
        endResetModel();
        return;
    }
    m_entries = entries;
    if (!m_entries.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void QueueListModel::setProgress(const QueueTurnProgress& progress)
{
    if (progress == m_progress)
        return;
    const std::int64_t before = m_progress.id;
    m_progress = progress;
    for (const std::int64_t id : {before, progress.id}) {
        if (const int row = rowOf(id); row >= 0)
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

int QueueListModel::rowOf(std::int64_t id) const
{
    const auto entry =
        std::find_if(m_entries.begin(), m_entries.end(), [id](const QueueEntry& each) { return each.id == id; });
    return entry == m_entries.end() ? -1 : static_cast<int>(entry - m_entries.begin());
}

int QueueListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

int QueueListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

bool QueueListModel::isOnBench(const QueueEntry& entry) const
{
    return m_progress.id == entry.id;
}

QString QueueListModel::stateText(const QueueEntry& entry) const
{
    const QString step = groupedText(entry.step);
    switch (entry.state) {
    case QueueState::Waiting:
        return entry.step > 0 ? tr("goes on at step %1").arg(step) : tr("waiting");
    case QueueState::Running:
        return isOnBench(entry) ? m_progress.words : tr("training elsewhere");
    case QueueState::Done:
        return tr("done");
    case QueueState::Failed:
        return tr("failed");
    case QueueState::Stopped:
        return tr("stopped at step %1").arg(step);
    case QueueState::Aside:
        return tr("put aside, not run");
    }
    return {};
}

QVariant QueueListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const QueueEntry& entry = m_entries[static_cast<std::size_t>(index.row())];
    const bool failed = entry.state == QueueState::Failed;
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == NameColumn)
            return fromUtf8(entry.name);
        return index.column() == EndColumn ? endText(entry.document) : stateText(entry);
    case Qt::ToolTipRole: {
        QStringList lines{fromUtf8(entry.name)};
        for (const std::string& line : {entry.note, entry.failure, entry.run.string()}) {
            if (!line.empty())
                lines << fromUtf8(line);
        }
        if (entry.state == QueueState::Aside)
            lines << tr("It was on the bench with edits when the queue took its place. Open puts it back, edits "
                        "and all.");
        return lines.join(QLatin1Char('\n'));
    }
    case NoteRole:
        return fromUtf8(entry.failure.empty() ? entry.note : entry.failure);
    case FailureRole:
        return failed;
    case StateRole:
        return static_cast<int>(entry.state);
    case ProgressRole:
        return isOnBench(entry) && m_progress.done >= 0 ? QVariant(m_progress.done) : QVariant();
    case QuietRole:
        return entry.state != QueueState::Waiting && entry.state != QueueState::Running;
    default:
        return {};
    }
}

QVariant QueueListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString titles[]{tr("Experiment"), tr("Ends after"), tr("State")};
    return titles[section];
}

Qt::ItemFlags QueueListModel::flags(const QModelIndex& index) const
{
    // Between rows only: nothing is dropped on an entry.
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    return Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

QStringList QueueListModel::mimeTypes() const
{
    return {mimeType};
}

QMimeData* QueueListModel::mimeData(const QModelIndexList& indexes) const
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    for (const QModelIndex& index : indexes) {
        if (index.column() == 0)
            stream << qint64{m_entries[static_cast<std::size_t>(index.row())].id};
    }
    auto* data = new QMimeData;
    data->setData(mimeType, bytes);
    return data;
}

bool QueueListModel::dropMimeData(
    const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent)
{
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    QDataStream stream(data->data(mimeType));
    std::vector<std::int64_t> ids;
    while (!stream.atEnd()) {
        qint64 id = 0;
        stream >> id;
        ids.push_back(id);
    }
    std::optional<std::int64_t> before;
    if (row >= 0 && row < rowCount())
        before = m_entries[static_cast<std::size_t>(row)].id;
    Q_EMIT moveRequested(ids, before);
    return true;
}

} // namespace saddle
