// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <QObject>

#include <memory>
#include <thread>

namespace saddle {

/// A canvas that was painted, with what it is of.
struct Painting {
    Image image;
    PngText text; ///< for its PNG
    CanvasRequest request;
    std::int64_t step = 0;
    bool averaged = false;
    QString label; ///< name of the class; empty where the generator reads none
};

/// Opens a generator and paints with it, on a thread of its own. Everything that comes out is a value, and every signal
/// is sent from this object's thread.
class Painter : public QObject {
    Q_OBJECT

public:
    explicit Painter(GeneratorFactory factory, QObject* parent = nullptr);
    /// Cancels and waits: for the part of the painting that is under way, at most.
    ~Painter() override;

    /// Does nothing while it is running.
    void start(const std::filesystem::path& checkpoint, const CanvasRequest& request);
    void cancel();
    bool isRunning() const { return m_running; }

Q_SIGNALS:
    void progress(int done, int parts);
    /// One of these ends each start.
    void finished(std::shared_ptr<const saddle::Painting> painting);
    void failed(const QString& why);
    void cancelled();

private:
    void end();

    GeneratorFactory m_factory;
    bool m_running = false;
    std::jthread m_thread;
};

} // namespace saddle
