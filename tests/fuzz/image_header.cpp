// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/image_header.h"
#include "core/io/image.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto header = saddle::readImageHeader(bytes, "input");
    if (header
        && (header->width < 1 || header->height < 1 || header->width * header->height > saddle::maximumPixels
            || header->orientation < 1 || header->orientation > 8))
        std::abort();
    static_cast<void>(saddle::decodePng(bytes, "input"));
    return 0;
}
