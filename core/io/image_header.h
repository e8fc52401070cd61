// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace saddle {

enum class ImageFormat { Png, Jpeg, Webp, Bmp, Tiff };

/// What a sample beside a TIFF's colours is.
enum class ExtraSample {
    Unknown,
    Alpha,
    MultipliedAlpha, ///< the colours are already times alpha
};

/// What a picture's file says before a pixel is decoded.
struct ImageHeader {
    ImageFormat format = ImageFormat::Png;
    std::int64_t width = 0; ///< pixels as stored, before the orientation is applied
    std::int64_t height = 0;
    int orientation = 1; ///< EXIF's: 1 to 8, how the stored picture must be turned to be upright
    ExtraSample extra = ExtraSample::Unknown; ///< of TIFF alone
    /// Of a PNG picture without alpha: red, green and blue of the pixels that are transparent, with 16 bits where its
    /// samples have as many, otherwise with 8.
    std::optional<std::array<std::uint16_t, 3>> transparent = {};
};

/// Reads the header of a PNG, JPEG, WebP, BMP or TIFF file from the file's bytes, by their content, whatever its name.
/// An Error for anything else, for more than 64 megapixels (`maximumPixels`), for a size that the bytes cannot hold
/// where the format lets that be told, for a JPEG or PNG that lacks its end, and for kinds that are decoded wrongly:
/// TIFF with grey and alpha, or of 16 bits with colours stored inverted, by plane or as others than grey and RGB; JPEG
/// of four colours that are not Adobe's. Allocates nothing that grows with what the header says. `where` names the file
/// in errors.
Result<ImageHeader> readImageHeader(std::string_view bytes, const std::string& where);

} // namespace saddle
