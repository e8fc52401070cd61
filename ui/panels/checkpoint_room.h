// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/retention.h"

#include <QLabel>

namespace saddle {

/// What a run's checkpoints take of the room they may take: words over a thin bar, which warns where little is left.
/// Hidden while there is no checkpoint.
class CheckpointRoom : public QLabel {
    Q_OBJECT

public:
    explicit CheckpointRoom(QWidget* parent = nullptr);

    /// `gigabytes` is the setting: 0 for no limit.
    void show(const CheckpointUse& use, double gigabytes);

    enum class Level { Room, Near, Over };
    Level level() const { return m_level; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Level m_level = Level::Room;
    double m_share = 0; ///< of the room; 0 where there is no limit
};

} // namespace saddle
