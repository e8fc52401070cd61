// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/runs/run_details.h"
#include "core/runs/run_library.h"

#include <QImage>
#include <QObject>

#include <memory>

namespace saddle {

/// Reads a folder of runs beside the window's thread, which never waits for a disk.
class RunShelf : public QObject {
    Q_OBJECT

public:
    explicit RunShelf(const Catalog& catalog, QObject* parent = nullptr);

    /// Answers for another folder that are under way come to nothing.
    void setFolder(const std::filesystem::path& folder);
    const std::filesystem::path& folder() const { return m_folder; }

    /// scanned or failed follows. What did not change since the last time is not read again.
    void scan();
    /// detailsReady follows, for the last run that was asked for.
    void askDetails(const RunSummary& run);
    /// A few pictures of the newest kept grid: thumbnailReady follows.
    void askThumbnail(const RunSummary& run);

Q_SIGNALS:
    void scanned(const std::vector<saddle::RunSummary>& runs);
    void failed(const QString& why);
    void detailsReady(const std::shared_ptr<const saddle::RunDetails>& details, const QImage& grid);
    void thumbnailReady(const QString& path, const QImage& thumbnail);

private:
    const Catalog& m_catalog;
    std::filesystem::path m_folder;
    std::vector<RunSummary> m_known;
    JobThread m_reading; ///< these last: they join first
    JobThread m_pictures;
};

} // namespace saddle
