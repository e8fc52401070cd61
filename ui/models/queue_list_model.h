// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/queue/queue.h"

#include <QAbstractTableModel>

#include <optional>
#include <vector>

namespace saddle {

/// How far the entry on the bench is.
struct QueueTurnProgress {
    std::int64_t id = 0; ///< of the entry; 0: none is on the bench
    std::int64_t step = 0;
    double done = -1; ///< 0 .. 1; below 0 where steps do not tell
    QString words; ///< "loading", "paused", "12 min left"

    bool operator==(const QueueTurnProgress&) const = default;
};

/// The entries of the queue in their order, to be dragged.
class QueueListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, EndColumn, StateColumn, ColumnCount };
    enum Role {
        NoteRole = Qt::UserRole, ///< second line below the name
        FailureRole, ///< whether that line says why it failed
        StateRole, ///< QueueState as a number
        ProgressRole, ///< 0 .. 1; invalid where there is none to show
        QuietRole, ///< it is over, or never had a turn
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// Rows stay where the same entries come again in the same order.
    void setEntries(const std::vector<QueueEntry>& entries);
    void setProgress(const QueueTurnProgress& progress);
    const std::vector<QueueEntry>& entries() const { return m_entries; }
    /// The row of an entry, or -1.
    int rowOf(std::int64_t id) const;

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
    /// Entries were dropped before another one; without that, at the end.
    void moveRequested(const std::vector<std::int64_t>& ids, std::optional<std::int64_t> before);

private:
    QString stateText(const QueueEntry& entry) const;
    bool isOnBench(const QueueEntry& entry) const;

    std::vector<QueueEntry> m_entries;
    QueueTurnProgress m_progress;
};

/// After what an experiment ends: "20,000 steps", "2 h".
QString endText(const Json& document);

} // namespace saddle
