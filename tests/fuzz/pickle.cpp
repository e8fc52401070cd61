// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pickle.h"
#include "core/io/torch_networks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto pickle = saddle::readPickle(bytes, "input");
    if (pickle) {
        static_cast<void>(saddle::findNetworks(*pickle));
        static_cast<void>(saddle::firstObject(*pickle));
        static_cast<void>(saddle::describeContents(*pickle));
    }
    return 0;
}
