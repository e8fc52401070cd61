// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/describe_source.h"

#include <array>
#include <functional>

namespace saddle {

/// What every toy has in common.
struct ToyOptions {
    std::int64_t count = 50000;
};

/// The random numbers of one point; a function of the toy's name and the point's number alone.
struct ToyDraw {
    std::array<float, 4> uniform; ///< strictly between 0 and 1; the first two make the scatter

    /// A step off the place a point belongs to, N(0, deviation²) in both directions.
    std::array<double, 2> scatter(double deviation) const;
};

/// Where a point belongs and which class it is of.
struct ToyPlace {
    double x = 0;
    double y = 0;
    int label = 0;
};

/// `count` points of the plane: point i lies where `place` says, and `deviation` off it. `classes` 0: no labels.
Dataset toyPoints(const std::string& name, std::int64_t count, int classes, double deviation,
    const std::function<ToyPlace(std::int64_t i, const ToyDraw& draw)>& place);

/// Declares `count`.
template <typename Options>
void toyCount(Schema<Options>& schema)
{
    schema.parameter("count", &ToyOptions::count,
        {.label = "Points", .help = "How many points are drawn", .min = 1, .max = 10000000});
}

} // namespace saddle
