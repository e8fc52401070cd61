// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
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

struct Direction;
struct DirectionLayer;
struct PrincipalRequest;
struct Inversion;
struct InversionProgress;
struct InversionRequest;
class Discriminator;

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

/// A stroke of the brush: the latents of a map whose middles lie within a circle, and the one that the circle's own
/// middle lies in, are drawn again.
struct CanvasStroke {
    double column = 0; ///< the circle's middle, in latents of the map: the first one's middle is 0.5
    double row = 0;
    double radius = 0.5; ///< in latents, above 0
    std::uint64_t seed = 0; ///< of what is drawn; what a place gets depends on seed and place alone
    /// 0 leaves a latent as it was, 1 replaces it. Between the two, normal latents turn from one to the other along a
    /// quarter of a circle, which keeps their distribution; uniform ones are mixed linearly.
    double strength = 1;

    bool operator==(const CanvasStroke&) const = default;
};

/// An image painted from a map of latents. The latent at a place of the map depends on seed, truncation and place
/// alone: a wider or higher image goes on where a smaller one ends.
struct CanvasRequest {
    std::int64_t width = 1024; ///< pixels; a multiple of CanvasPlan::growth, at most largestCanvas
    std::int64_t height = 1024;
    std::uint64_t seed = 0;
    std::optional<double> truncation = {};
    std::int64_t label = 0; ///< for the whole image, where the generator reads labels
    std::vector<CanvasStroke> strokes = {}; ///< in their order
};
/// Part of a painting that was painted again.
struct CanvasPatch {
    std::int64_t x = 0; ///< pixels from the left
    std::int64_t y = 0; ///< pixels from the top
    Image image;
};
/// Puts a patch where it belongs, as far as it lies in the image and has as many channels.
void putPatch(Image& image, const CanvasPatch& patch);
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

    /// The parts of a painting that change with its last stroke, each byte that of the whole painting: `request` holds
    /// that stroke too. None where it touches no latent.
    virtual Result<std::vector<CanvasPatch>> repaint(const CanvasRequest& request, const PaintMonitor& monitor);

    /// Layers that principal directions can be taken of, those nearest the latent first.
    virtual std::vector<DirectionLayer> directionLayers() const;
    /// GANSpace (Härkönen et al. 2020, arXiv:2004.02546, section 3): the principal components v of a layer's
    /// activations y over random latents z, brought back to latents by linear regression, u ∝ cov(z, y) v. `explained`
    /// is the share of the activations' variance. Exact for the sample: by their covariance in float64 up to 1,024
    /// activations, beyond by the Gram matrix of at most 1,536 samples, so that it takes seconds. Maps of more than
    /// 16,384 activations are halved by averaging until they have no more. The largest number of each direction is
    /// positive.
    virtual Result<std::vector<Direction>> principalDirections(
        const PrincipalRequest& request, const LoadMonitor& monitor);
    /// SeFa (Shen & Zhou 2021, arXiv:2007.06600, eq. 5): eigenvectors of AᵀA, the largest eigenvalue first, where A is
    /// what the first layer with weights does to the latent, its norm and activation left out and labels too.
    /// `explained` is the eigenvalue's share of all. Signs as above.
    virtual Result<std::vector<Direction>> factorDirections(std::int64_t count);

    /// Latents that reproduce a picture: Adam on z from the best of some random ones, in evaluation mode. The loss is
    /// the squared error of pixels and, where a discriminator is given, of the outputs of its layers relative to
    /// theirs; without one, of the picture halved and quartered too. Normal latents are kept likely by
    /// relu(‖z‖²/Z - 1 - 2√(2/Z))²: nothing within two standard deviations of what ‖z‖² is for random z. Uniform ones
    /// are kept within ±1 (as Zhu et al. 2016, arXiv:1609.03552, section 3.1). The same for a seed.
    virtual Result<Inversion> invert(const InversionRequest& request,
        const std::function<bool(const InversionProgress&)>& monitor, Discriminator* discriminator = nullptr);

    /// Takes on other weights of the same layers, as a training run publishes them; names as in GeneratorModel. What
    /// does not fit is an Error, and nothing is changed.
    virtual Status adopt(const TensorMap& tensors, std::int64_t step);
};

/// What is written into the PNG of a picture: program, step and which weights made it.
PngText pictureText(const GeneratorInfo& info);
/// The same with what is needed to paint it again.
PngText pictureText(const GeneratorInfo& info, const CanvasRequest& request);

} // namespace saddle
