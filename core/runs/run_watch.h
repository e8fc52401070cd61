// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diversity.h"
#include "core/runs/run_folder.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// Follows a run by its folder while another process trains it. Nothing is written or locked there, and of files that
/// grow only what is new is read.
class RunWatch {
public:
    /// `columns` is the order in which rows give their values; the run may have others.
    RunWatch(std::filesystem::path folder, std::vector<std::string> columns);

    struct News {
        std::vector<MetricRow> rows;
        std::vector<RunEvent> events;
        std::vector<DiversityPoint> diversity;
        bool trained = false; ///< some process has the run open at this moment
        bool rewritten = false; ///< what was read before holds no more: the run was gone on with from an earlier step
    };
    /// What has come since the last look; the first time, all there is. A line that is still being written waits.
    News look();

    const std::filesystem::path& folder() const { return m_folder; }

private:
    /// A file that grows by whole lines.
    struct Growing {
        const char* name;
        std::uint64_t read = 0; ///< bytes of it, whole lines
        std::uint64_t inode = 0; ///< of the file they were read from
    };
    /// The lines that are new; nothing where the file is another one, or shorter than it was.
    std::optional<std::string> newLines(Growing& file) const;
    MetricRow rowOf(std::string_view line) const;

    std::filesystem::path m_folder;
    std::vector<std::string> m_columns;
    std::vector<std::ptrdiff_t> m_places; ///< of the wanted columns among the file's cells; -1: it has none
    std::vector<std::ptrdiff_t> m_heads; ///< of step, epoch, images, seconds
    Growing m_metrics{"metrics.csv"};
    Growing m_events{"events.jsonl"};
    std::int64_t m_measured = -1; ///< step of the last point of diversity
};

} // namespace saddle
