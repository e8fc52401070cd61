// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/opened_generator.h"

#include "core/latent/network/canvas.h"
#include "core/latent/network/find_directions.h"
#include "core/latent/network/find_latents.h"
#include "core/latent/network/generate.h"
#include "core/latent/network/latent_rows.h"

#include <algorithm>

namespace saddle {

namespace {

/// A sample may not depend on those beside it, to the last bit: a product of matrices rounds otherwise when there are
/// more rows. So each is made alone.
constexpr std::int64_t together = 1;

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
    return saddle::checkTruncation(truncation, m_info.latent);
}

Status OpenedGenerator::check(const Latents& latents) const
{
    return checkLatents(latents, m_info);
}

Result<Latents> OpenedGenerator::draw(const LatentRequest& request) const
{
    return drawFor(m_info, request);
}

NetworkInput OpenedGenerator::inputOf(const Latents& latents) const
{
    return latentInput(latents, m_info, m_opened.device.device);
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
        putSamples(samples, generate(*m_opened.network, input, together), m_info.range);
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
