// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"

#include <exception>
#include <string>

namespace saddle {

/// What an exception of torch, or of a WorkerGroup, means for a person.
Fault faultFrom(const std::exception& thrown, std::int64_t step);

} // namespace saddle
