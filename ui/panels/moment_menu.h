// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/run_timeline.h"

#include <functional>

class QMenu;
class QWidget;

namespace saddle {

using StepAction = std::function<void(qint64 step)>;

/// Adds to a menu what can be done with the moment nearest to a step: to look at it and, where it left a checkpoint,
/// to go on from it. Adds nothing where nothing was left.
void addMomentActions(QMenu* menu, const RunTimeline& timeline, qint64 step, const StepAction& goTo,
    const StepAction& rewind, const StepAction& fork);
/// The same as a menu by itself; null where nothing was left.
QMenu* makeMomentMenu(QWidget* owner, const RunTimeline& timeline, qint64 step, const StepAction& goTo,
    const StepAction& rewind, const StepAction& fork);

} // namespace saddle
