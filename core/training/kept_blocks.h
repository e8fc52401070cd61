// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace saddle {

/// From here on, tensors on the CPU get their larger blocks of memory from a store that keeps what is freed for the
/// next tensor of about that size, as every step asks for the same sizes again: the kernel would clear each block anew.
/// What is in use and what is kept are never more together than what was in use at once before.
void keepFreedBlocks();

/// Gives back what is kept, as when a training has ended.
void dropKeptBlocks();

/// Bytes.
struct BlockUse {
    std::int64_t used = 0;
    std::int64_t kept = 0;
    std::int64_t mostUsed = 0; ///< at once, since nothing was kept
    std::int64_t taken = 0; ///< blocks that came from the kernel, since the start
};
BlockUse blockUse();

} // namespace saddle
