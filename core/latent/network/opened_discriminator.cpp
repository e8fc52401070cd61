// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/opened_discriminator.h"

#include "core/base/text.h"
#include "core/latent/network/generate.h"

#include <algorithm>

namespace saddle {

namespace {

constexpr std::int64_t featuresAtOnce = 64;
constexpr const char* reader = "discriminator";

/// Whether a layer only turns a map into a list of the same numbers.
bool flattens(const NetworkReport& network, const LayerReport& layer)
{
    return (layer.kind == "flatten" || layer.kind == "reshape") && layer.shape.output.size() == 1
        && network.shapeOf(layer.inputs.front()).size() == 3;
}

/// A map's quarters, averaged: C × min(2, H) × min(2, W).
Shape quartersOf(const Shape& shape)
{
    return shape.size() == 3 ? Shape{shape[0], std::min<std::int64_t>(2, shape[1]), std::min<std::int64_t>(2, shape[2])}
                             : shape;
}

NetworkInput slice(const NetworkInput& input, std::int64_t begin, std::int64_t count)
{
    return {input.data.narrow(0, begin, count),
        input.label.defined() ? input.label.narrow(0, begin, count) : torch::Tensor()};
}

} // namespace

OpenedDiscriminator::OpenedDiscriminator(DiscriminatorInfo info, OpenedNetwork opened, torch::MemoryFormat format,
    const ObjectiveInfo& objective, const Json& objectiveOptions)
    : m_info(std::move(info))
    , m_opened(std::move(opened))
    , m_format(format)
    , m_live(m_opened.device.device)
    , m_objective(objective.create(objectiveOptions, m_live))
{
    m_info.objective = objective.label;
    m_info.kind = objective.critic;
    m_info.meaning = m_objective->meaning();
    m_info.comparesSamples = m_opened.report.mixer(Mixing::Always) >= 0;
    if (m_info.comparesSamples) {
        m_info.notes.emplace_back("This discriminator compares the samples of a batch, and here sees each alone: its "
                                  "scores are not those of the curves.");
    }
    const std::vector<LayerReport>& layers = m_opened.report.layers;
    for (int i = 0; i < static_cast<int>(layers.size()); ++i) {
        if (layers[static_cast<std::size_t>(i)].shape.parameters > 0)
            m_inner.push_back(i);
    }
    chooseFeatureLayer();
    if (!m_inner.empty())
        m_inner.pop_back();
}

void OpenedDiscriminator::chooseFeatureLayer()
{
    const NetworkReport& report = m_opened.report;
    if (m_info.kind == Critic::Reconstruction) {
        // Its code; without one of that name, the narrowest that anything passes through.
        std::int64_t least = elementCount(report.input);
        for (std::size_t i = 0; i < report.layers.size(); ++i) {
            const LayerReport& layer = report.layers[i];
            if (layer.name == "code" || elementCount(layer.shape.output) < least) {
                m_featureLayer = static_cast<int>(i);
                least = layer.name == "code" ? 0 : elementCount(layer.shape.output);
            }
        }
    } else if (!m_inner.empty()) {
        m_featureLayer = report.layers[static_cast<std::size_t>(m_inner.back())].inputs.front();
        while (m_featureLayer >= 0 && flattens(report, report.layers[static_cast<std::size_t>(m_featureLayer)]))
            m_featureLayer = report.layers[static_cast<std::size_t>(m_featureLayer)].inputs.front();
    }
    m_info.featureLayer = m_featureLayer < 0 ? "its input"
                                             : "layer " + std::to_string(m_featureLayer) + ", "
            + report.layers[static_cast<std::size_t>(m_featureLayer)].title;
    m_info.featureCount = elementCount(quartersOf(report.shapeOf(m_featureLayer)));
}

Status OpenedDiscriminator::check(const Samples& samples, const std::vector<std::int64_t>& labels) const
{
    const Shape shape = samples.isPoints() ? Shape{2} : Shape{samples.channels, samples.height, samples.width};
    const std::size_t held = samples.isPoints() ? samples.points.size() : samples.pixels.size();
    if (samples.count < 1 || shape != m_info.shape
        || held != static_cast<std::size_t>(samples.count) * static_cast<std::size_t>(elementCount(shape))) {
        return Error{
            "these are not samples of this discriminator", "samples", "give samples of " + shapeText(m_info.shape)};
    }
    return checkLabels(labels, samples.count, m_info.classes.size(), reader);
}

NetworkInput OpenedDiscriminator::input(const Samples& samples, const std::vector<std::int64_t>& labels) const
{
    NetworkInput input(sampleTensor(samples, device(), m_format));
    if (!labels.empty())
        input.label = labelInput(labels, m_info.classes.size(), device());
    return input;
}

Result<Judgement> OpenedDiscriminator::judge(const Samples& samples, const std::vector<std::int64_t>& labels)
{
    if (Status sane = check(samples, labels); !sane)
        return sane.error();
    try {
        const torch::NoGradGuard guard;
        const NetworkInput all = input(samples, labels);
        std::vector<torch::Tensor> scores;
        std::vector<torch::Tensor> outputs;
        for (std::int64_t i = 0; i < samples.count; ++i) {
            const NetworkInput one = slice(all, i, 1);
            const torch::Tensor output = m_opened.network->forward(one, ForwardMode::Evaluate);
            scores.push_back(m_objective->score(one.data, output));
            if (m_info.kind == Critic::Reconstruction)
                outputs.push_back(output);
        }
        const torch::Tensor joined = at::cat(scores);
        Judgement judgement;
        judgement.scores = hostFloats(joined);
        if (m_info.meaning.logit)
            judgement.probabilities = hostFloats(joined.sigmoid());
        if (!outputs.empty()) {
            judgement.reconstruction.step = m_info.step;
            putSamples(judgement.reconstruction, at::cat(outputs));
        }
        return judgement;
    } catch (const std::exception& thrown) {
        return torchError(thrown, "the samples could not be judged", m_info.origin.string(), "give fewer");
    }
}

torch::Tensor OpenedDiscriminator::features(const NetworkInput& input)
{
    const torch::Tensor found = m_featureLayer < 0
        ? input.data
        : m_opened.network->outputsOf({m_featureLayer}, input, ForwardMode::Evaluate).front();
    if (found.dim() != 4)
        return found.flatten(1);
    const Shape quarters = quartersOf(m_opened.report.shapeOf(m_featureLayer));
    return at::adaptive_avg_pool2d(found, {quarters[1], quarters[2]}).flatten(1);
}

Result<std::vector<float>> OpenedDiscriminator::features(
    const Samples& samples, const std::vector<std::int64_t>& labels)
{
    if (Status sane = check(samples, labels); !sane)
        return sane.error();
    try {
        const torch::NoGradGuard guard;
        const NetworkInput all = input(samples, labels);
        const std::int64_t together = m_info.comparesSamples ? 1 : featuresAtOnce;
        std::vector<torch::Tensor> parts;
        for (std::int64_t begin = 0; begin < samples.count; begin += together)
            parts.push_back(features(slice(all, begin, std::min(together, samples.count - begin))));
        return hostFloats(at::cat(parts));
    } catch (const std::exception& thrown) {
        return torchError(thrown, "features could not be computed", m_info.origin.string(), "give fewer samples");
    }
}

std::vector<torch::Tensor> OpenedDiscriminator::innerOutputs(const NetworkInput& input)
{
    if (m_inner.empty())
        return {};
    return m_opened.network->outputsOf(m_inner, input, ForwardMode::Evaluate);
}

Status OpenedDiscriminator::adopt(const TensorMap& tensors, std::int64_t step)
{
    try {
        if (Status adopted = adoptValues(*m_opened.network, tensors); !adopted)
            return adopted;
        m_info.step = step;
        return {};
    } catch (const std::exception& thrown) {
        return torchError(thrown, "the weights could not be taken on", m_info.origin.string(), "open it again");
    }
}

} // namespace saddle
