// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image_header.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace saddle {

/// What becomes of each picture of a folder.
struct DecodeSettings {
    int size = 64; ///< side of the result in pixels
    int crop = 0; ///< side of the centred square that is kept before the resize; 0: the largest
    bool grey = false;
    std::uint8_t background = 0; ///< grey level under transparent parts

    int channels() const { return grey ? 1 : 3; }
    std::size_t bytes() const
    {
        return static_cast<std::size_t>(channels()) * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    }
};

/// Turns a file's bytes into pixels. Kept apart from the source that reads folders, so that this builds without the
/// library that decodes.
struct ImageDecoder {
    std::string name; ///< of the library, with its version and that of the code around it: others give other pixels

    /// Writes settings.bytes() bytes, planes of red, green and blue or one of grey. Upright, at 8 bits a sample. Called
    /// from several threads at once; throws nothing. Empty in a build that cannot decode.
    std::function<Status(std::string_view bytes, const ImageHeader& header, const DecodeSettings& settings,
        const std::string& where, std::uint8_t* pixels)>
        decode;
};

} // namespace saddle
