// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/runs/catalog.h"

#include <QObject>
#include <QString>

#include <array>

namespace saddle {

/// As what a run is taken elsewhere.
enum class RunFormat { Archive, Csv, TensorBoard, Gif, Mp4 };

/// What a person chooses among, and how a file of it is called.
struct RunFormatInfo {
    RunFormat format;
    const char* name; ///< of its action: "exportRunArchive"
    const char* label; ///< to be translated
    const char* ending; ///< ".zip"; empty for a folder
    const char* filter; ///< to be translated
};
const std::array<RunFormatInfo, 5>& runFormats();

/// Writes a run to a file or folder, on a thread of its own. Tells how far it is and what came of it on the thread of
/// the window.
class RunExport : public QObject {
    Q_OBJECT

public:
    explicit RunExport(const Catalog& catalog, QObject* parent = nullptr);

    /// Nothing while another is being written.
    void start(const QString& run, RunFormat format, const QString& target);
    /// Neither `saved` nor `failed` follows, and what was there before stays.
    void cancel();
    bool isBusy() const { return m_busy; }

Q_SIGNALS:
    void busyChanged();
    void progress(double part, const QString& what); ///< 0 .. 1
    void saved(const QString& target);
    void failed(const QString& why);

private:
    void end();

    const Catalog& m_catalog;
    bool m_busy = false;
    JobThread m_work; ///< last: joins before the rest goes
};

} // namespace saddle
