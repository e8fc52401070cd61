// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/opened_generator.h"

#include "core/base/text.h"
#include "core/io/csv.h"
#include "core/latent/network/canvas.h"
#include "core/latent/network/find_directions.h"
#include "core/latent/network/find_latents.h"
#include "core/latent/network/generate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace saddle {

namespace {

/// A sample may not depend on those beside it, to the last bit: a product of matrices rounds otherwise when there are
/// more rows. So each is made alone.
constexpr std::int64_t together = 1;
constexpr std::int64_t mostRows = 1'000'000;

constexpr const char* reader = "generator";

Error failed(const std::exception& thrown, const std::string& what, const GeneratorInfo& info)
{
    return torchError(thrown, what, info.origin.string(), "ask for fewer or smaller ones");
}

} // namespace

OpenedGenerator::OpenedGenerator(GeneratorInfo info, OpenedNetwork opened)
    : m_info(std::move(info))
    , m_opened(std::move(opened))
{
}

Status OpenedGenerator::checkTruncation(const std::optional<double>& truncation) const
{
    if (!truncation)
        return {};
    const bool uniform = m_info.latent.distribution == LatentDistribution::Uniform;
    if (std::isfinite(*truncation) && *truncation > 0 && (!uniform || *truncation <= 1))
        return {};
    return Error{"a truncation of " + formatNumber(*truncation) + " makes no sense", "truncation",
        uniform ? "give a factor above 0, at most 1: the latents are uniform"
                : "give a number of standard deviations above 0"};
}

Status OpenedGenerator::check(const Latents& latents) const
{
    const std::int64_t count = latents.count();
    if (latents.dimensions != m_info.latent.dimensions || count < 1
        || static_cast<std::int64_t>(latents.values.size()) != count * latents.dimensions) {
        return Error{"these are not latents of this generator", "latents",
            "give rows of " + counted(m_info.latent.dimensions, "number")};
    }
    if (!std::all_of(latents.values.begin(), latents.values.end(), [](float value) { return std::isfinite(value); }))
        return Error{"not every number is finite", "latents", "give finite ones"};
    return checkLabels(latents.labels, count, m_info.classes.size(), reader);
}

Result<Latents> OpenedGenerator::draw(const LatentRequest& request) const
{
    if (request.count < 1 || request.count > mostRows) {
        return Error{
            std::to_string(request.count) + " pictures cannot be made", "count", "ask for 1 to " + grouped(mostRows)};
    }
    if (Status sane = checkTruncation(request.truncation); !sane)
        return sane.error();
    if (request.label) {
        if (Status known = checkLabel(*request.label, m_info.classes.size(), reader); !known)
            return known.error();
    }
    try {
        // On the host whatever the device: the same seed gives the same bits everywhere.
        const RandomStreams streams(request.seed, torch::kCPU);
        Latents latents;
        latents.dimensions = m_info.latent.dimensions;
        latents.values =
            hostFloats(drawLatents(streams, sampleStream, 0, m_info.latent, request.count, request.truncation));
        const auto classes = static_cast<std::int64_t>(m_info.classes.size());
        for (std::int64_t i = 0; classes > 0 && i < request.count; ++i) {
            const std::int64_t place = request.columns > 0 ? i % request.columns : i;
            latents.labels.push_back(request.label.value_or(place % classes));
        }
        return latents;
    } catch (const std::exception& thrown) {
        return failed(thrown, "latents could not be drawn", m_info);
    }
}

NetworkInput OpenedGenerator::inputOf(const Latents& latents) const
{
    const torch::Tensor values = torch::empty({latents.count(), latents.dimensions}, torch::kFloat);
    std::memcpy(values.mutable_data_ptr(), latents.values.data(), latents.values.size() * sizeof(float));
    NetworkInput input(values.to(m_opened.device.device));
    if (!latents.labels.empty())
        input.label = labelInput(latents.labels, m_info.classes.size(), m_opened.device.device);
    return input;
}

