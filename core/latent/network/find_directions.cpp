// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/find_directions.h"

#include "core/base/text.h"
#include "core/latent/network/generate.h"
#include "core/latent/network/principal_sum.h"

#include <algorithm>
#include <set>

namespace saddle {

namespace {

constexpr std::int64_t mostSamples = 100'000;
constexpr std::int64_t numbersAtOnce = std::int64_t{4} << 20; ///< of activations: bounds the memory of a pass

/// Which layers have something of the latent in what they give.
std::vector<bool> fedByLatent(const NetworkReport& report)
{
    std::vector<bool> fed(report.layers.size(), false);
    for (std::size_t i = 0; i < report.layers.size(); ++i) {
        const std::vector<int>& inputs = report.layers[i].inputs;
        fed[i] = std::any_of(inputs.begin(), inputs.end(), [&](int number) {
            return number == networkInput || (number >= 0 && fed[static_cast<std::size_t>(number)]);
        });
    }
    return fed;
}

/// The numbers of the layers that put weights to what they get of the latent, norms apart.
std::vector<int> weightLayers(const OpenedNetwork& generator)
{
    const std::vector<std::string>& names = generator.network->parameters().names;
    const std::set<std::string> known(names.begin(), names.end());
    const std::vector<bool> fed = fedByLatent(generator.report);
    std::vector<int> found;
    for (std::size_t i = 0; i < fed.size(); ++i) {
        if (fed[i] && known.contains(generator.report.layers[i].name + ".weight"))
            found.push_back(static_cast<int>(i));
    }
    return found;
}

std::vector<int> selectableLayers(const OpenedNetwork& generator)
{
    const std::vector<int> weights = weightLayers(generator);
    const std::vector<bool> fed = fedByLatent(generator.report);
    std::vector<int> found;
    for (int i = weights.empty() ? 0 : weights.front(); i < static_cast<int>(fed.size()); ++i) {
        if (fed[static_cast<std::size_t>(i)])
            found.push_back(i);
    }
    return found;
}

Result<int> layerAsked(const OpenedNetwork& generator, const std::string& name)
{
    const std::vector<int> selectable = selectableLayers(generator);
    if (selectable.empty())
        return Error{"nothing of this generator depends on the latent", "layer", "choose another generator"};
    if (name.empty()) {
        const std::vector<int> weights = weightLayers(generator);
        if (weights.size() < 2)
            return selectable.front();
        const int before = generator.report.layers[static_cast<std::size_t>(weights[1])].inputs.front();
        return std::max(before, weights.front());
    }
    for (const int number : selectable) {
        if (generator.report.layers[static_cast<std::size_t>(number)].name == name)
            return number;
    }
    return Error{"there is no layer “" + name + "” behind the latent", "layer", "choose one of those offered"};
}

/// Where a map has more numbers than are worked with, its pixels are averaged, half as many along each side.
torch::Tensor reduced(torch::Tensor activations)
{
    while (activations.dim() == 4 && activations[0].numel() > PrincipalSum::mostActivations
        && std::max(activations.size(2), activations.size(3)) > 1) {
        activations =
            at::adaptive_avg_pool2d(activations, {(activations.size(2) + 1) / 2, (activations.size(3) + 1) / 2});
    }
    return activations.flatten(1);
}

/// Components, the most important first, as directions: k × Z of any length, and their shares.
std::vector<Direction> named(const torch::Tensor& components, const torch::Tensor& shares, const std::string& name,
    DirectionKind kind, const LatentOptions& latent)
{
    std::vector<Direction> directions;
    const torch::Tensor lengths = at::linalg_vector_norm(components, 2, {1});
    const double longest = lengths.numel() > 0 ? lengths.max().item<double>() : 0;
    for (std::int64_t i = 0; i < components.size(0); ++i) {
        const double length = lengths[i].item<double>();
        if (!(length > 1e-9 * longest)) // nothing in the latents goes with it
            continue;
        torch::Tensor unit = (components[i] / length).contiguous();
        if (unit[unit.abs().argmax()].item<double>() < 0)
            unit = -unit;
        Direction direction;
        direction.name = name + " " + std::to_string(directions.size() + 1);
        direction.kind = kind;
        const double* numbers = unit.const_data_ptr<double>();
        direction.values.assign(numbers, numbers + unit.numel());
        direction.spread = spreadOf(latent);
        direction.explained = shares[i].item<double>();
        directions.push_back(std::move(direction));
    }
    return directions;
}

Status checkCount(std::int64_t count)
{
    return count >= 1 ? Status() : Error{"no directions are asked for", "count", "ask for at least 1"};
}

/// The generator up to its first layer with weights, whose norm and activation are left out, in float64.
Result<std::unique_ptr<BuiltNetwork>> firstWeight(const OpenedNetwork& generator, int number)
{
    NetworkDescription part = generator.description;
    part.layers.resize(static_cast<std::size_t>(number) + 1);
    for (const char* tail : {"norm", "activation"}) {
        if (part.layers.back().options.contains(tail))
            part.layers.back().options[tail] = "none";
    }
    const Result<NetworkReport> report =
        inspectNetwork(*generator.layers, part, generator.report.input, "generator", generator.report.classes);
    if (!report)
        return report.error();
    auto network = std::make_unique<BuiltNetwork>(*generator.layers, part, *report);
    network->to(torch::kCPU, torch::kDouble, torch::MemoryFormat::Contiguous);
    const std::vector<NamedTensor> whole = generator.network->tensors();
    const torch::NoGradGuard guard;
    for (const NamedTensor& tensor : network->tensors()) {
        const auto found = std::find_if(
            whole.begin(), whole.end(), [&](const NamedTensor& other) { return other.name == tensor.name; });
        torch::Tensor own = tensor.tensor;
        own.copy_(found->tensor);
    }
    return network;
}

} // namespace

std::vector<DirectionLayer> directionLayersOf(const OpenedNetwork& generator)
{
    std::vector<DirectionLayer> layers;
    for (const int number : selectableLayers(generator)) {
        const LayerReport& layer = generator.report.layers[static_cast<std::size_t>(number)];
        layers.push_back({layer.name, layer.title, layer.shape.output});
    }
    return layers;
}

Result<std::vector<Direction>> findPrincipal(
    OpenedNetwork& generator, const LatentOptions& latent, const PrincipalRequest& request, const LoadMonitor& monitor)
{
    if (Status counted = checkCount(request.count); !counted)
        return counted.error();
    if (request.samples < 2 || request.samples > mostSamples) {
        return Error{"principal directions cannot be found from " + std::to_string(request.samples) + " samples",
            "samples", "ask for 2 to " + grouped(mostSamples)};
    }
    const Result<int> layer = layerAsked(generator, request.layer);
    if (!layer)
        return layer.error();
    const torch::NoGradGuard guard;
    const torch::Device device = generator.device.device;
    const auto activationsOf = [&](const torch::Tensor& latents) {
        NetworkInput input(latents.to(device));
        if (generator.report.classes > 0) {
            input.label = oneHot(at::full({latents.size(0)}, request.label, torch::TensorOptions(torch::kLong)),
                generator.report.classes, torch::kFloat)
                              .to(device);
        }
        return reduced(generator.network->outputsOf({*layer}, input, ForwardMode::Evaluate).front()).cpu();
    };
    const LayerReport& report = generator.report.layers[static_cast<std::size_t>(*layer)];
    const torch::Tensor one = drawLatents(RandomStreams(request.seed, torch::kCPU), directionStream, 0, latent, 1);
    const std::int64_t numbers = activationsOf(one).size(1);
    const std::int64_t samples = std::min(request.samples, PrincipalSum::mostSamples(numbers));
    const torch::Tensor latents =
        drawLatents(RandomStreams(request.seed, torch::kCPU), directionStream, 0, latent, samples);
    const std::int64_t together = std::clamp<std::int64_t>(numbersAtOnce / elementCount(report.shape.output), 1, 512);
    PrincipalSum sum(numbers, latent.dimensions, samples);
    for (std::int64_t begin = 0; begin < samples; begin += together) {
        const torch::Tensor part = latents.narrow(0, begin, std::min(together, samples - begin));
        sum.add(activationsOf(part), part);
        const double done = static_cast<double>(begin + part.size(0)) / static_cast<double>(samples);
        if (!monitor(0.8 * done, "activations of " + report.title)) // the rest is the eigenvectors
            return Error{"the search was cancelled", "", ""};
    }
    const PrincipalSum::Components found = sum.components(std::min(request.count, latent.dimensions));
    monitor(1, "principal directions");
    return named(found.latents, found.shares, "PCA", DirectionKind::Principal, latent);
}

Result<std::vector<Direction>> findFactors(
    const OpenedNetwork& generator, const LatentOptions& latent, std::int64_t count)
{
    if (Status counted = checkCount(count); !counted)
        return counted.error();
    const std::vector<int> weights = weightLayers(generator);
    if (weights.empty())
        return Error{"no layer of this generator puts weights to the latent", "generator", "choose another one"};
    const Result<std::unique_ptr<BuiltNetwork>> first = firstWeight(generator, weights.front());
    if (!first)
        return first.error();
    const torch::NoGradGuard guard;
    const auto options = torch::TensorOptions().dtype(torch::kDouble);
    const auto given = [&](const torch::Tensor& latents) {
        NetworkInput input(latents);
        if (generator.report.classes > 0)
            input.label = at::zeros({latents.size(0), generator.report.classes}, options);
        return (*first)->forward(input, ForwardMode::Evaluate).flatten(1);
    };
    const torch::Tensor constant = given(at::zeros({1, latent.dimensions}, options));
    const torch::Tensor units = at::eye(latent.dimensions, options);
    constexpr std::int64_t together = 64;
    std::vector<torch::Tensor> columns; // of A
    for (std::int64_t begin = 0; begin < latent.dimensions; begin += together) {
        const torch::Tensor part = units.narrow(0, begin, std::min(together, latent.dimensions - begin));
        const torch::Tensor forth = given(part) - constant;
        const torch::Tensor back = given(-part) - constant;
        // Only what is linear has a matrix.
        if ((forth + back).abs().max().item<double>() > 1e-9 * forth.abs().max().item<double>() + 1e-300) {
            const LayerReport& layer = generator.report.layers[static_cast<std::size_t>(weights.front())];
            return Error{"what comes before the first weights bends the latent",
                "generator: layer " + std::to_string(weights.front()) + ", " + layer.title,
                "take principal directions instead"};
        }
        columns.push_back(forth);
    }
    const torch::Tensor transposed = at::cat(columns); // Z × outputs: Aᵀ
    const auto [values, vectors] = at::linalg_eigh(transposed.mm(transposed.t()));
    const std::int64_t kept = std::min(count, latent.dimensions);
    // In rising order.
    const torch::Tensor order = at::arange(latent.dimensions - 1, latent.dimensions - 1 - kept, -1, torch::kLong);
    const torch::Tensor shares = values.clamp_min(0) / values.clamp_min(0).sum().clamp_min(1e-300);
    return named(
        vectors.t().index_select(0, order), shares.index_select(0, order), "Factor", DirectionKind::Factor, latent);
}

} // namespace saddle
