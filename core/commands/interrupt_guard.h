// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace saddle {

/// While one exists, Ctrl+C asks once for an orderly end; the second time it ends the process as usual.
class InterruptGuard {
public:
    InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    ~InterruptGuard();
};

/// Whether an end was asked for since the last guard was made.
bool interrupted();

} // namespace saddle
