// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/generate.h"

#include "core/training/host_tensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string>

namespace saddle {

namespace {

/// Numbers beyond ±limit are drawn again from what lies within: the distribution that repeated drawing gives, but in
/// one draw, by the inverse of the distribution function.
torch::Tensor truncated(const torch::Tensor& normal, const torch::Tensor& uniform, double limit)
{
    const double inside = std::erf(limit / std::numbers::sqrt2);
    const torch::Tensor again = at::erfinv((uniform * 2 - 1) * inside) * std::numbers::sqrt2;
    return at::where(normal.abs() > limit, again, normal).clamp(-limit, limit);
}

std::vector<std::uint8_t> bytesOf(const torch::Tensor& bytes)
{
    const std::uint8_t* data = bytes.const_data_ptr<std::uint8_t>();
    return {data, data + bytes.numel()};
}

} // namespace

torch::Tensor drawLatents(const RandomStreams& streams, std::string_view stream, const DrawCounter& counter,
    const LatentOptions& latent, std::int64_t count, std::optional<double> truncation)
{
    const torch::NoGradGuard guard;
    const std::vector<std::int64_t> sizes{count, latent.dimensions};
    if (latent.distribution == LatentDistribution::Uniform)
        return (streams.uniform(stream, counter, sizes) * 2 - 1) * truncation.value_or(1);
    const torch::Tensor normal = streams.normal(stream, counter, sizes);
    if (!truncation)
        return normal;
    return truncated(normal, streams.uniform(std::string(stream) + "/truncated", counter, sizes), *truncation);
}

torch::Tensor oneHot(const torch::Tensor& labels, std::int64_t classes, torch::ScalarType type)
{
    const torch::Tensor all = at::arange(classes, labels.options());
    return (labels.unsqueeze(1) == all.unsqueeze(0)).to(type);
}

torch::Tensor generate(BuiltNetwork& generator, const NetworkInput& latents, std::int64_t together)
{
    const torch::NoGradGuard guard;
    const std::int64_t count = latents.data.size(0);
    std::vector<torch::Tensor> parts;
    for (std::int64_t begin = 0; begin < count; begin += together) {
        const std::int64_t taken = std::min(together, count - begin);
        NetworkInput part(latents.data.narrow(0, begin, taken));
        if (latents.label.defined())
            part.label = latents.label.narrow(0, begin, taken);
        parts.push_back(generator.forward(part, ForwardMode::Evaluate));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
}

void putSamples(Samples& samples, const torch::Tensor& generated, const OutputRange& range)
{
    if (generated.dim() == 2) {
        samples.count = generated.size(0);
        samples.points = hostFloats(generated);
    } else {
        putImages(samples, byteImages(generated, range).cpu());
    }
}

torch::Tensor byteImages(const torch::Tensor& images, const OutputRange& range)
{
    const double factor = 255 / (range.high - range.low);
    return ((images - range.low) * factor).round_().clamp_(0, 255).to(torch::kByte).permute({0, 2, 3, 1}).contiguous();
}

void putImages(Samples& samples, const torch::Tensor& bytes)
{
    samples.count = bytes.size(0);
    samples.height = static_cast<int>(bytes.size(1));
    samples.width = static_cast<int>(bytes.size(2));
    samples.channels = static_cast<int>(bytes.size(3));
    samples.pixels = bytesOf(bytes);
}

std::vector<std::uint8_t> imageBytes(const torch::Tensor& images, const OutputRange& range)
{
    return bytesOf(byteImages(images, range).cpu());
}

torch::Tensor sampleTensor(const Samples& samples, torch::Device device, torch::MemoryFormat format)
{
    if (samples.isPoints()) {
        const torch::Tensor points = torch::empty({samples.count, 2}, torch::kFloat);
        std::memcpy(points.mutable_data_ptr(), samples.points.data(), points.nbytes());
        return points.to(device);
    }
    const torch::Tensor bytes =
        torch::empty({samples.count, samples.height, samples.width, samples.channels}, torch::kByte);
    std::memcpy(bytes.mutable_data_ptr(), samples.pixels.data(), bytes.nbytes());
    return scaledBytes(bytes.to(device).permute({0, 3, 1, 2}).contiguous(), torch::kFloat, format);
}

std::vector<float> hostFloats(const torch::Tensor& values)
{
    const torch::Tensor host = values.to(torch::kFloat).contiguous().cpu();
    const float* data = host.const_data_ptr<float>();
    return {data, data + host.numel()};
}

} // namespace saddle
