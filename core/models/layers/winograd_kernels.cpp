// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX2 and FMA, so nothing here may be inline and shared with other files: no templates of the library.
#include "core/models/layers/winograd_kernels.h"

namespace saddle::winograd {

namespace {

constexpr std::int64_t width = 8;
constexpr std::int64_t reach = 6; ///< inputs of a tile along each axis
constexpr std::int64_t rows = 6; ///< of a block of products that stays in registers
/// Between the planes of two points, so that they do not all fall on the same lines of the cache.
constexpr std::int64_t gap = 16;

using Vector = float __attribute__((vector_size(32)));

inline Vector load(const float* from)
{
    Vector vector;
    __builtin_memcpy(&vector, from, sizeof vector);
    return vector;
}

inline void store(float* to, Vector vector)
{
    __builtin_memcpy(to, &vector, sizeof vector);
}

inline Vector all(float value)
{
    return value - Vector{}; // folds to a broadcast, as adding zeros would not
}

/// Bᵀ d of six numbers.
inline void transformTile(const Vector* d, std::int64_t step, Vector* to, std::int64_t toStep)
{
    const Vector even = d[4 * step] - 4 * d[2 * step];
    const Vector odd = d[3 * step] - 4 * d[step];
    const Vector smallEven = d[4 * step] - d[2 * step];
    const Vector smallOdd = 2 * (d[3 * step] - d[step]);
    to[0] = 4 * d[0] - 5 * d[2 * step] + d[4 * step];
    to[toStep] = even + odd;
    to[2 * toStep] = even - odd;
    to[3 * toStep] = smallEven + smallOdd;
    to[4 * toStep] = smallEven - smallOdd;
    to[5 * toStep] = 4 * d[step] - 5 * d[3 * step] + d[5 * step];
}

/// G g of three numbers.
inline void transformWindow(const Vector* g, std::int64_t step, Vector* to, std::int64_t toStep)
{
    const Vector outer = (g[0] + g[2 * step]) * (-1.0f / 6);
    const Vector middle = g[step] * (1.0f / 6);
    const Vector far = g[0] * (1.0f / 24) + g[2 * step] * (1.0f / 6);
    const Vector half = g[step] * (1.0f / 12);
    to[0] = g[0] * 0.25f;
    to[toStep] = outer - middle;
    to[2 * toStep] = outer + middle;
    to[3 * toStep] = far + half;
    to[4 * toStep] = far - half;
    to[5 * toStep] = g[2 * step];
}

/// Aᵀ m: four outputs of six products.
inline void finishTile(const Vector* m, std::int64_t step, Vector* to, std::int64_t toStep)
{
    const Vector sum = m[step] + m[2 * step];
    const Vector difference = m[step] - m[2 * step];
    const Vector farSum = m[3 * step] + m[4 * step];
    const Vector farDifference = m[3 * step] - m[4 * step];
    to[0] = m[0] + sum + farSum;
    to[toStep] = difference + 2 * farDifference;
    to[2 * toStep] = sum + 4 * farSum;
    to[3 * toStep] = difference + 8 * farDifference + m[5 * step];
}

/// The window's part of F(3, 4): four numbers of a gradient.
inline void transformGradientLine(const Vector* y, std::int64_t step, Vector* to, std::int64_t toStep)
{
    const Vector even = (y[0] + y[2 * step]) * (-1.0f / 6);
    const Vector odd = (y[step] + y[3 * step]) * (1.0f / 6);
    const Vector farEven = (y[0] + 4 * y[2 * step]) * (1.0f / 24);
    const Vector farOdd = (y[step] + 4 * y[3 * step]) * (1.0f / 12);
    to[0] = y[0] * 0.25f;
    to[toStep] = even - odd;
    to[2 * toStep] = even + odd;
    to[3 * toStep] = farEven + farOdd;
    to[4 * toStep] = farEven - farOdd;
    to[5 * toStep] = y[3 * step];
}

/// The outputs' part of F(3, 4): three of six products.
inline void finishWindow(const Vector* m, std::int64_t step, Vector* to, std::int64_t toStep)
{
    const Vector sum = m[step] + m[2 * step];
    const Vector farSum = m[3 * step] + m[4 * step];
    to[0] = m[0] + sum + farSum;
    to[toStep] = m[step] - m[2 * step] + 2 * (m[3 * step] - m[4 * step]);
    to[2 * toStep] = sum + 4 * farSum + m[5 * step];
}

struct Place {
    std::int64_t image;
    std::int64_t y;
    std::int64_t x;
};

inline Place placeOf(const Map& map, std::int64_t tile)
{
    const std::int64_t across = map.tilesAcross();
    const std::int64_t down = map.tilesDown();
    return {tile / (across * down), tile / across % down * side, tile % across * side};
}

/// Where the pixels of a square lie; beyond the edges, zeros.
inline void findPixels(const float* map, const Map& sizes, const float* zeros, const Place& corner, std::int64_t length,
    const float** pixels)
{
    for (std::int64_t i = 0; i < length; ++i) {
        for (std::int64_t j = 0; j < length; ++j) {
            const std::int64_t y = corner.y + i;
            const std::int64_t x = corner.x + j;
            const bool inside = y >= 0 && y < sizes.height && x >= 0 && x < sizes.width;
            pixels[i * length + j] =
                inside ? map + ((corner.image * sizes.height + y) * sizes.width + x) * sizes.pitch : zeros;
        }
    }
}

/// One tile of an input, eight channels from `channel` on.
inline void transformSquare(const float* const* pixels, std::int64_t channel, float* to, std::int64_t plane)
{
    Vector d[points];
    Vector half[points];
    for (std::int64_t i = 0; i < points; ++i)
        d[i] = load(pixels[i] + channel);
    for (std::int64_t column = 0; column < reach; ++column)
        transformTile(d + column, reach, half + column, reach);
    for (std::int64_t row = 0; row < reach; ++row)
        transformTile(half + row * reach, 1, d + row * reach, 1);
    for (std::int64_t i = 0; i < points; ++i)
        store(to + i * plane, d[i]);
}

/// `count` rows of tiles × sixteen outputs: sums over the inputs. Rows are `from` and `to` numbers apart.
template <int count>
inline void multiplyRows(
    const float* tiles, std::int64_t from, const float* windows, std::int64_t in, float* products, std::int64_t to)
{
    Vector left[count];
    Vector right[count];
    for (int row = 0; row < count; ++row)
        left[row] = right[row] = Vector{};
    for (std::int64_t channel = 0; channel < in; ++channel) {
        const Vector one = load(windows + channel * lanes);
        const Vector other = load(windows + channel * lanes + width);
#pragma GCC unroll 6
        for (int row = 0; row < count; ++row) {
            const Vector value = all(tiles[row * from + channel]);
            left[row] += value * one;
            right[row] += value * other;
        }
    }
    for (int row = 0; row < count; ++row) {
        store(products + row * to, left[row]);
        store(products + row * to + width, right[row]);
    }
}

/// One group at one point.
void multiply(const float* tiles, std::int64_t from, std::int64_t count, const float* windows, std::int64_t in,
    float* products, std::int64_t to, std::int64_t out)
{
    for (std::int64_t some = 0; some < out / lanes; ++some) {
        const float* const panel = windows + some * in * lanes;
        float* const column = products + some * lanes;
        std::int64_t row = 0;
        for (; row + rows <= count; row += rows)
            multiplyRows<rows>(tiles + row * from, from, panel, in, column + row * to, to);
        const float* const rest = tiles + row * from;
        float* const last = column + row * to;
        switch (count - row) {
        case 1:
            multiplyRows<1>(rest, from, panel, in, last, to);
            break;
        case 2:
            multiplyRows<2>(rest, from, panel, in, last, to);
            break;
        case 3:
            multiplyRows<3>(rest, from, panel, in, last, to);
            break;
        case 4:
            multiplyRows<4>(rest, from, panel, in, last, to);
            break;
        case 5:
            multiplyRows<5>(rest, from, panel, in, last, to);
            break;
        default:
            break;
        }
    }
}

} // namespace

bool supported()
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

void transformWindows(const Windows& windows, std::int64_t group, float* to)
{
    const std::int64_t plane = windows.in * windows.out;
    for (std::int64_t in = 0; in < windows.in; ++in) {
        for (std::int64_t part = 0; part < lanes; part += width) {
            Vector g[9];
            Vector half[18];
            Vector u[points];
            for (std::int64_t tap = 0; tap < 9; ++tap) {
                for (std::int64_t lane = 0; lane < width; ++lane) {
                    const std::int64_t out = group * lanes + part + lane;
                    g[tap][lane] =
                        windows.data[in * windows.inStride + out * windows.outStride + tap * windows.tapStride];
                }
            }
            for (std::int64_t column = 0; column < 3; ++column)
                transformWindow(g + column, 3, half + column, 3);
            for (std::int64_t row = 0; row < reach; ++row)
                transformWindow(half + row * 3, 1, u + row * reach, 1);
            for (std::int64_t point = 0; point < points; ++point)
                store(to + point * plane + (group * windows.in + in) * lanes + part, u[point]);
        }
    }
}

std::int64_t convolveScratch(std::int64_t tiles, const Map& from, const Map& to)
{
    return points * (tiles * (from.all() + to.all()) + 2 * gap);
}

void convolve(const float* input, const Map& from, const float* windows, const float* bias, const float* zeros,
    float* output, const Map& to, std::int64_t first, std::int64_t tiles, float* scratch)
{
    const std::int64_t in = from.all();
    const std::int64_t out = to.all();
    const std::int64_t inPlane = tiles * in + gap;
    const std::int64_t outPlane = tiles * out + gap;
    float* const changed = scratch;
    float* const products = scratch + points * inPlane;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
        const float* pixels[points];
        const Place place = placeOf(to, first + tile);
        findPixels(input, from, zeros, {place.image, place.y - 1, place.x - 1}, reach, pixels);
        for (std::int64_t channel = 0; channel < in; channel += width)
            transformSquare(pixels, channel, changed + tile * in + channel, inPlane);
    }
    const std::int64_t square = from.channels * to.channels;
    for (std::int64_t point = 0; point < points; ++point) {
        for (std::int64_t group = 0; group < from.groups; ++group) {
            multiply(changed + point * inPlane + group * from.channels, in, tiles,
                windows + (group * points + point) * square, from.channels,
                products + point * outPlane + group * to.channels, out, to.channels);
        }
    }
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
        const Place place = placeOf(to, first + tile);
        float* const corner = output + ((place.image * to.height + place.y) * to.width + place.x) * to.pitch;
        const std::int64_t down = to.height - place.y < side ? to.height - place.y : side;
        const std::int64_t across = to.width - place.x < side ? to.width - place.x : side;
        for (std::int64_t channel = 0; channel < out; channel += width) {
            Vector m[points];
            Vector half[side * reach];
            Vector y[side * side];
            for (std::int64_t i = 0; i < points; ++i)
                m[i] = load(products + i * outPlane + tile * out + channel);
            for (std::int64_t column = 0; column < reach; ++column)
                finishTile(m + column, reach, half + column, reach);
            for (std::int64_t row = 0; row < side; ++row)
                finishTile(half + row * reach, 1, y + row * side, 1);
            const Vector shift = bias ? load(bias + channel) : Vector{};
            for (std::int64_t i = 0; i < down; ++i) {
                for (std::int64_t j = 0; j < across; ++j)
                    store(corner + (i * to.width + j) * to.pitch + channel, y[i * side + j] + shift);
            }
        }
    }
}

