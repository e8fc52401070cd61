// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"
#include "core/models/canvas.h"
#include "core/session/engine.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// What is known of a generator that was opened.
struct GeneratorInfo : GeneratorHead {
    std::string device; ///< "CPU, 2 threads"
    std::vector<std::string> notes; ///< what a person should know: "no CUDA: …"
    Result<CanvasPlan> canvas = Error{}; ///< how larger images are painted, or the reason why not
};

/// What pictures are made of: numbers, and labels where the generator reads them.
struct Latents {
    std::int64_t dimensions = 0;
    std::vector<float> values; ///< one row of `dimensions` numbers after the other
    std::vector<std::int64_t> labels; ///< one a row, from 0, or none

    std::int64_t count() const { return dimensions > 0 ? static_cast<std::int64_t>(values.size()) / dimensions : 0; }
    /// The rows from `begin` on, `count` of them.
    Latents rows(std::int64_t begin, std::int64_t count) const;
};

/// Latents drawn from a seed. Row i depends on seed, truncation and i alone, so it can be drawn again whatever the
/// count and the device. With the run's own seed and no truncation they are the latents of its samples.
struct LatentRequest {
    std::uint64_t seed = 0;
    std::int64_t count = 0;
    /// The truncation trick (Brock et al. 2019, section 3.1). Normal latents: numbers beyond ±T, T > 0, are drawn again
    /// from the part of the normal distribution within ±T, the others stay as they are. Uniform ones are multiplied by
    /// T, 0 < T ≤ 1.
    std::optional<double> truncation = {};
    std::optional<std::int64_t> label = {}; ///< of every row; none: the classes in turn
    std::int64_t columns =
        0; ///< above 0, classes take turns along each row of a grid that wide: a column has one class
};

/// An image painted from a map of latents. The latent at a place of the map depends on seed, truncation and place
/// alone: a wider or higher image goes on where a smaller one ends.
struct CanvasRequest {
    std::int64_t width = 1024; ///< pixels; a multiple of CanvasPlan::growth, at most largestCanvas
    std::int64_t height = 1024;
    std::uint64_t seed = 0;
    std::optional<double> truncation = {};
    std::int64_t label = 0; ///< for the whole image, where the generator reads labels
};
constexpr std::int64_t largestCanvas = 4096;

/// The multiple of `growth` nearest to a side, within what can be painted.
std::int64_t nearestSide(std::int64_t side, std::int64_t growth);

/// A generator by itself, in evaluation mode and without a trainer. All calls come from one thread, that which opened
/// it. Nothing is thrown.
class Generator {
public:
    virtual ~Generator() = default;

    virtual const GeneratorInfo& info() const = 0;
    /// Refuses a count below 1, a truncation out of range and a label that there is not.
    virtual Result<Latents> draw(const LatentRequest& request) const = 0;
    /// One sample a row, in order; `columns` of the result is left to the caller. A sample does not depend on the
    /// others. Refuses rows of another length, numbers that are not finite, and labels missing or out of range.
    virtual Result<Samples> make(const Latents& latents) = 0;
    /// Refuses what the generator cannot paint, and sizes that are none of its multiples.
    virtual Result<Image> paint(const CanvasRequest& request, const PaintMonitor& monitor) = 0;
};

using GeneratorFactory =
    std::function<Result<std::unique_ptr<Generator>>(const std::filesystem::path& runOrCheckpoint)>;

/// What is written into the PNG of a picture: program, step and which weights made it.
PngText pictureText(const GeneratorInfo& info);
/// The same with what is needed to paint it again.
PngText pictureText(const GeneratorInfo& info, const CanvasRequest& request);

} // namespace saddle
