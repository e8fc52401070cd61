// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/fit_image.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

/// What one pixel of the result is made of, along one axis.
struct Taps {
    std::size_t first = 0;
    std::vector<float> weights; ///< sum 1
};

/// `size` pixels out of the stretch [begin, begin + length) of `all`.
std::vector<Taps> tapsOf(std::size_t size, double begin, double length, std::size_t all)
{
    std::vector<Taps> taps(size);
    const double scale = length / static_cast<double>(size);
    const double last = static_cast<double>(all) - 1;
    for (std::size_t i = 0; i < size; ++i) {
        const double low = begin + scale * static_cast<double>(i);
        if (scale < 1) {
            const double middle = std::clamp(low + scale / 2 - 0.5, 0.0, last);
            const double whole = std::floor(middle);
            taps[i].first = static_cast<std::size_t>(whole);
            const auto share = static_cast<float>(middle - whole);
            taps[i].weights = whole < last ? std::vector<float>{1 - share, share} : std::vector<float>{1};
            continue;
        }
        const double high = std::min(low + scale, last + 1);
        taps[i].first = static_cast<std::size_t>(std::min(std::floor(low), last));
        for (auto pixel = static_cast<double>(taps[i].first); pixel < high - 1e-9; ++pixel) {
            const double covered = std::min(high, pixel + 1) - std::max(low, pixel);
            taps[i].weights.push_back(static_cast<float>(covered / (high - low)));
        }
    }
    return taps;
}

Image withChannels(const Image& image, int channels)
{
    if (image.channels == channels)
        return image;
    Image other{image.width, image.height, channels, {}};
    const std::size_t count = image.pixels.size() / static_cast<std::size_t>(image.channels);
    other.pixels.reserve(count * static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < count; ++i) {
        if (channels == 3) {
            other.pixels.insert(other.pixels.end(), 3, image.pixels[i]);
            continue;
        }
        const std::uint8_t* rgb = &image.pixels[3 * i];
        other.pixels.push_back(
            static_cast<std::uint8_t>(std::lround(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])));
    }
    return other;
}

} // namespace

Result<Image> fitImage(const Image& image, const std::vector<std::int64_t>& shape)
{
    if (shape.size() != 3 || (shape[0] != 1 && shape[0] != 3) || shape[1] < 1 || shape[2] < 1
        || shape[1] > maximumPixels / shape[2]) {
        return Error{"a picture can only be brought to grey or colour of a height and a width", "shape",
            "choose a generator of such images"};
    }
    const std::int64_t pixels = std::int64_t{image.width} * image.height;
    if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3)
        || static_cast<std::int64_t>(image.pixels.size()) != pixels * image.channels) {
        return Error{"this picture is damaged", "picture", "choose another one"};
    }
    const auto height = static_cast<std::size_t>(shape[1]);
    const auto width = static_cast<std::size_t>(shape[2]);
    const double aspect = static_cast<double>(width) / static_cast<double>(height);
    const double cutWidth = std::min<double>(image.width, image.height * aspect);
    const double cutHeight = std::min<double>(image.height, image.width / aspect);
    const std::vector<Taps> across =
        tapsOf(width, (image.width - cutWidth) / 2, cutWidth, static_cast<std::size_t>(image.width));
    const std::vector<Taps> down =
        tapsOf(height, (image.height - cutHeight) / 2, cutHeight, static_cast<std::size_t>(image.height));

    const auto channels = static_cast<std::size_t>(image.channels);
    const std::size_t stride = static_cast<std::size_t>(image.width) * channels;
    Image fitted{static_cast<int>(width), static_cast<int>(height), image.channels, {}};
    fitted.pixels.reserve(width * height * channels);
    std::vector<float> row(stride); // of the source, made of the lines that one line of the result is
    for (const Taps& line : down) {
        std::fill(row.begin(), row.end(), 0.0f);
        for (std::size_t i = 0; i < line.weights.size(); ++i) {
            const std::uint8_t* source = &image.pixels[(line.first + i) * stride];
            for (std::size_t x = 0; x < stride; ++x)
                row[x] += line.weights[i] * static_cast<float>(source[x]);
        }
        for (const Taps& column : across) {
            for (std::size_t channel = 0; channel < channels; ++channel) {
                float sum = 0;
                for (std::size_t i = 0; i < column.weights.size(); ++i)
                    sum += column.weights[i] * row[(column.first + i) * channels + channel];
                fitted.pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(sum), 0L, 255L)));
            }
        }
    }
    return withChannels(fitted, static_cast<int>(shape[0]));
}

} // namespace saddle
