// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"

namespace saddle {

PhaseLoss AdversarialObjective::loss(const std::string& phase, PhaseContext& context)
{
    if (phase == "discriminator") {
        const torch::Tensor fake = context.forwardDetached("generator", context.latents());
        // Real and generated go through D as batches of their own: mixed, batch norm would see both at once.
        const torch::Tensor realOutput =
            context.forward("discriminator", context.withNoise(context.realBatch(), "real"));
        const torch::Tensor fakeOutput = context.forward("discriminator", context.withNoise(fake, "fake"));
        return {discriminatorLoss(realOutput, fakeOutput),
            {{"d_real", realOutput.detach().mean()}, {"d_fake", fakeOutput.detach().mean()}}};
    }
    const torch::Tensor fake = context.forward("generator", context.latents());
    return {generatorLoss(context.forward("discriminator", context.withNoise(fake, "fake"))), {}};
}

torch::Tensor logisticLoss(const torch::Tensor& x)
{
    // Past 40 the curve and its asymptote differ by less than the last bit of float64.
    return at::softplus(x, 1, 40);
}

} // namespace saddle
