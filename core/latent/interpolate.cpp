// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/interpolate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace saddle {

namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b)
{
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double length(const Vector& a)
{
    return std::sqrt(dot(a, a));
}

Vector scaled(Vector a, double factor)
{
    for (double& value : a)
        value *= factor;
    return a;
}

/// What of `a` is perpendicular to the unit vector `u`.
Vector across(Vector a, const Vector& u)
{
    const double along = dot(a, u);
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] -= along * u[i];
    return a;
}

/// The plane and the angle of a great circle: it goes through u cos(φ) + w sin(φ), φ from 0 to `angle`.
struct Arc {
    Vector u;
    Vector w; ///< perpendicular to u, of length 1; zeros where both ends are the same
    double angle = 0;
};

/// The arc between two directions. Written by the difference of the two, so that it keeps its precision where they are
/// nearly the same and the sines of the usual formula would divide nothing by nothing.
Arc arcBetween(const Vector& u, const Vector& v)
{
    Vector difference = v;
    for (std::size_t i = 0; i < u.size(); ++i)
        difference[i] -= u[i];
    const double cosine = dot(u, v);
    Vector w = across(std::move(difference), u);
    double sine = length(w);
    constexpr double antipodes = 1e-6;
    if (cosine < 0 && sine < antipodes) {
        const auto smaller = [](double a, double b) { return std::abs(a) < std::abs(b); };
        const auto axis = std::min_element(u.begin(), u.end(), smaller) - u.begin();
        Vector unit(u.size(), 0.0);
        unit[static_cast<std::size_t>(axis)] = 1;
        w = across(std::move(unit), u);
        return {u, scaled(w, 1 / length(w)), std::acos(-1.0)};
    }
    const double angle = std::atan2(sine, cosine);
    return {u, sine > 0 ? scaled(std::move(w), 1 / sine) : std::move(w), angle};
}

std::vector<float> straight(std::span<const float> from, std::span<const float> to, double t)
{
    std::vector<float> result(from.size());
    for (std::size_t i = 0; i < from.size(); ++i)
        result[i] = static_cast<float>(std::lerp(static_cast<double>(from[i]), static_cast<double>(to[i]), t));
    return result;
}

} // namespace

Interpolation interpolationFor(LatentDistribution distribution)
{
    return distribution == LatentDistribution::Normal ? Interpolation::Spherical : Interpolation::Linear;
}

std::vector<float> interpolate(
    Interpolation interpolation, std::span<const float> from, std::span<const float> to, double t)
{
    if (!(t > 0))
        return {from.begin(), from.end()};
    if (t >= 1)
        return {to.begin(), to.end()};
    if (interpolation == Interpolation::Linear || from.size() < 2)
        return straight(from, to, t);
    const Vector a(from.begin(), from.end());
    const Vector b(to.begin(), to.end());
    const double fromLength = length(a);
    const double toLength = length(b);
    if (fromLength == 0 || toLength == 0)
        return straight(from, to, t);
    const Arc arc = arcBetween(scaled(a, 1 / fromLength), scaled(b, 1 / toLength));
    const double size = std::lerp(fromLength, toLength, t);
    const double cosine = size * std::cos(t * arc.angle);
    const double sine = size * std::sin(t * arc.angle);
    // A vector of some length may point where a single number takes all of it.
    constexpr double largest = std::numeric_limits<float>::max();
    std::vector<float> result(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        result[i] = static_cast<float>(std::clamp(cosine * arc.u[i] + sine * arc.w[i], -largest, largest));
    return result;
}

Result<Latents> latentSheet(
    const Latents& corners, std::int64_t rows, std::int64_t columns, Interpolation interpolation)
{
    constexpr std::int64_t most = 100'000;
    if (corners.count() != 4)
        return Error{"a sheet lies between four latents, not " + std::to_string(corners.count()), "sheet", "give four"};
    if (rows < 1 || columns < 1 || rows > most || columns > most / rows) {
        return Error{"there is no sheet of " + std::to_string(rows) + " × " + std::to_string(columns), "sheet",
            "ask for at least one row and one column, and 100,000 places at most"};
    }
    const auto corner = [&corners](std::int64_t number) {
        return std::span(corners.values)
            .subspan(
                static_cast<std::size_t>(number * corners.dimensions), static_cast<std::size_t>(corners.dimensions));
    };
    const auto share = [](std::int64_t place, std::int64_t places) {
        return places > 1 ? static_cast<double>(place) / static_cast<double>(places - 1) : 0.0;
    };
    Latents sheet;
    sheet.dimensions = corners.dimensions;
    for (std::int64_t row = 0; row < rows; ++row) {
        const double down = share(row, rows);
        const std::vector<float> left = interpolate(interpolation, corner(0), corner(2), down);
        const std::vector<float> right = interpolate(interpolation, corner(1), corner(3), down);
        for (std::int64_t column = 0; column < columns; ++column) {
            const double over = share(column, columns);
            const std::vector<float> latent = interpolate(interpolation, left, right, over);
            sheet.values.insert(sheet.values.end(), latent.begin(), latent.end());
            if (!corners.labels.empty())
                sheet.labels.push_back(corners.labels[(down >= 0.5 ? 2 : 0) + (over >= 0.5 ? 1 : 0)]);
        }
    }
    return sheet;
}

} // namespace saddle
