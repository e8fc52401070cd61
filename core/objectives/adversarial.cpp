// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"

namespace saddle {

PhaseLoss AdversarialObjective::loss(const std::string& phase, PhaseContext& context)
{
    const auto show = [&](const NetworkInput& samples, const std::string& which) {
        return NetworkInput(context.present(samples.data, which), samples.label);
    };
    const auto scoreOf = [this](const NetworkInput& input, const NetworkOutput& output) {
        return score(input.data, output.output);
    };
    PhaseLoss result;
    Seen& seen = result.seen;
    const NetworkInput latents = context.latents();
    // Real and generated go through D as batches of their own: mixed, batch norm would see both at once.
    if (phase == "discriminator") {
        const torch::Tensor fake = context.forwardDetached("generator", latents);
        seen.real = show(context.realBatch(), "real");
        seen.fake = show({fake, latents.label}, "fake");
        seen.realOutput = context.forward("discriminator", seen.real);
        seen.fakeOutput = context.forward("discriminator", seen.fake);
        torch::Tensor real = scoreOf(seen.real, seen.realOutput);
        torch::Tensor generated = scoreOf(seen.fake, seen.fakeOutput);
        const torch::Tensor realScores = context.wholeBatch(real.detach());
        const torch::Tensor fakeScores = context.wholeBatch(generated.detach());
        result.metrics = {{"d_real", realScores.mean()}, {"d_fake", fakeScores.mean()}};
        report(result, realScores, fakeScores);
        if (const torch::Tensor share = context.labelFlipping(); share.defined()) {
            const torch::Tensor flipped = context.uniform("label_flip", {real.size(0)}) < share;
            const torch::Tensor named = at::where(flipped, generated, real);
            generated = at::where(flipped, real, generated);
            real = named;
        }
        result.loss = discriminatorLoss(real, generated);
        return result;
    }
    seen.fake = show({context.forward("generator", latents).output, latents.label}, "fake");
    torch::Tensor real;
    if (comparesInGenerator()) {
        seen.real = show(context.realBatch(), "real");
        seen.realOutput = context.forward("discriminator", seen.real);
        real = scoreOf(seen.real, seen.realOutput);
    }
    seen.fakeOutput = context.forward("discriminator", seen.fake);
    const torch::Tensor fake = scoreOf(seen.fake, seen.fakeOutput);
    result.loss = real.defined() ? comparedGeneratorLoss(real, fake) : generatorLoss(fake);
    return result;
}

torch::Tensor AdversarialObjective::comparedGeneratorLoss(const torch::Tensor&, const torch::Tensor& fake) const
{
    return generatorLoss(fake);
}

void AdversarialObjective::report(PhaseLoss&, const torch::Tensor&, const torch::Tensor&) const { }

torch::Tensor logisticLoss(const torch::Tensor& x)
{
    // Past 40 the curve and its asymptote differ by less than the last bit of float64.
    return at::softplus(x, 1, 40);
}

} // namespace saddle
