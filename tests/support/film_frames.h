// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/video/film.h"

#include "tests/support/scratch.h"

#include <QFile>

#include <cmath>
#include <random>

namespace saddle::test {

/// Soft waves that move: what a generator's pictures are like.
inline Image waves(std::int64_t number, int width, int height, int channels)
{
    Image image{width, height, channels, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < channels; ++c) {
                const double phase = 0.11 * x + 0.07 * (c + 1) * y + 0.2 * static_cast<double>(number) + c;
                image.pixels.push_back(static_cast<std::uint8_t>(std::lround(127.5 + 120 * std::sin(phase))));
            }
        }
    }
    return image;
}

/// Noise out of so many colours, which are the same in each frame.
inline Image noise(std::int64_t number, int width, int height, int channels, unsigned colours)
{
    std::mt19937 palette(99);
    std::vector<std::array<std::uint8_t, 3>> all(colours);
    for (auto& colour : all) {
        for (std::uint8_t& value : colour)
            value = static_cast<std::uint8_t>(palette() & 255u);
    }
    std::mt19937 random(static_cast<unsigned>(number));
    Image image{width, height, channels, {}};
    for (int i = 0; i < width * height; ++i) {
        const auto& colour = all[random() % colours];
        image.pixels.insert(image.pixels.end(), colour.begin(), colour.begin() + channels);
    }
    return image;
}

inline QByteArray bytesOf(const std::filesystem::path& path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The names in a folder.
inline QStringList namesIn(const std::filesystem::path& folder)
{
    QStringList names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names << QString::fromStdString(entry.path().filename().string());
    names.sort();
    return names;
}

} // namespace saddle::test
