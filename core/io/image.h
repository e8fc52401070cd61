// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A picture on the host: 8 bits a sample, row-major, channels interleaved (H x W x C).
struct Image {
    int width = 0; ///< pixels
    int height = 0; ///< pixels
    int channels = 0; ///< 1 (grey) or 3 (RGB)
    std::vector<std::uint8_t> pixels; ///< height * width * channels values, 0 to 255

    bool empty() const { return pixels.empty(); }
    bool operator==(const Image&) const = default;
};

/// No picture that is read, written or tiled has more pixels than this.
inline constexpr std::int64_t maximumPixels = 64'000'000;

/// Key and value pairs kept inside a PNG. Keys are 1 to 79 printable ASCII characters without a space at either end;
/// values are UTF-8 without NUL.
using PngText = std::map<std::string, std::string>;

/// PNG bytes of a picture. The same picture and text give the same bytes: fixed compression and filters, no time chunk.
/// An Error when the sizes and the pixels disagree, the picture is empty or too large, or a key is not permitted.
Result<std::string> encodePng(const Image& image, const PngText& text = {});

/// Writes a PNG whole or not at all.
Status writePng(const std::filesystem::path& path, const Image& image, const PngText& text = {});

/// Decodes PNG bytes to 8-bit grey or RGB: palettes and low or high bit depths are converted, alpha is dropped.
/// The size in the header is checked (maximumPixels, and what the bytes can hold) before anything is allocated for it.
/// `where` names the file in errors.
Result<Image> decodePng(std::string_view bytes, const std::string& where);

/// Reads and decodes a PNG file of at most 512 MiB.
Result<Image> readPng(const std::filesystem::path& path);

/// A grid of equally large pictures, filled row by row. `pixels` is count x height x width x channels; `columns` is cut
/// to `count`; `gap` is in pixels and lies between pictures, not around them; gap and empty places have the value
/// `background` in every channel. Sizes that make no sense (a value below 1, a gap below 0, channels other than 1 or 3,
/// too few pixels, a grid above maximumPixels) give an empty Image.
Image tile(std::span<const std::uint8_t> pixels, int count, int height, int width, int channels, int columns,
    int gap = 2, std::uint8_t background = 0);

/// Every pixel repeated factor x factor times; a factor below 2 gives the picture itself. An empty Image when the
/// result would pass maximumPixels or the picture's sizes and pixels disagree.
Image scaleUp(const Image& image, int factor);

} // namespace saddle
