// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/toy_points.h"

#include "core/base/philox.h"

#include <cmath>
#include <numbers>

namespace saddle {

std::array<double, 2> ToyDraw::scatter(double deviation) const
{
    // The method of Box and Muller.
    const double distance = deviation * std::sqrt(-2 * std::log(static_cast<double>(uniform[0])));
    const double turn = 2 * std::numbers::pi * static_cast<double>(uniform[1]);
    return {distance * std::cos(turn), distance * std::sin(turn)};
}

Dataset toyPoints(const std::string& name, std::int64_t count, int classes, double deviation,
    const std::function<ToyPlace(std::int64_t i, const ToyDraw& draw)>& place)
{
    Dataset data;
    data.shape = {2};
    data.count = count;
    data.classes = classes;
    data.values.reserve(static_cast<std::size_t>(count) * 2);
    if (classes > 0)
        data.labels.reserve(static_cast<std::size_t>(count));
    const PhiloxKey key = philoxKey(0, name);
    for (std::int64_t i = 0; i < count; ++i) {
        const PhiloxBlock bits =
            philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 0, 0}, key);
        const ToyDraw draw{
            {philoxUniform(bits[0]), philoxUniform(bits[1]), philoxUniform(bits[2]), philoxUniform(bits[3])}};
        const ToyPlace at = place(i, draw);
        const std::array<double, 2> off = draw.scatter(deviation);
        data.values.push_back(static_cast<float>(at.x + off[0]));
        data.values.push_back(static_cast<float>(at.y + off[1]));
        if (classes > 0)
            data.labels.push_back(at.label);
    }
    return data;
}

} // namespace saddle
