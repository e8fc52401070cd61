// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/study/study_runner.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace saddle {

/// The only object of the window that touches a StudyRunner.
class StudyBridge : public QObject {
    Q_OBJECT

public:
    StudyBridge(const Catalog& catalog, EngineFactory factory, QObject* parent = nullptr);
    ~StudyBridge() override;

    const Catalog& catalog() const { return m_catalog; }

    /// Begins a study that was checked. One that is under way is stopped first.
    void start(Study study, const std::filesystem::path& folder);
    /// Ends it in order; progress says when that is done.
    void stop();

    bool isRunning() const { return m_runner && !m_now.over; }
    const Study& study() const { return m_study; }
    const StudyProgress& now() const { return m_now; }

Q_SIGNALS:
    void changed();
    void samplesChanged(std::shared_ptr<const saddle::Samples> samples);

private:
    void drain();

    const Catalog& m_catalog;
    EngineFactory m_factory;
    Study m_study;
    std::unique_ptr<StudyRunner> m_runner;
    StudyProgress m_now;
    QTimer m_timer;
};

} // namespace saddle
