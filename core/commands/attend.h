// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/play_to_end.h"

namespace saddle {

class InterruptGuard;
class ProgressLine;

/// A run that is watched on a terminal: its warnings, its data and device, and how far it is on a line; Ctrl+C ends it.
/// The line and the guard outlive it.
Attendance attend(ProgressLine& line, const InterruptGuard& guard);

} // namespace saddle
