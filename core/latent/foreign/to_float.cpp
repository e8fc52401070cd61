// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_modules.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace saddle {

namespace {

float fromHalf(std::uint16_t bits)
{
    const int exponent = bits >> 10 & 31;
    const int mantissa = bits & 1023;
    float value = 0;
    if (exponent == 31)
        value = mantissa != 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
    else if (exponent == 0)
        value = std::ldexp(static_cast<float>(mantissa), -24);
    else
        value = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    return (bits & 0x8000) != 0 ? -value : value;
}

float fromBFloat(std::uint16_t bits)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <typename From, typename Convert>
HostTensor converted(const HostTensor& tensor, Convert convert)
{
    const std::size_t count = tensor.data.size() / sizeof(From);
    HostTensor made{DType::F32, tensor.shape, std::vector<std::byte>(count * sizeof(float))};
    for (std::size_t i = 0; i < count; ++i) {
        From from;
        std::memcpy(&from, tensor.data.data() + i * sizeof from, sizeof from);
        const float value = convert(from);
        std::memcpy(made.data.data() + i * sizeof value, &value, sizeof value);
    }
    return made;
}

} // namespace

std::optional<HostTensor> toFloat32(const HostTensor& tensor)
{
    switch (tensor.dtype) {
    case DType::F32:
        return tensor;
    case DType::F16:
        return converted<std::uint16_t>(tensor, fromHalf);
    case DType::BF16:
        return converted<std::uint16_t>(tensor, fromBFloat);
    case DType::F64:
        return converted<double>(tensor, [](double value) { return static_cast<float>(value); });
    default:
        return std::nullopt;
    }
}

} // namespace saddle
