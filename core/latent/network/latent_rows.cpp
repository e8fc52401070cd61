// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/latent_rows.h"

#include "core/base/text.h"
#include "core/io/csv.h"
#include "core/latent/network/generate.h"
#include "core/latent/network/opened_network.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace saddle {

namespace {

constexpr std::int64_t mostRows = 1'000'000;
constexpr const char* reader = "generator";

} // namespace

Status checkTruncation(const std::optional<double>& truncation, const LatentOptions& latent)
{
    if (!truncation)
        return {};
    const bool uniform = latent.distribution == LatentDistribution::Uniform;
    if (std::isfinite(*truncation) && *truncation > 0 && (!uniform || *truncation <= 1))
        return {};
    return Error{"a truncation of " + formatNumber(*truncation) + " makes no sense", "truncation",
        uniform ? "give a factor above 0, at most 1: the latents are uniform"
                : "give a number of standard deviations above 0"};
}

Status checkLatents(const Latents& latents, const GeneratorInfo& info)
{
    const std::int64_t count = latents.count();
    if (latents.dimensions != info.latent.dimensions || count < 1
        || static_cast<std::int64_t>(latents.values.size()) != count * latents.dimensions) {
        return Error{"these are not latents of this generator", "latents",
            "give rows of " + counted(info.latent.dimensions, "number")};
    }
    if (!std::all_of(latents.values.begin(), latents.values.end(), [](float value) { return std::isfinite(value); }))
        return Error{"not every number is finite", "latents", "give finite ones"};
    return checkLabels(latents.labels, count, info.classes.size(), reader);
}

Result<Latents> drawFor(const GeneratorInfo& info, const LatentRequest& request)
{
    if (request.count < 1 || request.count > mostRows) {
        return Error{
            std::to_string(request.count) + " pictures cannot be made", "count", "ask for 1 to " + grouped(mostRows)};
    }
    if (Status sane = checkTruncation(request.truncation, info.latent); !sane)
        return sane.error();
    if (request.label) {
        if (Status known = checkLabel(*request.label, info.classes.size(), reader); !known)
            return known.error();
    }
    try {
        // On the host whatever the device: the same seed gives the same bits everywhere.
        const RandomStreams streams(request.seed, torch::kCPU);
        Latents latents;
        latents.dimensions = info.latent.dimensions;
        latents.values =
            hostFloats(drawLatents(streams, sampleStream, 0, info.latent, request.count, request.truncation));
        const auto classes = static_cast<std::int64_t>(info.classes.size());
        for (std::int64_t i = 0; classes > 0 && i < request.count; ++i) {
            const std::int64_t place = request.columns > 0 ? i % request.columns : i;
            latents.labels.push_back(request.label.value_or(place % classes));
        }
        return latents;
    } catch (const std::exception& thrown) {
        return torchError(thrown, "latents could not be drawn", info.origin.string(), "ask for fewer");
    }
}

NetworkInput latentInput(const Latents& latents, const GeneratorInfo& info, torch::Device device)
{
    const torch::Tensor values = torch::empty({latents.count(), latents.dimensions}, torch::kFloat);
    std::memcpy(values.mutable_data_ptr(), latents.values.data(), latents.values.size() * sizeof(float));
    NetworkInput input(values.to(device));
    if (!latents.labels.empty())
        input.label = labelInput(latents.labels, info.classes.size(), device);
    return input;
}

} // namespace saddle
