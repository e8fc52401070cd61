// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/principal_sum.h"

#include <algorithm>

namespace saddle {

std::int64_t PrincipalSum::mostSamples(std::int64_t activations)
{
    constexpr std::int64_t numbersKept = mostGram * mostActivations;
    return activations <= mostCovariance ? 100'000 : std::clamp<std::int64_t>(numbersKept / activations, 2, mostGram);
}

PrincipalSum::PrincipalSum(std::int64_t activations, std::int64_t dimensions, std::int64_t samples)
    : m_gram(activations > mostCovariance)
{
    const auto wide = torch::TensorOptions().dtype(torch::kDouble);
    if (m_gram) {
        m_rows = at::empty({samples, activations}, torch::kFloat);
        m_latents = at::empty({samples, dimensions}, wide);
        return;
    }
    m_sum = at::zeros({activations}, wide);
    m_products = at::zeros({activations, activations}, wide);
    m_mixed = at::zeros({dimensions, activations}, wide);
    m_latentSum = at::zeros({dimensions}, wide);
}

void PrincipalSum::add(const torch::Tensor& activations, const torch::Tensor& latents)
{
    const std::int64_t count = activations.size(0);
    const torch::Tensor z = latents.to(torch::kDouble);
    if (m_gram) {
        m_rows.narrow(0, m_added, count).copy_(activations);
        m_latents.narrow(0, m_added, count).copy_(z);
    } else {
        torch::Tensor y = activations.to(torch::kDouble);
        if (!m_pilot.defined())
            m_pilot = y.mean(0);
        y = y - m_pilot;
        m_sum += y.sum(0);
        m_latentSum += z.sum(0);
        m_products.addmm_(y.t(), y);
        m_mixed.addmm_(z.t(), y);
    }
    m_added += count;
}

PrincipalSum::Components PrincipalSum::components(std::int64_t count) const
{
    torch::Tensor square; // whose eigenvalues are the components' variances, times the number of samples
    torch::Tensor mixed; // dimensions × its side
    if (m_gram) {
        square = at::zeros({m_added, m_added}, torch::TensorOptions().dtype(torch::kDouble));
        constexpr std::int64_t together = 1'024; // columns
        for (std::int64_t begin = 0; begin < m_rows.size(1); begin += together) {
            torch::Tensor part = m_rows.narrow(1, begin, std::min(together, m_rows.size(1) - begin)).to(torch::kDouble);
            part = part - part.mean(0);
            square.addmm_(part, part.t());
        }
        mixed = (m_latents - m_latents.mean(0)).t();
    } else {
        const auto samples = static_cast<double>(m_added);
        square = m_products - at::outer(m_sum, m_sum) / samples;
        mixed = m_mixed - at::outer(m_latentSum, m_sum) / samples;
    }
    const auto [values, vectors] = at::linalg_eigh(square);
    // In rising order. Of the Gram matrix, w = Y v / √λ: both give the same direction of latents.
    const torch::Tensor positive = values.clamp_min(0);
    const double largest = positive.max().item<double>();
    std::int64_t kept = 0;
    while (
        kept < std::min(count, values.size(0)) && positive[values.size(0) - 1 - kept].item<double>() > 1e-12 * largest)
        ++kept;
    const std::int64_t last = values.size(0) - 1;
    const torch::Tensor order = at::arange(last, last - kept, -1, torch::kLong);
    return {mixed.mm(vectors).t().index_select(0, order),
        positive.index_select(0, order) / positive.sum().clamp_min(1e-300)};
}

} // namespace saddle
