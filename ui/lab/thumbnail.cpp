// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/thumbnail.h"

#include "core/io/image.h"
#include "core/session/engine.h"

namespace saddle {

namespace {

QImage copied(const std::uint8_t* pixels, int width, int height, int channels)
{
    const QImage::Format format = channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888;
    return QImage(pixels, width, height, static_cast<qsizetype>(width) * channels, format).copy();
}

} // namespace

QImage thumbnail(const Samples& samples, int number)
{
    if (samples.isPoints() || number < 0 || number >= samples.count)
        return {};
    const auto size = static_cast<std::size_t>(samples.height) * static_cast<std::size_t>(samples.width)
        * static_cast<std::size_t>(samples.channels);
    return copied(samples.pixels.data() + size * static_cast<std::size_t>(number), samples.width, samples.height,
        samples.channels);
}

QImage thumbnail(const Image& image)
{
    return image.empty() ? QImage() : copied(image.pixels.data(), image.width, image.height, image.channels);
}

} // namespace saddle
