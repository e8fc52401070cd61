// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <functional>
#include <string>

namespace saddle {

/// Reports how far loading is (0 to 1) and what it is at; false means: give up. Called often enough that a person who
/// cancels waits a fraction of a second, and from one thread only. Never empty.
using LoadMonitor = std::function<bool(double fraction, const std::string& what)>;

/// A monitor for loading that nobody watches.
inline bool unwatched(double, const std::string&)
{
    return true;
}

/// What a loader that was told to give up returns.
inline Error loadingCancelled()
{
    return {"loading was cancelled", "", ""};
}

} // namespace saddle
