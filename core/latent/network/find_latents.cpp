// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/find_latents.h"

#include "core/base/text.h"
#include "core/latent/network/generate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace saddle {

namespace {

constexpr std::int64_t candidatesAtOnce = 16;

Status checkRange(std::int64_t value, std::int64_t most, const std::string& what)
{
    if (value >= 1 && value <= most)
        return {};
    return Error{grouped(value) + " " + what + " make no sense", what, "ask for 1 to " + grouped(most)};
}

Status checkRequest(const InversionRequest& request, const GeneratorInfo& info)
{
    if (info.shape.size() != 3)
        return Error{"this generator makes no images", info.origin.string(), "choose one that does"};
    const Image& target = request.target;
    const Shape shape{target.channels, target.height, target.width};
    if (shape != info.shape || static_cast<std::int64_t>(target.pixels.size()) != elementCount(shape))
        return Error{"the picture is not of this generator's size", "target", "bring it to " + shapeText(info.shape)};
    if (Status sane = checkRange(request.steps, 100'000, "steps"); !sane)
        return sane;
    if (Status sane = checkRange(request.candidates, 10'000, "candidates"); !sane)
        return sane;
    if (Status sane = checkRange(request.starts, 64, "starts"); !sane)
        return sane;
    for (const auto& [value, name] : {std::pair{request.learningRate, "learning rate"},
             {request.featureWeight, "feature weight"}, {request.priorWeight, "prior weight"}}) {
        if (!std::isfinite(value) || value < 0)
            return Error{"a number of at least 0 is expected", name, "give such a number"};
    }
    return request.label ? checkLabel(*request.label, info.classes.size(), "generator") : Status();
}

/// What is minimised, for a batch of latents, one number each.
class Loss {
public:
    Loss(OpenedNetwork& generator, const GeneratorInfo& info, const InversionRequest& request,
        OpenedDiscriminator* discriminator)
        : m_generator(generator)
        , m_info(info)
        , m_request(request)
        , m_discriminator(request.featureWeight > 0 ? discriminator : nullptr)
    {
        Samples target;
        target.count = 1;
        target.channels = request.target.channels;
        target.height = request.target.height;
        target.width = request.target.width;
        target.pixels = request.target.pixels;
        const torch::Tensor scaled = sampleTensor(target, generator.device.device, torch::MemoryFormat::Contiguous);
        m_target = (scaled + 1) / 2;
    }

    struct Values {
        torch::Tensor loss; ///< N
        torch::Tensor error; ///< N: mean squared difference of pixels in 0 .. 1, without a graph
    };

    /// `labels` is N × classes, or undefined.
    Values of(const torch::Tensor& latents, const torch::Tensor& labels)
    {
        const torch::Tensor output = m_generator.network->forward({latents, labels}, ForwardMode::Evaluate);
        const torch::Tensor pixels = (output - m_info.range.low) / (m_info.range.high - m_info.range.low);
        torch::Tensor loss = error(pixels, m_target);
        const torch::Tensor shown = error(pixels.detach().clamp(0, 1), m_target);
        loss = m_discriminator ? loss + m_request.featureWeight * featureError(pixels, labels)
                               : loss + smallerErrors(pixels);
        if (m_info.latent.distribution == LatentDistribution::Normal) {
            const double likely = 1 + 2 * std::sqrt(2.0 / static_cast<double>(m_info.latent.dimensions));
            loss = loss + m_request.priorWeight * (latents.square().mean(1) - likely).relu().square();
        }
        return {loss, shown};
    }

private:
    static torch::Tensor error(const torch::Tensor& one, const torch::Tensor& other)
    {
        return (one - other).square().flatten(1).mean(1);
    }

    torch::Tensor smallerErrors(const torch::Tensor& pixels) const
    {
        torch::Tensor sum = at::zeros({pixels.size(0)}, pixels.options());
        for (const std::int64_t factor : {2, 4}) {
            if (std::min(pixels.size(2), pixels.size(3)) >= 2 * factor)
                sum = sum + error(at::avg_pool2d(pixels, factor), at::avg_pool2d(m_target, factor));
        }
        return sum;
    }

    torch::Tensor featureError(const torch::Tensor& pixels, const torch::Tensor& labels)
    {
        const auto inner = [&](const torch::Tensor& images) {
            const torch::Device device = m_discriminator->device();
            return m_discriminator->innerOutputs(
                {(images * 2 - 1).to(device), labels.defined() ? labels.to(device) : labels});
        };
        std::vector<torch::Tensor> wanted;
        {
            // With each one's label, where it is read: the target's features depend on it.
            const torch::NoGradGuard guard;
            wanted = inner(m_target.expand_as(pixels));
        }
        const std::vector<torch::Tensor> found = inner(pixels);
        torch::Tensor sum = at::zeros({pixels.size(0)}, pixels.options());
        for (std::size_t i = 0; i < found.size(); ++i) {
            const torch::Tensor size = wanted[i].square().flatten(1).mean(1).clamp_min(1e-12);
            sum = sum + (error(found[i], wanted[i]) / size).to(pixels.device());
        }
        return found.empty() ? sum : sum / static_cast<double>(found.size());
    }

    OpenedNetwork& m_generator;
    const GeneratorInfo& m_info;
    const InversionRequest& m_request;
    OpenedDiscriminator* m_discriminator;
    torch::Tensor m_target;
};

/// Latents, N × Z, with N labels where the generator reads them.
struct Starts {
    torch::Tensor latents;
    std::vector<std::int64_t> labels;
};

/// The candidates of the least loss.
Starts bestCandidates(Loss& loss, const GeneratorInfo& info, const InversionRequest& request, torch::Device device)
{
    const torch::NoGradGuard guard;
    const torch::Tensor latents =
        drawLatents(RandomStreams(request.seed, torch::kCPU), "inversion", 0, info.latent, request.candidates)
            .to(device);
    std::vector<std::int64_t> labels;
    const auto classes = static_cast<std::int64_t>(info.classes.size());
    for (std::int64_t i = 0; classes > 0 && i < request.candidates; ++i)
        labels.push_back(request.label.value_or(i % classes));
    const torch::Tensor oneHots = classes > 0 ? labelInput(labels, info.classes.size(), device) : torch::Tensor();
    std::vector<torch::Tensor> losses;
    for (std::int64_t begin = 0; begin < request.candidates; begin += candidatesAtOnce) {
        const std::int64_t count = std::min(candidatesAtOnce, request.candidates - begin);
        losses.push_back(loss.of(latents.narrow(0, begin, count),
                                 oneHots.defined() ? oneHots.narrow(0, begin, count) : torch::Tensor())
                             .loss);
    }
    const torch::Tensor order =
        at::cat(losses).argsort(true).narrow(0, 0, std::min(request.starts, request.candidates));
    Starts starts{latents.index_select(0, order), {}};
    for (std::int64_t i = 0; classes > 0 && i < order.size(0); ++i)
        starts.labels.push_back(labels[static_cast<std::size_t>(order[i].item<std::int64_t>())]);
    return starts;
}

/// Adam (Kingma & Ba 2015, algorithm 1) on one tensor.
class Adam {
public:
    explicit Adam(const torch::Tensor& values)
        : m_mean(torch::zeros_like(values))
        , m_square(torch::zeros_like(values))
    {
    }

    void step(torch::Tensor& values, const torch::Tensor& gradient, double rate)
    {
        const torch::NoGradGuard guard;
        ++m_steps;
        m_mean.mul_(0.9).add_(gradient, 0.1);
        m_square.mul_(0.999).addcmul_(gradient, gradient, 0.001);
        const torch::Tensor mean = m_mean / (1 - std::pow(0.9, m_steps));
        const torch::Tensor square = m_square / (1 - std::pow(0.999, m_steps));
        values.addcdiv_(mean, square.sqrt() + 1e-8, -rate);
    }

private:
    torch::Tensor m_mean;
    torch::Tensor m_square;
    int m_steps = 0;
};

/// Full at first, then falling to 0 along half a cosine.
double rateAt(double rate, std::int64_t step, std::int64_t steps)
{
    const double rest = 2 * static_cast<double>(steps - step) / static_cast<double>(steps);
    return rest >= 1 ? rate : rate * (1 - std::cos(std::numbers::pi * rest)) / 2;
}

} // namespace

Result<Inversion> findLatents(OpenedNetwork& generator, const GeneratorInfo& info, const InversionRequest& request,
    const InversionMonitor& monitor, OpenedDiscriminator* discriminator)
{
    if (Status sane = checkRequest(request, info); !sane)
        return sane.error();
    if (discriminator && !discriminator->reads(info.shape, info.classes.size()))
        return Error{"the discriminator does not read what this generator makes", "discriminator",
            "give the one that was trained with it, or none"};
    Loss loss(generator, info, request, discriminator);
    const torch::Device device = generator.device.device;
    Starts starts = bestCandidates(loss, info, request, device);
    torch::Tensor latents = starts.latents.clone().requires_grad_(true);
    const torch::Tensor labels =
        starts.labels.empty() ? torch::Tensor() : labelInput(starts.labels, info.classes.size(), device);
    Adam adam(latents);
    Inversion best;
    double least = std::numeric_limits<double>::infinity();
    for (std::int64_t step = 0; step <= request.steps; ++step) {
        const Loss::Values values = loss.of(latents, labels);
        const torch::Tensor losses = values.loss.detach().cpu();
        const torch::Tensor shown = at::where(losses.isnan(), at::full_like(losses, least), losses);
        const auto number = shown.argmin().item<std::int64_t>();
        const double now = losses[number].item<double>();
        if (step > 0)
            best.losses.push_back(now);
        if (now < least) {
            least = now;
            best.error = values.error[number].item<double>();
            best.latents.dimensions = info.latent.dimensions;
            best.latents.values = hostFloats(latents.detach()[number]);
            if (!starts.labels.empty())
                best.latents.labels = {starts.labels[static_cast<std::size_t>(number)]};
        }
        if (best.latents.values.empty())
            return Error{"the generator gives numbers that are not finite", info.origin.string(), "choose another one"};
        if (step > 0 && monitor && !monitor({step, request.steps, best.error, best.latents})) {
            best.cancelled = step < request.steps;
            break;
        }
        if (step == request.steps)
            break;
        const torch::Tensor gradient = torch::autograd::grad({values.loss.sum()}, {latents}).front();
        adam.step(latents, at::nan_to_num(gradient, 0, 0, 0), rateAt(request.learningRate, step, request.steps));
        if (info.latent.distribution == LatentDistribution::Uniform) {
            const torch::NoGradGuard guard;
            latents.clamp_(-1, 1);
        }
    }
    return best;
}

} // namespace saddle
