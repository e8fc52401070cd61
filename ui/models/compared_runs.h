// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/lineage.h"
#include "core/runs/settings_table.h"
#include "ui/plots/plot_types.h"

#include <QStringList>

#include <memory>

namespace saddle {

/// A run that is laid beside others, with the life it came from.
struct ComparedRun {
    std::filesystem::path folder;
    QString name; ///< each has another
    QString letter; ///< "A": what stands for it in the plots
    SeriesColour colour = SeriesColour::Neutral;
    Lineage lineage;
    Json begun; ///< the experiment it began with, resolved; empty where that cannot be done
    Json now; ///< the same with the edits made while it ran
    std::vector<std::string> columns; ///< of `cells`
    std::vector<double> cells; ///< row after row
    std::vector<std::pair<std::int64_t, std::filesystem::path>> grids;

    std::size_t rowCount() const { return columns.empty() ? 0 : cells.size() / columns.size(); }
    std::optional<std::size_t> column(std::string_view key) const;
    /// The last recorded value of a column; nothing where there is none.
    std::optional<double> last(std::string_view key) const;
    /// The grid at a step, or the last one before it, or else the first; -1 when none was kept.
    int gridAt(std::int64_t step) const;
};

/// Several runs laid side by side: their curves in one store, their settings in one table.
class ComparedRuns {
public:
    static constexpr std::size_t most = 8; ///< so many colours are told apart

    explicit ComparedRuns(const Catalog& catalog);

    /// An Error says what is not a run, is here already, or is one too many. Rows and settings that cannot be read are
    /// among the problems; what else there is of the run is good.
    Status add(const std::filesystem::path& folder);
    void remove(std::size_t index);
    /// Reads all of them anew: they may have gone on.
    void reload();
    const std::vector<ComparedRun>& runs() const { return m_runs; }
    const QStringList& problems() const { return m_problems; }

    /// Fills a store with all rows: by the column of the x axis, then "NAME/column" of each run. Rows of several runs
    /// with the same x are one.
    void fill(SeriesStore& store, XAxis axis) const;
    /// One plot for each group of columns, in which at most two columns of each run stand: solid and dashed.
    std::vector<PlotGroup> groups(const std::vector<bool>& shown) const;
    /// The settings of all runs; a pair of values where a run's was changed on the way.
    struct Setting {
        QString section;
        QString label;
        QStringList values;
        bool differs = false;
    };
    std::vector<Setting> settings() const;
    /// What has become of them: steps, training time, where they began.
    std::vector<Setting> facts() const;

private:
    Result<ComparedRun> read(const std::filesystem::path& folder);
    void nameAll();

    const Catalog& m_catalog;
    std::vector<ComparedRun> m_runs;
    QStringList m_problems;
};

} // namespace saddle
