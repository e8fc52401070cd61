// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace saddle::winograd {

// Convolutions of 3 × 3 with stride 1 and a border of one zero by fewer products (Winograd 1980; Lavin & Gray 2016,
// arXiv:1509.09308, F(4×4, 3×3)): a tile of 6 × 6 numbers and a window are each changed to 36 numbers, which are
// multiplied one by one, summed over the channels, and changed back to 4 × 4 outputs: 36 products where sliding the
// window takes 144. All maps are float32 and lie channel by channel within a pixel (N × H × W × C).
//
// These functions do not use threads: their callers split the work. They need AVX2 and FMA; see supported().

constexpr std::int64_t points = 36; ///< numbers of a tile once it is transformed
constexpr std::int64_t side = 4; ///< outputs of a tile along each axis
constexpr std::int64_t lanes = 16; ///< channels come in groups of so many

/// Whether this processor has what the kernels are compiled for.
bool supported();

/// N × H × W × channels, or some of the channels of such a map: those of a few groups that lie side by side.
struct Map {
    std::int64_t count;
    std::int64_t height;
    std::int64_t width;
    std::int64_t channels; ///< of one group
    std::int64_t groups;
    std::int64_t pitch; ///< numbers from one pixel to the next: all channels

    std::int64_t all() const { return channels * groups; }

    std::int64_t tilesDown() const { return (height + side - 1) / side; }
    std::int64_t tilesAcross() const { return (width + side - 1) / side; }
    std::int64_t tiles() const { return count * tilesDown() * tilesAcross(); }
};

/// Where in a weight of 3 × 3 windows the numbers lie: in + i·inStride + out·outStride + tap·tapStride.
struct Windows {
    const float* data;
    std::int64_t in; ///< channels that come in; both are multiples of `lanes`
    std::int64_t out;
    std::int64_t inStride;
    std::int64_t outStride;
    std::int64_t tapStride;
};

/// Transforms the windows of `lanes` outputs from 16·group on. `to`: points × out/lanes × in × lanes.
void transformWindows(const Windows& windows, std::int64_t group, float* to);

/// Floats of scratch that `convolve` needs for so many tiles.
std::int64_t convolveScratch(std::int64_t tiles, const Map& from, const Map& to);

/// The tiles first .. first + tiles of the output. `from` and `to` are as large. `windows`: from transformWindows, a
/// group after the other; `bias`: to.all() numbers or null; `zeros`: from.all() zeros.
void convolve(const float* input, const Map& from, const float* windows, const float* bias, const float* zeros,
    float* output, const Map& to, std::int64_t first, std::int64_t tiles, float* scratch);

/// Numbers from one of the points to the next, where a chunk of so many tiles is transformed.
std::int64_t planeOf(const Map& map, std::int64_t chunk);

/// Transforms the 6 × 6 tiles of an input for `accumulate`, or the 4 × 4 tiles of an output's gradient: tile `tile` of
/// the map goes to place `place` of a chunk of `chunk` tiles. `to`: points × plane, each of which begins with
/// all/lanes × chunk × lanes numbers.
void transformInput(const float* input, const Map& map, const float* zeros, std::int64_t tile, std::int64_t place,
    std::int64_t chunk, float* to);
void transformGradient(const float* gradient, const Map& map, const float* zeros, std::int64_t tile, std::int64_t place,
    std::int64_t chunk, float* to);

/// Adds the products of the first `tiles` tiles of a chunk at one of the points, whose planes these are of a group.
/// `sums`: in/lanes × out/lanes × lanes × lanes.
void accumulate(const float* inputs, const float* gradients, std::int64_t in, std::int64_t out, std::int64_t tiles,
    std::int64_t chunk, float* sums);

/// Windows' gradients of `lanes` inputs from the sums of all points, one after another: out × 3 × 3 × in.
void finishWindows(const float* sums, std::int64_t in, std::int64_t out, std::int64_t group, float* gradient);

} // namespace saddle::winograd
