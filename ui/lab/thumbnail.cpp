// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/thumbnail.h"

#include "core/session/engine.h"

namespace saddle {

QImage thumbnail(const Samples& samples, int number)
{
    if (samples.isPoints() || number < 0 || number >= samples.count)
        return {};
    const auto size = static_cast<std::size_t>(samples.height) * static_cast<std::size_t>(samples.width)
        * static_cast<std::size_t>(samples.channels);
    return QImage(samples.pixels.data() + size * static_cast<std::size_t>(number), samples.width, samples.height,
        static_cast<qsizetype>(samples.width) * samples.channels,
        samples.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888)
        .copy();
}

} // namespace saddle
