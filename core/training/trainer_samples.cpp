// SPDX-License-Identifier: GPL-3.0-or-later
// What a trainer shows of itself: samples in evaluation mode, real ones beside them, D over the plane.
#include "core/training/trainer.h"

#include <algorithm>
#include <cstring>

namespace saddle {

namespace {

constexpr std::int64_t samplesAtOnce = 256; ///< bounds the memory a large grid takes
constexpr int heatSide = 64;
constexpr std::int64_t pointsAtOnce = 1024; ///< of the heat map

/// N × C × H × W in -1 .. 1 to bytes, N × H × W × C.
std::vector<std::uint8_t> toBytes(const torch::Tensor& images)
{
    const torch::Tensor bytes =
        ((images + 1) * 127.5).round_().clamp_(0, 255).to(torch::kByte).permute({0, 2, 3, 1}).contiguous().cpu();
    const std::uint8_t* data = bytes.const_data_ptr<std::uint8_t>();
    return {data, data + bytes.numel()};
}

std::vector<float> toFloats(const torch::Tensor& values)
{
    const torch::Tensor host = values.to(torch::kFloat).contiguous().cpu();
    const float* data = host.const_data_ptr<float>();
    return {data, data + host.numel()};
}

} // namespace

BuiltNetwork& Trainer::samplingNetwork()
{
    return m_average && m_experiment.sampling.ema ? *m_average : network("generator");
}

torch::Tensor Trainer::generate(std::int64_t count)
{
    const torch::NoGradGuard guard;
    const std::vector<std::int64_t> sizes{count, m_experiment.latent.dimensions};
    const bool normal = m_experiment.latent.distribution == LatentDistribution::Normal;
    const torch::Tensor latents =
        (normal ? m_streams.normal("samples", 0, sizes) : m_streams.uniform("samples", 0, sizes) * 2 - 1).to(m_type);
    std::vector<torch::Tensor> parts;
    for (std::int64_t begin = 0; begin < count; begin += samplesAtOnce) {
        const std::int64_t taken = std::min(samplesAtOnce, count - begin);
        NetworkInput input(latents.narrow(0, begin, taken));
        // Each column of the grid is of one class, in turn.
        if (m_experiment.classes > 0) {
            const torch::Tensor places = at::arange(begin, begin + taken, latents.options().dtype(torch::kLong));
            input.label = oneHot(places.remainder(m_experiment.sampling.columns).remainder(m_experiment.classes));
        }
        parts.push_back(samplingNetwork().forward(input, ForwardMode::Evaluate));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
}

Result<Samples> Trainer::sample()
{
    try {
        const SamplingOptions& options = m_experiment.sampling;
        Samples samples;
        samples.step = m_step;
        samples.ema = m_average && options.ema;
        samples.columns = static_cast<int>(options.columns);
        const bool points = m_experiment.dataShape.size() == 1;
        samples.count = points ? options.points : options.rows * options.columns;
        const torch::Tensor generated = generate(samples.count);
        if (points) {
            samples.points = toFloats(generated);
            samples.realPoints = toFloats(m_data.first(std::min<std::int64_t>(options.points, 1000)));
            if (drawsHeatMap())
                samples.heat = heatMap();
        } else {
            samples.channels = static_cast<int>(generated.size(1));
            samples.height = static_cast<int>(generated.size(2));
            samples.width = static_cast<int>(generated.size(3));
            samples.pixels = toBytes(generated);
        }
        return samples;
    } catch (const std::exception& thrown) {
        const std::string text = thrown.what();
        return Error{"samples could not be made: " + text.substr(0, text.find('\n')), "step " + std::to_string(m_step),
            "ask for fewer samples"};
    }
}

Result<Samples> Trainer::realSamples()
{
    try {
        const SamplingOptions& options = m_experiment.sampling;
        Samples samples;
        samples.real = true;
        samples.columns = static_cast<int>(options.columns);
        if (m_experiment.dataShape.size() == 1) {
            const torch::Tensor real = m_data.first(options.points);
            samples.count = real.size(0);
            samples.realPoints = toFloats(real);
        } else {
            const torch::Tensor real = m_data.first(options.rows * options.columns);
            samples.count = real.size(0);
            samples.channels = static_cast<int>(real.size(1));
            samples.height = static_cast<int>(real.size(2));
            samples.width = static_cast<int>(real.size(3));
            samples.pixels = toBytes(real);
        }
        return samples;
    } catch (const std::exception& thrown) {
        return Error{std::string("real samples could not be shown: ") + thrown.what(), "", ""};
    }
}

bool Trainer::drawsHeatMap() const
{
    return m_networks.contains("discriminator") && m_experiment.reports.at("discriminator").mixer(Mixing::Always) < 0;
}

HeatMap Trainer::heatMap()
{
    const torch::NoGradGuard guard;
    HeatMap heat;
    heat.columns = heatSide;
    heat.rows = heatSide;
    heat.high = m_data.reach() * 1.4;
    heat.low = -heat.high;
    const auto options = torch::TensorOptions().device(m_device).dtype(m_type);
    // Cell centres.
    const double half = (heat.high - heat.low) / heatSide / 2;
    const torch::Tensor axis = at::linspace(heat.low + half, heat.high - half, heatSide, options);
    const std::vector<torch::Tensor> grid = at::meshgrid({axis, axis}, "ij");
    const torch::Tensor points = at::stack({grid[1].flatten(), grid[0].flatten()}, 1);
    std::vector<torch::Tensor> scores;
    for (std::int64_t begin = 0; begin < points.size(0); begin += pointsAtOnce) {
        NetworkInput input(points.narrow(0, begin, std::min(pointsAtOnce, points.size(0) - begin)));
        if (m_experiment.classes > 0) // of no class more than of another
            input.label = at::full({input.data.size(0), m_experiment.classes}, 1.0 / m_experiment.classes, options);
        const torch::Tensor output = network("discriminator").forward(input, ForwardMode::Evaluate);
        scores.push_back(m_objective->score(input.data, output));
    }
    heat.values = toFloats(m_objective->realness(at::cat(scores)));
    return heat;
}

} // namespace saddle
