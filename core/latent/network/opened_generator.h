// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"
#include "core/models/built_network.h"

namespace saddle {

/// A generator of torch tensors with its weights in place.
class OpenedGenerator : public Generator {
public:
    /// `network` is on the device and reads labels where info names classes.
    OpenedGenerator(GeneratorInfo info, std::unique_ptr<BuiltNetwork> network, torch::Device device);

    const GeneratorInfo& info() const override { return m_info; }
    Result<Latents> draw(const LatentRequest& request) const override;
    Result<Samples> make(const Latents& latents) override;
    Result<Image> paint(const CanvasRequest& request, const PaintMonitor& monitor) override;

private:
    Status checkTruncation(const std::optional<double>& truncation) const;
    Status checkLabel(std::int64_t label) const;
    Status check(const Latents& latents) const;

    GeneratorInfo m_info;
    std::unique_ptr<BuiltNetwork> m_network;
    torch::Device m_device;
};

} // namespace saddle
