// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/latent/export_format.h"
#include "core/latent/generator_model.h"
#include "ui/widgets/save_file.h"

#include <QDialog>

#include <functional>
#include <optional>

class QComboBox;

namespace saddle {

class Lab;

/// As what a generator is exported, and where.
struct GeneratorExportRequest {
    ExportFormat format = ExportFormat::Safetensors;
    std::optional<Weights> weights; ///< none: those that are open
    QString file;
};

/// Asks for it.
class GeneratorExportDialog : public QDialog {
    Q_OBJECT

public:
    /// `choice`: there are other weights than those that are open.
    GeneratorExportDialog(const QString& stem, bool choice, SaveDialog saveFile, QWidget* parent = nullptr);

    std::optional<GeneratorExportRequest> ask();

private:
    QString m_stem;
    SaveDialog m_saveFile;
    QComboBox* m_format;
    QComboBox* m_weights;
};

/// Writes the open generator to a file, on a thread of its own. Tells what came of it on the thread of the window.
class GeneratorExport : public QObject {
    Q_OBJECT

public:
    explicit GeneratorExport(Lab* lab, QObject* parent = nullptr);

    /// Why the generator that is open cannot be exported; empty when it can.
    QString whyNot() const;
    void write(const GeneratorExportRequest& request);
    /// Neither `saved` nor `failed` follows, and what was there before stays; it is busy until the work has ended.
    void cancel();
    bool isBusy() const { return m_busy; }

Q_SIGNALS:
    /// A file is being written, or no longer.
    void busyChanged();
    void saved(const QString& file);
    void failed(const QString& why);

private:
    Lab* m_lab;
    bool m_busy = false;
    JobThread m_work; ///< last: joins before the rest goes
};

} // namespace saddle
