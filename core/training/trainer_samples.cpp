// SPDX-License-Identifier: GPL-3.0-or-later
// What a trainer shows of itself: samples in evaluation mode, real ones beside them, D over the plane.
#include "core/training/trainer.h"

#include "core/latent/network/generate.h"

#include <algorithm>

namespace saddle {

namespace {

constexpr std::int64_t samplesAtOnce = 256; ///< bounds the memory a large grid takes
constexpr int heatSide = 64;
constexpr std::int64_t pointsAtOnce = 1024; ///< of the heat map

} // namespace

BuiltNetwork& Trainer::samplingNetwork()
{
    return m_average && m_experiment.sampling.ema ? *m_average : network("generator");
}

std::int64_t Trainer::samplesInGrid() const
{
    return m_experiment.sampling.rows * m_experiment.sampling.columns;
}

Samples Trainer::nextSamples() const
{
    Samples samples;
    samples.step = m_step;
    samples.ema = m_average && m_experiment.sampling.ema;
    samples.columns = static_cast<int>(m_experiment.sampling.columns);
    return samples;
}

Error Trainer::noSamples(const std::exception& thrown, std::int64_t step)
{
    const std::string text = thrown.what();
    return Error{"samples could not be made: " + text.substr(0, text.find('\n')), "step " + std::to_string(step),
        "ask for fewer samples"};
}

torch::Tensor Trainer::generate(BuiltNetwork& network, std::int64_t count)
{
    const torch::NoGradGuard guard;
    NetworkInput latents(drawLatents(m_streams, sampleStream, 0, m_experiment.latent, count).to(m_type));
    // Each column of the grid is of one class, in turn.
    if (m_experiment.classes > 0) {
        const torch::Tensor places = at::arange(count, latents.data.options().dtype(torch::kLong));
        const torch::Tensor labels = places.remainder(m_experiment.sampling.columns).remainder(m_experiment.classes);
        latents.label = oneHot(labels, m_experiment.classes, m_type);
    }
    return saddle::generate(network, latents, samplesAtOnce);
}

Result<Samples> Trainer::sample()
{
    try {
        const SamplingOptions& options = m_experiment.sampling;
        Samples samples = nextSamples();
        const bool points = m_experiment.dataShape.size() == 1;
        putSamples(samples, generate(samplingNetwork(), points ? options.points : samplesInGrid()));
        if (points) {
            samples.realPoints = hostFloats(m_data.first(std::min<std::int64_t>(options.points, 1000)));
            if (drawsHeatMap())
                samples.heat = heatMap();
        }
        if (m_begun)
            m_begun->outdated = true;
        return samples;
    } catch (const std::exception& thrown) {
        return noSamples(thrown, m_step);
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
            samples.realPoints = hostFloats(real);
        } else {
            putSamples(samples, m_data.first(samplesInGrid()));
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
    heat.values = hostFloats(m_objective->realness(at::cat(scores)));
    return heat;
}

} // namespace saddle
