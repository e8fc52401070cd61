// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_library.h"

#include <QAbstractItemModel>
#include <QHash>
#include <QImage>
#include <QSortFilterProxyModel>

#include <map>
#include <vector>

namespace saddle {

/// The runs of a folder: one a row, or those that branched off another below it.
class RunListModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column {
        NameColumn,
        PresetColumn,
        StateColumn,
        StepsColumn,
        TimeColumn,
        DiscriminatorColumn,
        GeneratorColumn,
        ChangedColumn,
        SizeColumn,
        ColumnCount
    };
    enum Role {
        SortRole = Qt::UserRole,
        WordsRole, ///< all that a filter looks through
        NoteRole,
        PinnedRole,
        QuietRole, ///< no run, or a damaged one
        ThumbnailRole,
        StateRole, ///< RunState as a number
    };

    explicit RunListModel(QObject* parent = nullptr);

    /// Rows stay the same where the same runs come again: what is chosen stays chosen.
    void setRuns(std::vector<RunSummary> runs);
    const std::vector<RunSummary>& runs() const { return m_runs; }
    /// Whether branches stand below the run they came of, where that is in the list.
    void setTree(bool tree);
    bool hasBranches() const;
    /// The run of the window's bench, whose state is told without "elsewhere".
    void setOpenRun(const std::filesystem::path& run);
    void setThumbnail(const QString& path, const QImage& thumbnail);

    const RunSummary& runAt(const QModelIndex& index) const;
    QModelIndex indexOf(const std::filesystem::path& run) const;
    static QString pathOf(const RunSummary& run);
    /// Writes what is noted of a run. `problem` tells why it cannot be.
    bool mark(const QModelIndex& index, const RunMarks& marks);

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    /// The name, as marks.json keeps it. An empty one gives the folder's name back.
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void problem(const QString& text);

private:
    struct Node {
        int parent = -1;
        int row = 0; ///< below its parent
        std::vector<int> children;
    };

    static int nodeOf(const QModelIndex& index) { return static_cast<int>(index.internalId()); }
    const std::vector<int>& childrenOf(const QModelIndex& parent) const;
    void arrange();
    int parentOf(int run, const std::map<std::string, int>& byFolder) const;
    QString text(const RunSummary& run, int column) const;
    QVariant sortValue(const RunSummary& run, int column) const;
    QString stateText(const RunSummary& run) const;
    QString toolTip(const RunSummary& run) const;

    std::vector<RunSummary> m_runs;
    std::vector<Node> m_nodes; ///< one a run
    std::vector<int> m_top;
    QHash<QString, QImage> m_thumbnails;
    std::filesystem::path m_openRun;
    bool m_tree = false;
};

/// The runs that have all words of a filter, sorted by a column, pinned ones first in either order.
class RunFilterModel : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit RunFilterModel(RunListModel* runs, QObject* parent = nullptr);

    void setWords(const QString& words);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    QStringList m_words;
};

} // namespace saddle
