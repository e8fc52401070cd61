// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"

#include <string>

namespace saddle {

/// What worker 0 tells the others, as JSON: "do" is one of these, the rest are the arguments of the Engine's function
/// of that name. A checkpoint is a message of its own behind its order. The first message of all is the experiment,
/// empty where worker 0 could not begin.
namespace orders {
constexpr const char* advance = "advance"; ///< "only"
constexpr const char* takeRows = "take_rows";
constexpr const char* apply = "apply"; ///< "path", "value"
constexpr const char* restore = "restore"; ///< a checkpoint follows
constexpr const char* beginFrom = "begin_from"; ///< likewise
constexpr const char* end = "end";
} // namespace orders

/// A checkpoint as one message. Throws where it cannot be written.
std::string packed(const CheckpointData& checkpoint);
/// The checkpoint of such a message. Throws where it is none.
CheckpointData unpacked(const std::string& message);

} // namespace saddle