std::int64_t planeOf(const Map& map, std::int64_t chunk)
{
    return map.all() * chunk + gap;
}

void transformInput(const float* input, const Map& map, const float* zeros, std::int64_t tile, std::int64_t place,
    std::int64_t chunk, float* to)
{
    const float* pixels[points];
    const Place at = placeOf(map, tile);
    findPixels(input, map, zeros, {at.image, at.y - 1, at.x - 1}, reach, pixels);
    const std::int64_t plane = planeOf(map, chunk);
    for (std::int64_t channel = 0; channel < map.all(); channel += width) {
        float* const panel = to + channel / lanes * chunk * lanes + channel % lanes;
        transformSquare(pixels, channel, panel + place * lanes, plane);
    }
}

void transformGradient(const float* gradient, const Map& map, const float* zeros, std::int64_t tile, std::int64_t place,
    std::int64_t chunk, float* to)
{
    const float* pixels[side * side];
    findPixels(gradient, map, zeros, placeOf(map, tile), side, pixels);
    const std::int64_t plane = planeOf(map, chunk);
    for (std::int64_t channel = 0; channel < map.all(); channel += width) {
        Vector y[side * side];
        Vector half[side * reach];
        Vector changed[points];
        for (std::int64_t i = 0; i < side * side; ++i)
            y[i] = load(pixels[i] + channel);
        for (std::int64_t column = 0; column < side; ++column)
            transformGradientLine(y + column, side, half + column, side);
        for (std::int64_t row = 0; row < reach; ++row)
            transformGradientLine(half + row * side, 1, changed + row * reach, 1);
        float* const panel = to + channel / lanes * chunk * lanes + place * lanes + channel % lanes;
        for (std::int64_t i = 0; i < points; ++i)
            store(panel + i * plane, changed[i]);
    }
}

