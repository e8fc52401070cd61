// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/describe_regulariser.h"
#include "core/regularisers/regularisers.h"

#include <cmath>

namespace saddle {

namespace {

struct DiffAugmentOptions : RegulariserOptions {
    bool colour = true;
    bool translation = true;
    bool cutout = true;
};

/// Zhao et al. 2020: D sees T(x) and T(G(z)) in every phase, and gradients flow through T. Each sample has draws of its
/// own:
///
///     colour       x + (u - ½); then 2u (x - mean over channels) + that mean; then (u + ½)(x - mean) + mean
///     translation  shifts by -s .. s pixels along both sides, s = an eighth of the side; zeros come in
///     cutout       a square of half the side is set to 0, its centre anywhere
class DiffAugment : public Regulariser {
public:
    explicit DiffAugment(const DiffAugmentOptions& options)
        : m_options(options)
    {
    }

    torch::Tensor augment(const torch::Tensor& samples, const std::string& which, PhaseContext& context) const override
    {
        const std::string prefix = "augment_" + which + "/";
        torch::Tensor images = samples;
        if (m_options.colour)
            images = colour(images, prefix, context);
        if (m_options.translation)
            images = translated(images, context.uniform(prefix + "translate", {images.size(0), 2}));
        if (m_options.cutout)
            images = cut(images, context.uniform(prefix + "cutout", {images.size(0), 2}));
        return images;
    }

private:
    static torch::Tensor colour(torch::Tensor images, const std::string& prefix, PhaseContext& context)
    {
        const auto draw = [&](const char* name) { return context.uniform(prefix + name, {images.size(0), 1, 1, 1}); };
        images = images + (draw("brightness") - 0.5);
        const torch::Tensor grey = images.mean({1}, true);
        images = (images - grey) * (draw("saturation") * 2) + grey;
        const torch::Tensor mean = images.mean({1, 2, 3}, true);
        return (images - mean) * (draw("contrast") + 0.5) + mean;
    }

    /// Which row (or column) of a sample each of its rows shows, by its draw: N × size.
    static torch::Tensor moved(const torch::Tensor& draw, std::int64_t size)
    {
        const std::int64_t most = std::lround(static_cast<double>(size) * 0.125);
        const torch::Tensor shift = (draw * static_cast<double>(2 * most + 1)).floor().to(torch::kLong) - most;
        return at::arange(size, shift.options()).unsqueeze(0) + shift.unsqueeze(1);
    }

    static torch::Tensor translated(const torch::Tensor& images, const torch::Tensor& draws)
    {
        const std::int64_t height = images.size(2);
        const std::int64_t width = images.size(3);
        const torch::Tensor rows = moved(draws.select(1, 0), height);
        const torch::Tensor columns = moved(draws.select(1, 1), width);
        const auto inside = [](const torch::Tensor& places, std::int64_t size) {
            return at::logical_and(places >= 0, places < size);
        };
        const torch::Tensor places =
            (rows.clamp(0, height - 1) * width).unsqueeze(2) + columns.clamp(0, width - 1).unsqueeze(1);
        const torch::Tensor keep =
            at::logical_and(inside(rows, height).unsqueeze(2), inside(columns, width).unsqueeze(1)).unsqueeze(1);
        const torch::Tensor flat = places.flatten(1).unsqueeze(1).expand({-1, images.size(1), -1});
        return images.flatten(2).gather(2, flat).view(images.sizes()) * keep;
    }

    static torch::Tensor cut(const torch::Tensor& images, const torch::Tensor& draws)
    {
        const auto outside = [&](std::int64_t axis) {
            const std::int64_t side = images.size(axis);
            const std::int64_t size = (side + 1) / 2;
            const auto range = static_cast<double>(side + (1 - size % 2));
            const torch::Tensor centre = (draws.select(1, axis - 2) * range).floor().to(torch::kLong).unsqueeze(1);
            const torch::Tensor places = at::arange(side, centre.options()).unsqueeze(0);
            // The edges are clipped to the image, as they are where the square is laid over it.
            const torch::Tensor first = (centre - size / 2).clamp(0, side - 1);
            const torch::Tensor last = (centre - size / 2 + size - 1).clamp(0, side - 1);
            return at::logical_or(places<first, places> last);
        };
        return images * at::logical_or(outside(2).unsqueeze(2), outside(3).unsqueeze(1)).unsqueeze(1);
    }

    DiffAugmentOptions m_options;
};

} // namespace

RegulariserInfo diffAugmentRegulariser()
{
    using O = DiffAugmentOptions;
    return RegulariserDescriber<O>(
        "diffaugment", "DiffAugment", "Shows D changed copies, real and generated alike: for small sets of images")
        .source("Zhao et al. 2020, arXiv:2006.10738")
        .asks(Asks::Images)
        .parameter("colour", &O::colour, {.label = "Colour", .help = "Brightness, saturation, contrast"})
        .parameter("translation", &O::translation, {.label = "Translation", .help = "Shifts by up to an eighth"})
        .parameter("cutout", &O::cutout, {.label = "Cutout", .help = "A grey square of half the side"})
        .build([](const O& options, LiveValues&) { return std::make_unique<DiffAugment>(options); });
}

} // namespace saddle
