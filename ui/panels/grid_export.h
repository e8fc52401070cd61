// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>

#include <filesystem>
#include <vector>

namespace saddle {

/// Copies files into a folder, one between two events. Never overwrites: a file that is there already with the same
/// content is left, and where a name is taken by another, a number is put behind it. Stops at the first failure.
class GridExport : public QObject {
    Q_OBJECT

public:
    struct Report {
        QString folder;
        int copied = 0;
        int alreadyThere = 0;
        int renamed = 0; ///< of those copied
        bool cancelled = false;
        QString error; ///< a sentence; empty when nothing went wrong
    };

    explicit GridExport(QObject* parent = nullptr);

    /// Does nothing while one is under way.
    void start(std::vector<std::filesystem::path> files, const QString& folder);
    void cancel();
    bool isRunning() const { return m_running; }
    const Report& report() const { return m_report; }

Q_SIGNALS:
    void progress(int done, int total);
    void finished();

private:
    void copyNext();
    bool copyOne(const std::filesystem::path& file);
    void finish();

    QTimer m_timer;
    std::vector<std::filesystem::path> m_files;
    std::size_t m_next = 0;
    bool m_running = false;
    Report m_report;
};

} // namespace saddle