void accumulate(const float* inputs, const float* gradients, std::int64_t in, std::int64_t out, std::int64_t tiles,
    std::int64_t chunk, float* sums)
{
    constexpr int block = 4; // of inputs, by sixteen outputs
    for (std::int64_t inGroup = 0; inGroup < in / lanes; ++inGroup) {
        const float* const inPanel = inputs + inGroup * chunk * lanes;
        for (std::int64_t outGroup = 0; outGroup < out / lanes; ++outGroup) {
            const float* const outPanel = gradients + outGroup * chunk * lanes;
            float* const square = sums + (inGroup * (out / lanes) + outGroup) * lanes * lanes;
            for (std::int64_t from = 0; from < lanes; from += block) {
                Vector left[block];
                Vector right[block];
#pragma GCC unroll 4
                for (int row = 0; row < block; ++row) {
                    left[row] = load(square + (from + row) * lanes);
                    right[row] = load(square + (from + row) * lanes + width);
                }
                for (std::int64_t tile = 0; tile < tiles; ++tile) {
                    const Vector one = load(outPanel + tile * lanes);
                    const Vector other = load(outPanel + tile * lanes + width);
#pragma GCC unroll 4
                    for (int row = 0; row < block; ++row) {
                        const Vector value = all(inPanel[tile * lanes + from + row]);
                        left[row] += value * one;
                        right[row] += value * other;
                    }
                }
#pragma GCC unroll 4
                for (int row = 0; row < block; ++row) {
                    store(square + (from + row) * lanes, left[row]);
                    store(square + (from + row) * lanes + width, right[row]);
                }
            }
        }
    }
}

void finishWindows(const float* sums, std::int64_t in, std::int64_t out, std::int64_t group, float* gradient)
{
    const std::int64_t plane = in * out;
    for (std::int64_t outGroup = 0; outGroup < out / lanes; ++outGroup) {
        const float* const square = sums + (group * (out / lanes) + outGroup) * lanes * lanes;
        for (std::int64_t row = 0; row < lanes; ++row) {
            for (std::int64_t part = 0; part < lanes; part += width) {
                Vector m[points];
                Vector half[3 * reach];
                Vector w[9];
                for (std::int64_t i = 0; i < points; ++i)
                    m[i] = load(square + i * plane + row * lanes + part);
                for (std::int64_t column = 0; column < reach; ++column)
                    finishWindow(m + column, reach, half + column, reach);
                for (std::int64_t line = 0; line < 3; ++line)
                    finishWindow(half + line * reach, 1, w + line * 3, 1);
                for (std::int64_t lane = 0; lane < width; ++lane) {
                    float* const window = gradient + (outGroup * lanes + part + lane) * 9 * in + group * lanes + row;
                    for (std::int64_t tap = 0; tap < 9; ++tap)
                        window[tap * in] = w[tap][lane];
                }
            }
        }
    }
}

} // namespace saddle::winograd
