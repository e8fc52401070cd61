// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/latent/foreign/foreign_layers.h"

#include <algorithm>

namespace saddle {

namespace {

/// Sizes of images that are so much less usual than the likeliest are not offered.
constexpr double offered = 4;
constexpr std::size_t mostOffered = 8;

constexpr const char* asOtherFormat = "export this generator as TorchScript or ONNX";

/// Tensors that the layers proposed do without, each with the reason.
std::vector<std::string> unknownTensors(const ForeignChain& chain)
{
    std::vector<std::string> unknown;
    for (const ForeignModule* module : chain.unused) {
        for (const auto& [name, tensor] : module->tensors)
            unknown.push_back(shownName(tensor->name) + ": " + module->reason);
    }
    return unknown;
}

Result<ForeignProposal> propose(
    const StateDict& state, const ForeignAnswers& answers, const Registry<LayerInfo>& layers, ForeignProposal proposal)
{
    const std::vector<ForeignModule> modules = modulesOf(state);
    if (const std::string why = whyNoGenerator(modules); !why.empty())
        return Error{why, "", "choose the generator’s weights"};
    const Result<ForeignChain> chain = chainOf(modules);
    if (!chain)
        return chain.error();
    const Result<ForeignSettings> settings = readAnswers(answers, *chain);
    if (!settings)
        return settings.error();
    proposal.unknown = unknownTensors(*chain);

    std::vector<SizePlan> plans;
    std::vector<Shape> likely;
    if (chain->endsAsMap) {
        plans = planSizes(*chain, std::nullopt);
        for (const SizePlan& plan : plans) {
            if (plan.cost <= plans.front().cost + offered && likely.size() < mostOffered)
                likely.push_back({chain->output, plan.image.first, plan.image.second});
        }
        if (settings->image)
            plans = planSizes(*chain, MapSize{(*settings->image)[1], (*settings->image)[2]});
        if (plans.empty()) {
            return Error{settings->image ? "no strides and paddings lead to images of " + shapeText(*settings->image)
                                         : std::string("no strides and paddings make these layers fit one another"),
                "", settings->image ? "give another size" : asOtherFormat};
        }
    } else if (const Shape guessed = likelyImage(chain->output); !guessed.empty()) {
        likely.push_back(guessed);
    }
    const Shape image = settings->image ? *settings->image : likely.empty() ? Shape() : likely.front();
    const SizePlan* plan = plans.empty() ? nullptr : &plans.front();
    const bool enlarges = plan
        && std::any_of(plan->choices.begin(), plan->choices.end(), [](const SizeChoice& c) { return c.upsample > 1; });
    proposal.questions = otherQuestions(*chain, *settings, answers, enlarges);
    proposal.questions.insert(proposal.questions.begin(), imageQuestion(likely, image));

    GeneratorHead& head = proposal.model.head;
    head.latent.distribution = settings->distribution;
    head.shape = image;
    head.range = settings->range;
    for (std::int64_t i = 0; i < settings->classes; ++i)
        head.classes.push_back(std::to_string(i));
    if (image.empty())
        return proposal;
    if (Status built = buildLayers(*chain, plan, *settings, image, layers, proposal); !built)
        return built.error();
    return proposal;
}

} // namespace

Result<ForeignProposal> proposeGenerator(const StateDict& state, const std::filesystem::path& where,
    const ForeignAnswers& answers, const Registry<LayerInfo>& layers)
{
    ForeignProposal start;
    start.model.head.origin = where;
    Result<ForeignProposal> proposal = propose(state, answers, layers, std::move(start));
    if (!proposal)
        return proposal.error().in(where.string());
    return proposal;
}

} // namespace saddle