Result<Samples> OpenedGenerator::make(const Latents& latents)
{
    if (Status sane = check(latents); !sane)
        return sane.error();
    try {
        const NetworkInput input = inputOf(latents);
        Samples samples;
        samples.step = m_info.step;
        samples.ema = m_info.averaged;
        putSamples(samples, generate(*m_opened.network, input, together));
        return samples;
    } catch (const std::exception& thrown) {
        return failed(thrown, "the pictures could not be made", m_info);
    }
}

Status OpenedGenerator::check(const CanvasRequest& request) const
{
    if (!m_info.canvas)
        return m_info.canvas.error();
    if (Status sane = checkCanvas(*m_info.canvas, request); !sane)
        return sane;
    if (Status sane = checkTruncation(request.truncation); !sane)
        return sane;
    return m_info.classes.empty() ? Status() : checkLabel(request.label, m_info.classes.size(), reader);
}

Result<Image> OpenedGenerator::paint(const CanvasRequest& request, const PaintMonitor& monitor)
{
    if (Status sane = check(request); !sane)
        return sane.error();
    try {
        return paintCanvas(m_opened, m_info, request, monitor);
    } catch (const std::exception& thrown) {
        return failed(thrown, "the image could not be painted", m_info);
    }
}

Result<std::vector<CanvasPatch>> OpenedGenerator::repaint(const CanvasRequest& request, const PaintMonitor& monitor)
{
    if (Status sane = check(request); !sane)
        return sane.error();
    try {
        return repaintCanvas(m_opened, m_info, request, monitor);
    } catch (const std::exception& thrown) {
        return failed(thrown, "the image could not be painted", m_info);
    }
}

std::vector<DirectionLayer> OpenedGenerator::directionLayers() const
{
    return directionLayersOf(m_opened);
}

Result<std::vector<Direction>> OpenedGenerator::principalDirections(
    const PrincipalRequest& request, const LoadMonitor& monitor)
{
    if (!m_info.classes.empty()) {
        if (Status known = checkLabel(request.label, m_info.classes.size(), reader); !known)
            return known.error();
    }
    try {
        return findPrincipal(m_opened, m_info.latent, request, monitor);
    } catch (const std::exception& thrown) {
        return failed(thrown, "no principal directions were found", m_info);
    }
}

Result<std::vector<Direction>> OpenedGenerator::factorDirections(std::int64_t count)
{
    try {
        return findFactors(m_opened, m_info.latent, count);
    } catch (const std::exception& thrown) {
        return failed(thrown, "no factors were found", m_info);
    }
}

Result<Inversion> OpenedGenerator::invert(
    const InversionRequest& request, const InversionMonitor& monitor, Discriminator* discriminator)
{
    auto* opened = dynamic_cast<OpenedDiscriminator*>(discriminator);
    if (discriminator && !opened)
        return Error{"the layers of this discriminator are not known", "discriminator", "give none"};
    try {
        Result<Inversion> found = findLatents(m_opened, m_info, request, monitor, opened);
        if (!found)
            return found;
        Result<Samples> picture = make(found->latents);
        if (!picture)
            return picture.error();
        double sum = 0;
        for (std::size_t i = 0; i < picture->pixels.size(); ++i) {
            const double difference = (picture->pixels[i] - request.target.pixels[i]) / 255.0;
            sum += difference * difference;
        }
        found->error = sum / static_cast<double>(picture->pixels.size());
        found->picture = *std::move(picture);
        return found;
    } catch (const std::exception& thrown) {
        return failed(thrown, "the search failed", m_info);
    }
}

Status OpenedGenerator::adopt(const TensorMap& tensors, std::int64_t step)
{
    try {
        if (Status adopted = adoptValues(*m_opened.network, tensors); !adopted)
            return adopted;
        m_info.step = step;
        return {};
    } catch (const std::exception& thrown) {
        return failed(thrown, "the weights could not be taken on", m_info);
    }
}

} // namespace saddle
