// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto read = saddle::decodeSafetensors({reinterpret_cast<const char*>(data), size}, "input");
    // What was read can be written and is the same again.
    if (read) {
        const auto bytes = saddle::encodeSafetensors(read->tensors, read->metadata);
        if (bytes && saddle::decodeSafetensors(*bytes, "again")->tensors != read->tensors)
            std::abort();
    }
    return 0;
}
