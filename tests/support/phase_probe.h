// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/objectives/objective.h"
#include "core/training/random_streams.h"

#include <functional>
#include <map>
#include <string>

namespace saddle::test {

/// A phase whose networks are functions of a test and whose draws are always the same; what was drawn can be read.
class PhaseProbe : public PhaseContext {
public:
    using Network = std::function<NetworkOutput(const torch::Tensor&)>;

    std::map<std::string, Network> networks;
    torch::Tensor real;
    torch::Tensor latent;
    torch::Tensor flipping; ///< share of exchanged names, or undefined
    std::map<std::string, torch::Tensor> draws;

    NetworkOutput forward(const std::string& role, const NetworkInput& input) override
    {
        return networks.at(role)(input.data);
    }
    torch::Tensor forwardDetached(const std::string& role, const NetworkInput& input) override
    {
        return networks.at(role)(input.data).output.detach();
    }
    NetworkInput realBatch() override { return real; }
    NetworkInput latents() override { return latent; }
    torch::Tensor present(const torch::Tensor& samples, const std::string&) override { return samples; }
    torch::Tensor normal(const std::string& name, const std::vector<std::int64_t>& sizes) override
    {
        return draws.try_emplace(name, m_streams.normal(name, 0, sizes).to(torch::kDouble)).first->second;
    }
    torch::Tensor uniform(const std::string& name, const std::vector<std::int64_t>& sizes) override
    {
        return draws.try_emplace(name, m_streams.uniform(name, 0, sizes).to(torch::kDouble)).first->second;
    }
    torch::Tensor labelFlipping() override { return flipping; }

private:
    RandomStreams m_streams{11, torch::kCPU};
};

} // namespace saddle::test
