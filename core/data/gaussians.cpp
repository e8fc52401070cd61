// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/philox.h"
#include "core/data/describe_source.h"
#include "core/data/sources.h"

#include <cmath>
#include <numbers>

namespace saddle {

namespace {

struct GaussiansOptions {
    double radius = 1.0;
    double deviation = 0.01;
    std::int64_t modes = 8;
    std::int64_t count = 50000;
};

/// Points i = 0, 1, ... in turn from `modes` Gaussians at angles 2π m / modes: the last does not fall on the first.
Dataset ring(const GaussiansOptions& o)
{
    Dataset data;
    data.shape = {2};
    data.count = o.count;
    data.values.resize(static_cast<std::size_t>(o.count) * 2);
    data.labels.resize(static_cast<std::size_t>(o.count));
    const PhiloxKey key = philoxKey(0, "gaussians-8");
    for (std::int64_t i = 0; i < o.count; ++i) {
        const std::int64_t mode = i % o.modes;
        const double angle = 2 * std::numbers::pi * static_cast<double>(mode) / static_cast<double>(o.modes);
        const PhiloxBlock bits =
            philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 0, 0}, key);
        const double radius = o.deviation * std::sqrt(-2 * std::log(static_cast<double>(philoxUniform(bits[0]))));
        const double turn = 2 * std::numbers::pi * static_cast<double>(philoxUniform(bits[1]));
        const auto at = static_cast<std::size_t>(i) * 2;
        data.values[at] = static_cast<float>(o.radius * std::cos(angle) + radius * std::cos(turn));
        data.values[at + 1] = static_cast<float>(o.radius * std::sin(angle) + radius * std::sin(turn));
        data.labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(mode);
    }
    data.classes = static_cast<int>(o.modes);
    data.description = std::to_string(o.modes) + " Gaussians on a ring, " + std::to_string(o.count) + " points";
    return data;
}

} // namespace

SourceInfo gaussiansSource()
{
    using O = GaussiansOptions;
    return describeSource<O>("gaussians-8", "Ring of Gaussians")
        .help("Points of the plane from Gaussians on a ring; needs no files")
        .source("Metz et al. 2017, arXiv:1611.02163; radius and deviation as in PacGAN, arXiv:1712.04086")
        .parameter("radius", &O::radius, {.label = "Radius", .help = "Radius of the ring", .min = 0.01, .max = 100})
        .parameter("deviation", &O::deviation,
            {.label = "Deviation σ", .help = "Standard deviation of each Gaussian", .min = 0, .max = 10})
        .parameter("modes", &O::modes, {.label = "Modes", .help = "How many Gaussians", .min = 1, .max = 255})
        .parameter(
            "count", &O::count, {.label = "Points", .help = "How many points are drawn", .min = 1, .max = 10000000})
        .build(
            [](const O& o) -> Result<DataHeader> {
                return DataHeader{{2}, static_cast<int>(o.modes), o.count};
            },
            [](const O& o, const LoadMonitor&) -> Result<Dataset> { return ring(o); });
}

} // namespace saddle
