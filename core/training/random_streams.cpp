// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/random_streams.h"

#include "core/training/philox_on_device.h"

#include <ATen/Parallel.h>

#include <numbers>
#include <numeric>

namespace saddle {

namespace {

std::int64_t perSampleOf(const std::vector<std::int64_t>& sizes)
{
    return std::accumulate(sizes.begin() + 1, sizes.end(), std::int64_t{1}, std::multiplies<>{});
}

} // namespace

torch::Tensor philoxOnDevice(PhiloxKey key, const DrawCounter& counter, std::int64_t samples, std::int64_t blocks,
    torch::Device device, std::int64_t first)
{
    const auto options = torch::TensorOptions().dtype(torch::kLong).device(device);
    constexpr std::int64_t mask = 0xffffffff;
    torch::Tensor c0 = at::arange(blocks, options).unsqueeze(0).expand({samples, blocks});
    torch::Tensor c1 = at::arange(first, first + samples, options).unsqueeze(1).expand({samples, blocks});
    // Products of two 32-bit numbers wrap in int64, but their 64 bits are right; the shift must then not carry the
    // sign.
    const auto high = [](const torch::Tensor& product) {
        return at::bitwise_and(at::bitwise_right_shift(product, 32), mask);
    };
    torch::Tensor c2;
    torch::Tensor c3;
    if (counter.live.defined()) {
        c2 = at::bitwise_and(counter.live, mask).expand({samples, blocks});
        c3 = high(counter.live).expand({samples, blocks});
    } else {
        c2 = at::full({samples, blocks}, static_cast<std::int64_t>(counter.number & mask), options);
        c3 = at::full({samples, blocks}, static_cast<std::int64_t>(counter.number >> 32), options);
    }
    for (int round = 0; round < 10; ++round) {
        const torch::Tensor a = c0 * std::int64_t{0xD2511F53};
        const torch::Tensor b = c2 * std::int64_t{0xCD9E8D57};
        c0 = at::bitwise_xor(at::bitwise_xor(high(b), c1), static_cast<std::int64_t>(key.low));
        c1 = at::bitwise_and(b, mask);
        c2 = at::bitwise_xor(at::bitwise_xor(high(a), c3), static_cast<std::int64_t>(key.high));
        c3 = at::bitwise_and(a, mask);
        key.low += 0x9E3779B9u;
        key.high += 0xBB67AE85u;
    }
    const torch::Tensor bits = at::stack({c0, c1, c2, c3}, 2).reshape({samples, blocks * 4});
    return ((at::bitwise_right_shift(bits, 8).to(torch::kFloat) + 0.5f) * 0x1p-24f).clamp_max_(0x1.fffffep-1f);
}

torch::Tensor RandomStreams::uniformRows(
    std::string_view stream, const DrawCounter& counter, std::int64_t samples, std::int64_t perSample) const
{
    const PhiloxKey key = philoxKey(m_seed, stream);
    const std::int64_t blocks = (perSample + 3) / 4;
    if (!m_device.is_cpu() || counter.live.defined())
        return philoxOnDevice(key, counter, samples, blocks, m_device, m_first).narrow(1, 0, perSample);

    torch::Tensor rows = at::empty({samples, blocks * 4}, torch::kFloat);
    float* const data = rows.mutable_data_ptr<float>();
    const auto low = static_cast<std::uint32_t>(counter.number);
    const auto high = static_cast<std::uint32_t>(counter.number >> 32);
    at::parallel_for(0, samples * blocks, 4096, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const PhiloxBlock bits = philox(
                {static_cast<std::uint32_t>(i % blocks), static_cast<std::uint32_t>(m_first + i / blocks), low, high},
                key);
            for (std::size_t lane = 0; lane < 4; ++lane)
                data[i * 4 + static_cast<std::int64_t>(lane)] = philoxUniform(bits[lane]);
        }
    });
    return rows.narrow(1, 0, perSample);
}

torch::Tensor RandomStreams::uniform(
    std::string_view stream, const DrawCounter& counter, const std::vector<std::int64_t>& sizes) const
{
    const torch::NoGradGuard guard;
    return uniformRows(stream, counter, sizes[0], perSampleOf(sizes)).reshape(sizes);
}

torch::Tensor RandomStreams::normal(
    std::string_view stream, const DrawCounter& counter, const std::vector<std::int64_t>& sizes) const
{
    const torch::NoGradGuard guard;
    const std::int64_t perSample = perSampleOf(sizes);
    const std::int64_t pairs = (perSample + 1) / 2;
    const torch::Tensor uniforms = uniformRows(stream, counter, sizes[0], pairs * 2);
    torch::Tensor radius = uniforms.narrow(1, 0, pairs).log().mul_(-2).sqrt_();
    torch::Tensor angle = uniforms.narrow(1, pairs, pairs) * (2 * std::numbers::pi_v<float>);
    torch::Tensor sine = angle.sin().mul_(radius);
    torch::Tensor cosine = angle.cos_().mul_(radius);
    return at::cat({cosine, sine}, 1).narrow(1, 0, perSample).reshape(sizes);
}

torch::Tensor RandomStreams::permutation(std::string_view stream, std::uint64_t counter, std::int64_t count) const
{
    const PhiloxKey key = philoxKey(m_seed, stream);
    torch::Tensor order = at::arange(count, torch::kLong);
    std::int64_t* const data = order.mutable_data_ptr<std::int64_t>();
    // Fisher and Yates, from the end; 64 random bits make the remainder's bias immeasurable.
    for (std::int64_t i = count - 1; i > 0; --i) {
        const PhiloxBlock bits =
            philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32),
                       static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32)},
                key);
        const std::uint64_t wide = (std::uint64_t{bits[0]} << 32) | bits[1];
        std::swap(data[i], data[wide % static_cast<std::uint64_t>(i + 1)]);
    }
    return order.to(m_device);
}

} // namespace saddle
