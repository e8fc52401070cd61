// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/pickle.h"

namespace saddle {

/// What a pickle asks to be called: a class for an instance of it, or anything.
enum class CallKind { Class, Function };

/// Adds to the pickle's nodes what a call gives. A few callables that only arrange values are known and done here
/// (ordered dictionaries, sets, bytes as old protocols write them, torch.Size); of any other the name and the arguments
/// are kept. `copied` grows by the items and bytes that were written again. False for a call of what is no name, or of
/// a known one with what it does not take.
bool callKnown(Pickle& pickle, PickleIndex callable, PickleIndex arguments, CallKind how, std::size_t& copied);

} // namespace saddle
