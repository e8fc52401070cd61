// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/data/sources.h"
#include "core/data/toy_points.h"

#include <cmath>
#include <numbers>

namespace saddle {

namespace {

constexpr double pi = std::numbers::pi;

struct RingOptions : ToyOptions {
    double radius = 1.0;
    double deviation = 0.01;
    std::int64_t modes = 8;
};

struct GridOptions : ToyOptions {
    std::int64_t side = 5;
    double spacing = 2.0;
    double deviation = 0.05;
};

struct MoonsOptions : ToyOptions {
    double deviation = 0.05;
};

struct SpiralOptions : ToyOptions {
    std::int64_t arms = 1;
    double turns = 2.0;
    double radius = 1.0;
    double deviation = 0.02;
};

struct LineOptions : ToyOptions {
    double length = 2.0;
    double angle = 45.0;
    double deviation = 0.02;
};

struct PointsOptions : ToyOptions {
    std::vector<std::array<double, 2>> points{{-1, -0.6}, {1, -0.6}, {0, 1}};
    double deviation = 0.02;
};

ParameterTraits deviationTraits(std::string help)
{
    return {.label = "Deviation σ", .help = std::move(help), .min = 0, .max = 10};
}

/// Points i = 0, 1, ... in turn from `modes` Gaussians at angles 2π m / modes: the last does not fall on the first.
Dataset ring(const RingOptions& o)
{
    const auto place = [&](std::int64_t i, const ToyDraw&) -> ToyPlace {
        const std::int64_t mode = i % o.modes;
        const double angle = 2 * pi * static_cast<double>(mode) / static_cast<double>(o.modes);
        return {o.radius * std::cos(angle), o.radius * std::sin(angle), static_cast<int>(mode)};
    };
    Dataset data = toyPoints("gaussians-8", o.count, static_cast<int>(o.modes), o.deviation, place);
    data.description = counted(o.modes, "Gaussian") + " on a ring, " + counted(o.count, "point");
    return data;
}

/// In turn from side × side Gaussians on a square grid about the origin, row by row.
Dataset grid(const GridOptions& o)
{
    const double middle = static_cast<double>(o.side - 1) / 2;
    const auto place = [&](std::int64_t i, const ToyDraw&) -> ToyPlace {
        const std::int64_t mode = i % (o.side * o.side);
        return {(static_cast<double>(mode % o.side) - middle) * o.spacing,
            (static_cast<double>(mode / o.side) - middle) * o.spacing, static_cast<int>(mode)};
    };
    Dataset data = toyPoints("gaussians-25", o.count, static_cast<int>(o.side * o.side), o.deviation, place);
    data.description = counted(o.side * o.side, "Gaussian") + " on a grid, " + counted(o.count, "point");
    return data;
}

/// Half circles of radius 1, the second turned over and moved by (1, ½); together they lie about the origin.
Dataset moons(const MoonsOptions& o)
{
    const auto place = [](std::int64_t i, const ToyDraw& draw) -> ToyPlace {
        const double angle = pi * static_cast<double>(draw.uniform[2]);
        const double x = std::cos(angle) - 0.5;
        const double y = std::sin(angle) - 0.25;
        return i % 2 == 0 ? ToyPlace{x, y, 0} : ToyPlace{-x, -y, 1};
    };
    Dataset data = toyPoints("two-moons", o.count, 2, o.deviation, place);
    data.description = "Two moons, " + counted(o.count, "point");
    return data;
}

/// Archimedes' spirals r = radius · t, angle = 2π (turns · t + arm / arms); t = √u spreads the points about evenly
/// along them.
Dataset spiral(const SpiralOptions& o)
{
    const auto place = [&](std::int64_t i, const ToyDraw& draw) -> ToyPlace {
        const std::int64_t arm = i % o.arms;
        const double t = std::sqrt(static_cast<double>(draw.uniform[2]));
        const double angle = 2 * pi * (o.turns * t + static_cast<double>(arm) / static_cast<double>(o.arms));
        return {o.radius * t * std::cos(angle), o.radius * t * std::sin(angle), static_cast<int>(arm)};
    };
    Dataset data = toyPoints("spiral", o.count, o.arms > 1 ? static_cast<int>(o.arms) : 0, o.deviation, place);
    data.description = (o.arms > 1 ? counted(o.arms, "spiral") : "A spiral") + ", " + counted(o.count, "point");
    return data;
}

Dataset line(const LineOptions& o)
{
    const double angle = o.angle * pi / 180;
    const auto place = [&](std::int64_t, const ToyDraw& draw) -> ToyPlace {
        const double along = o.length * (static_cast<double>(draw.uniform[2]) - 0.5);
        return {along * std::cos(angle), along * std::sin(angle)};
    };
    Dataset data = toyPoints("line", o.count, 0, o.deviation, place);
    data.description = "A line, " + counted(o.count, "point");
    return data;
}

Result<DataHeader> pointsHeader(const PointsOptions& o)
{
    if (o.points.empty()) {
        return Error{"there are no points to learn from", "data.points",
            "draw some, or write for example [[-1, 0], [0.5, 0.5]]"};
    }
    return DataHeader{{2}, 0, o.count};
}

/// In turn from the points given.
Result<Dataset> points(const PointsOptions& o)
{
    if (const Result<DataHeader> header = pointsHeader(o); !header)
        return header.error();
    const auto place = [&](std::int64_t i, const ToyDraw&) -> ToyPlace {
        const auto& [x, y] = o.points[static_cast<std::size_t>(i) % o.points.size()];
        return {x, y};
    };
    Dataset data = toyPoints("points", o.count, 0, o.deviation, place);
    data.description =
        counted(static_cast<std::int64_t>(o.points.size()), "place") + " drawn by hand, " + counted(o.count, "point");
    return data;
}

/// A toy whose labels are 0 .. classes(o)-1.
template <typename Options>
SourceInfo toy(SourceDescriber<Options>& describer, int (*classes)(const Options&), Dataset (*make)(const Options&))
{
    return describer.build(
        [classes](const Options& o) -> Result<DataHeader> {
            return DataHeader{{2}, classes(o), o.count};
        },
        [make](const Options& o, const LoadMonitor&) -> Result<Dataset> { return make(o); });
}

} // namespace

SourceInfo ringSource()
{
    using O = RingOptions;
    return toy<O>(
        describeSource<O>("gaussians-8", "Ring of Gaussians")
            .help("Points of the plane from Gaussians on a ring; needs no files")
            .source("Metz et al. 2017, arXiv:1611.02163; radius and deviation as in PacGAN, arXiv:1712.04086")
            .parameter("radius", &O::radius, {.label = "Radius", .help = "Radius of the ring", .min = 0.01, .max = 100})
            .parameter("deviation", &O::deviation, deviationTraits("Standard deviation of each Gaussian"))
            .parameter("modes", &O::modes, {.label = "Modes", .help = "How many Gaussians", .min = 1, .max = 255})
            .with(toyCount<O>),
        [](const O& o) { return static_cast<int>(o.modes); }, ring);
}

SourceInfo gridSource()
{
    using O = GridOptions;
    return toy<O>(
        describeSource<O>("gaussians-25", "Grid of Gaussians")
            .help("Points of the plane from Gaussians on a square grid; needs no files")
            .source("Dumoulin et al. 2017, arXiv:1606.00704; spacing and deviation as in PacGAN, "
                    "arXiv:1712.04086")
            .parameter("side", &O::side, {.label = "Side", .help = "Gaussians a side of the grid", .min = 1, .max = 32})
            .parameter(
                "spacing", &O::spacing, {.label = "Spacing", .help = "Distance of neighbours", .min = 0.01, .max = 100})
            .parameter("deviation", &O::deviation, deviationTraits("Standard deviation of each Gaussian"))
            .with(toyCount<O>),
        [](const O& o) { return static_cast<int>(o.side * o.side); }, grid);
}

SourceInfo moonsSource()
{
    using O = MoonsOptions;
    return toy<O>(
        describeSource<O>("two-moons", "Two moons")
            .help("Points of the plane on two half circles that reach into each other; needs no files")
            .source("A common test of classifiers, about the origin")
            .parameter("deviation", &O::deviation, deviationTraits("How far points lie off the half circles"))
            .with(toyCount<O>),
        [](const O&) { return 2; }, moons);
}

SourceInfo spiralSource()
{
    using O = SpiralOptions;
    return toy<O>(
        describeSource<O>("spiral", "Spiral")
            .help("Points of the plane on one spiral or more; needs no files")
            .source("Archimedes' spiral")
            .parameter(
                "arms", &O::arms, {.label = "Arms", .help = "Spirals about the same middle", .min = 1, .max = 12})
            .parameter(
                "turns", &O::turns, {.label = "Turns", .help = "How often each goes round", .min = 0.1, .max = 20})
            .parameter(
                "radius", &O::radius, {.label = "Radius", .help = "How far out it reaches", .min = 0.01, .max = 100})
            .parameter("deviation", &O::deviation, deviationTraits("How far points lie off the spiral"))
            .with(toyCount<O>),
        [](const O& o) { return o.arms > 1 ? static_cast<int>(o.arms) : 0; }, spiral);
}

SourceInfo lineSource()
{
    using O = LineOptions;
    return toy<O>(
        describeSource<O>("line", "Line")
            .help("Points of the plane on a line through the origin; needs no files")
            .source("The simplest data that does not fill its space")
            .parameter("length", &O::length, {.label = "Length", .min = 0.01, .max = 100})
            .parameter("angle", &O::angle,
                {.label = "Angle", .help = "Against the x axis", .unit = "°", .min = -180, .max = 180})
            .parameter("deviation", &O::deviation, deviationTraits("How far points lie off the line"))
            .with(toyCount<O>),
        [](const O&) { return 0; }, line);
}

SourceInfo pointsSource()
{
    using O = PointsOptions;
    return describeSource<O>("points", "Points drawn by hand")
        .help("Points of the plane about places that you draw; needs no files")
        .source("Yours")
        .parameter("points", &O::points,
            {.label = "Places", .help = "Pairs [x, y] that the points lie about", .min = -100, .max = 100})
        .parameter("deviation", &O::deviation, deviationTraits("How far points lie off their places"))
        .with(toyCount<O>)
        .build(pointsHeader, [](const O& o, const LoadMonitor&) { return points(o); });
}

} // namespace saddle
