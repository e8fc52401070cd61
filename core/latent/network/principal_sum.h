// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace saddle {

/// Principal components of activations, a batch at a time, and the latents that go with them. All sums are float64.
class PrincipalSum {
public:
    /// More are averaged first, where they are a map.
    static constexpr std::int64_t mostActivations = 16'384;
    /// Up to here by the covariance of the activations, whatever the samples; beyond by the Gram matrix of the samples,
    /// for which their activations are kept.
    static constexpr std::int64_t mostCovariance = 1'024;
    static constexpr std::int64_t mostGram = 1'536;
    /// How many samples of so many activations can be added, 100,000 at most.
    static std::int64_t mostSamples(std::int64_t activations);

    PrincipalSum(std::int64_t activations, std::int64_t dimensions, std::int64_t samples);

    /// N × activations and N × dimensions, on the host.
    void add(const torch::Tensor& activations, const torch::Tensor& latents);

    struct Components {
        torch::Tensor latents; ///< k × dimensions: cov(z, y) v of each component v, of any length
        torch::Tensor shares; ///< k: of the activations' variance
    };
    /// The first ones by their variance, once all samples are added; fewer where less is left than rounding makes.
    Components components(std::int64_t count) const;

private:
    bool m_gram;
    std::int64_t m_added = 0;
    torch::Tensor m_pilot; ///< the first batch's mean: what is summed is small beside it
    torch::Tensor m_sum; ///< of activations less the pilot
    torch::Tensor m_products; ///< yᵀy
    torch::Tensor m_mixed; ///< zᵀy
    torch::Tensor m_latentSum;
    torch::Tensor m_rows; ///< of the Gram matrix: activations, float32
    torch::Tensor m_latents;
};

} // namespace saddle
