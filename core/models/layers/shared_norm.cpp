// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/shared_norm.h"

#include "core/workers/group/worker_group.h"

#include <vector>

namespace saddle {

torch::Tensor sharedBatchNorm(
    const torch::Tensor& given, const BatchNormTensors& tensors, double momentum, double epsilon, WorkerGroup& workers)
{
    const torch::Tensor input = given.to(tensors.scale.scalar_type()); // bfloat16 has too few bits for sums
    std::vector<std::int64_t> others{0};
    std::vector<std::int64_t> channels{1, input.size(1)};
    for (std::int64_t dimension = 2; dimension < input.dim(); ++dimension) {
        others.push_back(dimension);
        channels.push_back(1);
    }
    // Of equal shares, the variance of all is the mean of the variances and the variance of the means (Chan, Golub &
    // LeVeque 1983): one exchange, and no difference of large squares.
    const torch::Tensor own = at::stack({input.mean(others), input.var(others, false)}).unsqueeze(0);
    const torch::Tensor all = wholeBatch(own, workers); // workers × 2 × C
    const torch::Tensor means = all.select(1, 0);
    const torch::Tensor mean = means.mean(0);
    const torch::Tensor variance = all.select(1, 1).mean(0) + (means - mean).square().mean(0);
    {
        const torch::NoGradGuard guard;
        const auto count = static_cast<double>(input.numel() / input.size(1) * workers.size());
        tensors.runningMean.lerp_(mean, momentum);
        tensors.runningVariance.lerp_(variance * (count / (count - 1)), momentum);
    }
    const torch::Tensor slope = tensors.scale * (variance + epsilon).rsqrt();
    const torch::Tensor offset = tensors.shift - mean * slope;
    return (input * slope.view(channels) + offset.view(channels)).to(given.scalar_type());
}

} // namespace saddle
