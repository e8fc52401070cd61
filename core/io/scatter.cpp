// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/scatter.h"

#include "core/session/engine.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr double leastReach = 2.0;

/// How far a picture without a heat map reaches: all but the outermost points, with some room.
double reachOf(const std::vector<float>& points)
{
    std::vector<double> far;
    for (const float value : points) {
        if (std::isfinite(value))
            far.push_back(std::abs(static_cast<double>(value)));
    }
    if (far.empty())
        return leastReach;
    const auto outermost = far.begin() + static_cast<std::ptrdiff_t>((far.size() - 1) * 199 / 200);
    std::nth_element(far.begin(), outermost, far.end());
    return std::max(leastReach, *outermost * 1.2);
}

void dot(Image& image, double x, double y, std::array<std::uint8_t, 3> colour, double opacity)
{
    const int cx = static_cast<int>(std::lround(x));
    const int cy = static_cast<int>(std::lround(y));
    for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
            const int px = cx + dx;
            const int py = cy + dy;
            if (px < 0 || py < 0 || px >= image.width || py >= image.height)
                continue;
            const double strength = dx == 0 && dy == 0 ? opacity : opacity * 0.5;
            std::uint8_t* pixel = &image.pixels[(static_cast<std::size_t>(py) * static_cast<std::size_t>(image.width)
                                                    + static_cast<std::size_t>(px))
                * 3];
            for (std::size_t c = 0; c < 3; ++c)
                pixel[c] = static_cast<std::uint8_t>(std::lround(pixel[c] * (1 - strength) + colour[c] * strength));
        }
    }
}

} // namespace

std::array<std::uint8_t, 3> heatColour(double value)
{
    constexpr std::array<double, 3> fake{92, 119, 190};
    constexpr std::array<double, 3> middle{244, 244, 244};
    constexpr std::array<double, 3> real{112, 178, 126};
    const double t = std::clamp(value, 0.0, 1.0) * 2 - 1;
    std::array<std::uint8_t, 3> colour{};
    for (std::size_t c = 0; c < 3; ++c) {
        const double end = t < 0 ? fake[c] : real[c];
        colour[c] = static_cast<std::uint8_t>(std::lround(middle[c] + (end - middle[c]) * std::abs(t)));
    }
    return colour;
}

Image scatter(const Samples& samples, int side)
{
    Image image{side, side, 3,
        std::vector<std::uint8_t>(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3, 255)};
    double high = std::max(reachOf(samples.realPoints), reachOf(samples.points));
    double low = -high;
    if (samples.heat) {
        const HeatMap& heat = *samples.heat;
        low = heat.low;
        high = heat.high;
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const int column = x * heat.columns / side;
                const int row = (side - 1 - y) * heat.rows / side;
                const float value = heat.values[static_cast<std::size_t>(row) * static_cast<std::size_t>(heat.columns)
                    + static_cast<std::size_t>(column)];
                const auto colour = heatColour(value);
                std::copy(colour.begin(), colour.end(),
                    image.pixels.begin() + (static_cast<std::ptrdiff_t>(y) * side + x) * 3);
            }
        }
    }
    const auto draw = [&](const std::vector<float>& points, std::array<std::uint8_t, 3> colour, double opacity) {
        for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
            if (!std::isfinite(points[i]) || !std::isfinite(points[i + 1]))
                continue;
            const double x = (points[i] - low) / (high - low) * (side - 1);
            const double y = (high - points[i + 1]) / (high - low) * (side - 1);
            if (x > -2 && y > -2 && x < side + 2 && y < side + 2)
                dot(image, x, y, colour, opacity);
        }
    };
    draw(samples.realPoints, {20, 120, 50}, 0.6);
    draw(samples.points, {130, 50, 170}, 0.7);
    return image;
}

} // namespace saddle
