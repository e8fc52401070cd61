// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/idx.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const saddle::fuzz::MemoryFile file(data, size);
    static_cast<void>(saddle::readIdxSize(file.path()));
    static_cast<void>(saddle::readIdxImages(file.path()));
    static_cast<void>(saddle::readIdxLabels(file.path()));
    return 0;
}
