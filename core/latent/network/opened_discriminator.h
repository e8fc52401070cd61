// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/discriminator.h"
#include "core/latent/network/opened_network.h"
#include "core/objectives/objective.h"
#include "core/training/live_values.h"

namespace saddle {

/// A discriminator of torch tensors with its weights in place.
class OpenedDiscriminator : public Discriminator {
public:
    OpenedDiscriminator(DiscriminatorInfo info, OpenedNetwork opened, torch::MemoryFormat format,
        const ObjectiveInfo& objective, const Json& objectiveOptions);

    const DiscriminatorInfo& info() const override { return m_info; }
    Result<Judgement> judge(const Samples& samples, const std::vector<std::int64_t>& labels) override;
    Result<std::vector<float>> features(const Samples& samples, const std::vector<std::int64_t>& labels) override;
    Status adopt(const TensorMap& tensors, std::int64_t step) override;

    /// What the layers with weights make of images in -1 .. 1, the last one apart; with gradients where the images have
    /// them.
    std::vector<torch::Tensor> innerOutputs(const NetworkInput& input);
    torch::Device device() const { return m_opened.device.device; }
    /// Whether a generator's pictures, of this shape and these labels, are what it reads.
    bool reads(const Shape& shape, std::size_t classes) const
    {
        return m_info.shape == shape && m_info.classes.size() == classes;
    }

private:
    Status check(const Samples& samples, const std::vector<std::int64_t>& labels) const;
    NetworkInput input(const Samples& samples, const std::vector<std::int64_t>& labels) const;
    void chooseFeatureLayer();
    torch::Tensor features(const NetworkInput& input);

    DiscriminatorInfo m_info;
    OpenedNetwork m_opened;
    torch::MemoryFormat m_format;
    LiveValues m_live;
    std::unique_ptr<Objective> m_objective;
    int m_featureLayer = networkInput;
    std::vector<int> m_inner;
};

} // namespace saddle
