// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/shown_name.h"

#include <algorithm>

namespace saddle {

namespace {

/// Length of the UTF-8 letter that a text begins with, or 0 where it begins with none.
std::size_t letterLength(std::string_view text)
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80 ? 1
        : byte(0) >= 0xc2 && byte(0) < 0xe0   ? 2
        : (byte(0) & 0xf0) == 0xe0            ? 3
        : byte(0) >= 0xf0 && byte(0) < 0xf5   ? 4
                                              : 0;
    if (length == 0 || length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    }
    // Overlong letters, halves of pairs, and what is beyond Unicode.
    if ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) > 0x9f)
        || (byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) > 0x8f))
        return 0;
    return length;
}

} // namespace

std::string shownName(std::string_view name)
{
    constexpr std::size_t most = 100;
    std::string shown;
    for (std::size_t i = 0; i < name.size();) {
        if (shown.size() >= most)
            return shown + "…";
        const std::size_t length = letterLength(name.substr(i));
        const bool control = length == 1 && (static_cast<unsigned char>(name[i]) < 0x20 || name[i] == 0x7f);
        shown += length == 0 || control ? "?" : name.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
    return shown;
}

} // namespace saddle
