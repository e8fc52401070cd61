// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/inversion.h"
#include "core/latent/network/opened_network.h"

namespace saddle {

/// A generator of torch tensors with its weights in place.
class OpenedGenerator : public Generator {
public:
    /// The network reads labels where info names classes.
    OpenedGenerator(GeneratorInfo info, OpenedNetwork opened);

    const GeneratorInfo& info() const override { return m_info; }
    Result<Latents> draw(const LatentRequest& request) const override;
    Result<Samples> make(const Latents& latents) override;
    Result<Image> paint(const CanvasRequest& request, const PaintMonitor& monitor) override;
    Result<std::vector<CanvasPatch>> repaint(const CanvasRequest& request, const PaintMonitor& monitor) override;
    std::vector<DirectionLayer> directionLayers() const override;
    Result<std::vector<Direction>> principalDirections(
        const PrincipalRequest& request, const LoadMonitor& monitor) override;
    Result<std::vector<Direction>> factorDirections(std::int64_t count) override;
    Result<Inversion> invert(
        const InversionRequest& request, const InversionMonitor& monitor, Discriminator* discriminator) override;
    Status adopt(const TensorMap& tensors, std::int64_t step) override;

private:
    Status checkTruncation(const std::optional<double>& truncation) const;
    Status check(const Latents& latents) const;
    Status check(const CanvasRequest& request) const;
    NetworkInput inputOf(const Latents& latents) const;

    GeneratorInfo m_info;
    OpenedNetwork m_opened;
};

} // namespace saddle
