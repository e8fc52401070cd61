// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <filesystem>
#include <memory>

namespace saddle {

class Lab;
class Workbench;
struct CheckpointData;

/// Keeps the lab's generator as young as the run's on the bench: asks for copies of its weights, seldom while it
/// trains, and only while somebody looks. Or shows a checkpoint of it, where one looks back in time.
class RunFollower : public QObject {
    Q_OBJECT

public:
    static constexpr int interval = 2000; ///< milliseconds between two copies while training goes on

    RunFollower(Workbench* workbench, Lab* lab, QObject* parent = nullptr);

    /// Whether the lab is to show the run on the bench.
    void setFollowing(bool following);
    bool isFollowing() const { return m_following; }
    /// Whether somebody looks.
    void setWatched(bool watched);
    void setWeights(Weights weights);
    /// The checkpoint to show in the place of the newest weights; empty for these.
    void setCheckpoint(const std::filesystem::path& checkpoint);
    const std::filesystem::path& checkpoint() const { return m_checkpoint; }
    Weights weights() const { return m_weights; }

private:
    void look();
    void openCheckpoint();
    void take(const std::shared_ptr<const CheckpointData>& weights);

    Workbench* m_workbench;
    Lab* m_lab;
    Weights m_weights = Weights::Best;
    bool m_following = true;
    bool m_watched = false;
    bool m_asked = false;
    bool m_stale = true; ///< what the lab has is of another run, or of other weights
    std::int64_t m_step = -1; ///< of the newest copy
    std::filesystem::path m_checkpoint;
    QTimer m_settle; ///< while the time slider is dragged no checkpoint is read
    QElapsedTimer m_since; ///< the newest copy came
};

} // namespace saddle
