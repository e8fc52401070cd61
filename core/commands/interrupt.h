// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace saddle {

/// While it lives, Ctrl+C asks once for an orderly end; the second time it ends the process as usual. One at a time.
class InterruptGuard {
public:
    InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    ~InterruptGuard();

    bool interrupted() const;
};

} // namespace saddle
