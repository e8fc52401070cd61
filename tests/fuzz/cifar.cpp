// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/cifar.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const saddle::fuzz::MemoryFile file(data, size);
    static_cast<void>(saddle::countCifar10(file.path()));
    saddle::CifarImages images;
    static_cast<void>(saddle::readCifar10(file.path(), images));
    return 0;
}
