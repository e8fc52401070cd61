// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "ui/plots/plot_types.h"
#include "ui/plots/series_csv.h"

#include <QObject>
#include <QTimer>

#include <memory>

class QSaveFile;

namespace saddle {

/// Writes columns of a store to a file, some rows between two events: whole or, when cancelled, not at all. What is
/// short is done within start().
class CsvExport : public QObject {
    Q_OBJECT

public:
    static constexpr std::size_t rowsAtOnce = 10'000;

    explicit CsvExport(QObject* parent = nullptr);
    ~CsvExport() override;

    /// All columns when `columns` is empty; the markers become events. The store must outlive the export. Does nothing
    /// while one is under way.
    void start(const QString& path, const SeriesStore& store, std::vector<std::size_t> columns,
        const std::vector<Marker>& markers);
    void cancel();
    bool isRunning() const { return m_writer != nullptr; }

Q_SIGNALS:
    void progress(int rows, int total);
    /// The file is there.
    void saved(const QString& path);
    /// It could not be written, in words for a person.
    void failed(const QString& what);
    /// One of saved, failed or cancelled has come about.
    void finished();

private:
    void writeNext();
    void finish();

    QTimer m_timer;
    std::unique_ptr<QSaveFile> m_file;
    std::unique_ptr<CsvWriter> m_writer;
};

} // namespace saddle
