// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/run_shelf.h"

#include "ui/models/experiment_document.h"

#include <QImageReader>

#include <algorithm>

namespace saddle {

namespace {

constexpr int largestSide = 8192; ///< of a kept grid that is shown
constexpr int thumbnailSide = 64; ///< pixels that make a picture of a list, about
constexpr int gap = 2; ///< between the pictures of a grid

/// A kept grid; null for what is none, or too large to be one.
QImage readGrid(const std::filesystem::path& file)
{
    if (file.empty())
        return {};
    QImageReader reader(QString::fromStdString(file.string()), "png");
    const QSize size = reader.size();
    if (size.isEmpty() || size.width() > largestSide || size.height() > largestSide)
        return {};
    return reader.read();
}

/// The first pictures of a grid, as many as are still to be told apart in a list; points as they are.
QImage firstPictures(const QImage& grid, int rows, int columns)
{
    if (grid.isNull() || rows < 1 || columns < 1)
        return grid;
    // From one picture to the next; the last has no gap behind it.
    const int right = std::max(1, (grid.width() + gap) / columns);
    const int down = std::max(1, (grid.height() + gap) / rows);
    const int across = std::clamp(qRound(thumbnailSide / static_cast<double>(right)), 1, columns);
    const int below = std::clamp(qRound(thumbnailSide / static_cast<double>(down)), 1, rows);
    return grid.copy(0, 0, std::max(1, across * right - gap), std::max(1, below * down - gap));
}

} // namespace

RunShelf::RunShelf(const Catalog& catalog, QObject* parent)
    : QObject(parent)
    , m_catalog(catalog)
{
}

void RunShelf::setFolder(const std::filesystem::path& folder)
{
    m_folder = folder;
    m_known.clear();
}

void RunShelf::scan()
{
    m_reading.post("scan", [this, folder = m_folder, known = m_known](const std::stop_token& stop) {
        auto found = std::make_shared<Result<std::vector<RunSummary>>>(scanRuns(folder, known, stop));
        if (stop.stop_requested())
            return;
        QMetaObject::invokeMethod(
            this,
            [this, folder, found] {
                if (folder != m_folder)
                    return;
                if (!*found) {
                    Q_EMIT failed(fromUtf8(found->error().sentence()));
                    return;
                }
                m_known = **found;
                Q_EMIT scanned(m_known);
            },
            Qt::QueuedConnection);
    });
}

void RunShelf::askDetails(const RunSummary& run)
{
    m_reading.post("details", [this, run](const std::stop_token&) {
        auto details = std::make_shared<const RunDetails>(readDetails(run, m_catalog));
        QMetaObject::invokeMethod(
            this, [this, details, grid = readGrid(run.thumbnail)] { Q_EMIT detailsReady(details, grid); },
            Qt::QueuedConnection);
    });
}

void RunShelf::askThumbnail(const RunSummary& run)
{
    m_pictures.post(run.path.string(), [this, run](const std::stop_token&) {
        QImage grid = readGrid(run.thumbnail);
        const QImage shown = firstPictures(grid, run.gridRows, run.gridColumns);
        const QString path = QString::fromStdString(run.path.string());
        QMetaObject::invokeMethod(
            this, [this, path, shown] { Q_EMIT thumbnailReady(path, shown); }, Qt::QueuedConnection);
    });
}

} // namespace saddle
