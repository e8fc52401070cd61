// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <cstdint>
#include <span>
#include <vector>

namespace saddle {

/// How one gets from a latent a to a latent b; t goes from 0 to 1.
///
/// Linear: (1 - t) a + t b.
///
/// Spherical (Shoemake 1985, "Animating rotation with quaternion curves"; for latents White 2016, arXiv:1609.04468):
/// the direction runs evenly along the great circle through a/|a| and b/|b|, at the angle t ω from a where ω is the
/// angle between them, sin((1 - t) ω)/sin ω a/|a| + sin(t ω)/sin ω b/|b|; the length goes evenly from |a| to |b|.
/// Normal latents of many dimensions all have about the same length: along a straight line it would fall to 0.7 of that
/// half-way, where the generator was never trained. For a = b nothing moves.
///
/// Where b points exactly away from a (to float32's precision), no great circle is the one: the path takes the one
/// through that axis which is the farthest from a (the first of them) and is so the same every time. In one dimension
/// there is no way around, and a latent of length 0 has no direction: both are passed in a straight line.
enum class Interpolation { Linear, Spherical };

/// What suits latents: spherical for normal ones; linear for uniform ones, whose cube a great circle would leave.
Interpolation interpolationFor(LatentDistribution distribution);

/// The latent at t between two of the same dimension. At t ≤ 0 it is `from` and at t ≥ 1 it is `to`, to the last bit.
/// Computed in double precision. Finite numbers give finite numbers.
std::vector<float> interpolate(
    Interpolation interpolation, std::span<const float> from, std::span<const float> to, double t);

/// A sheet between four corners, row by row from the first to the second above and from the third to the fourth below:
/// `rows` steps down along the left side and the right one, then `columns` steps across between the two. Its corners
/// are the given ones to the last bit; a single row or column is the first. A place takes the label of the nearest
/// corner, half-way that of the further one. An Error where there are not four corners, or rows × columns are not 1 to
/// 100,000 places.
Result<Latents> latentSheet(
    const Latents& corners, std::int64_t rows, std::int64_t columns, Interpolation interpolation);

} // namespace saddle
