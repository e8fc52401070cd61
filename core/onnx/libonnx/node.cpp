// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/libonnx/node.h"

#include "core/io/safetensors_header.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace saddle {

namespace {

/// A number of 16 bits, half precision or the upper half of a float32, as float32.
float fromHalf(std::uint16_t bits)
{
    const int exponent = bits >> 10 & 31;
    const int fraction = bits & 1023;
    const double sign = bits >> 15 ? -1 : 1;
    if (exponent == 31)
        return static_cast<float>(sign) * (fraction ? std::numeric_limits<float>::quiet_NaN() : INFINITY);
    const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return static_cast<float>(sign * size);
}

float fromBrain(std::uint16_t bits)
{
    const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    float value = 0;
    std::memcpy(&value, &wide, sizeof value);
    return value;
}

/// The elements behind a tensor's two ways to hold them, converted one by one. Nothing where there are not `count`.
template <typename Stored, typename To, typename Field, typename Convert>
std::optional<std::vector<To>> elements(
    const onnx::TensorProto& tensor, std::uint64_t count, const Field& field, Convert convert)
{
    std::vector<To> values;
    if (!tensor.has_raw_data()) {
        if (static_cast<std::uint64_t>(field.size()) != count)
            return std::nullopt;
        for (const auto element : field)
            values.push_back(convert(static_cast<Stored>(element)));
        return values;
    }
    const std::string& raw = tensor.raw_data();
    if (raw.size() / sizeof(Stored) != count || raw.size() % sizeof(Stored) != 0)
        return std::nullopt;
    values.reserve(static_cast<std::size_t>(count));
    for (std::size_t at = 0; at < raw.size(); at += sizeof(Stored)) {
        Stored stored;
        std::memcpy(&stored, raw.data() + at, sizeof stored);
        values.push_back(convert(stored));
    }
    return values;
}

std::optional<std::vector<std::int64_t>> wholeNumbers(const onnx::TensorProto& tensor, std::uint64_t count)
{
    const auto as = [](auto number) { return static_cast<std::int64_t>(number); };
    if (tensor.data_type() == onnx::TensorProto::INT64)
        return elements<std::int64_t, std::int64_t>(tensor, count, tensor.int64_data(), as);
    if (tensor.data_type() == onnx::TensorProto::BOOL)
        return elements<std::uint8_t, std::int64_t>(tensor, count, tensor.int32_data(), as);
    return elements<std::int32_t, std::int64_t>(tensor, count, tensor.int32_data(), as);
}

std::optional<std::vector<float>> realNumbers(const onnx::TensorProto& tensor, std::uint64_t count)
{
    const auto as = [](auto number) { return static_cast<float>(number); };
    switch (tensor.data_type()) {
    case onnx::TensorProto::DOUBLE:
        return elements<double, float>(tensor, count, tensor.double_data(), as);
    case onnx::TensorProto::FLOAT16:
        return elements<std::uint16_t, float>(tensor, count, tensor.int32_data(), fromHalf);
    case onnx::TensorProto::BFLOAT16:
        return elements<std::uint16_t, float>(tensor, count, tensor.int32_data(), fromBrain);
    default:
        return elements<float, float>(tensor, count, tensor.float_data(), as);
    }
}

} // namespace

Result<GraphValue> tensorValue(const onnx::TensorProto& tensor)
{
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
        std::string file;
        for (const onnx::StringStringEntryProto& entry : tensor.external_data())
            file = entry.key() == "location" ? entry.value() : file;
        return Error{"its numbers are in another file" + (file.empty() ? "" : ", “" + file + "”"), "",
            "save the model with its weights inside"};
    }
    const Error damaged{"its shape does not fit its numbers", "", "use another copy"};
    if (tensor.dims_size() > static_cast<int>(maximumRank))
        return damaged;
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    const std::optional<std::uint64_t> count = shapeBytes(shape, 1);
    if (!count)
        return damaged;
    switch (tensor.data_type()) {
    case onnx::TensorProto::INT64:
    case onnx::TensorProto::INT32:
    case onnx::TensorProto::BOOL: {
        std::optional<std::vector<std::int64_t>> values = wholeNumbers(tensor, *count);
        if (!values || shape.size() > 1)
            return damaged;
        return GraphValue(Integers{*std::move(values), shape.empty()});
    }
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16: {
        const std::optional<std::vector<float>> values = realNumbers(tensor, *count);
        if (!values)
            return damaged;
        HostTensor host{DType::F32, shape, std::vector<std::byte>(values->size() * sizeof(float))};
        if (!values->empty())
            std::memcpy(host.data.data(), values->data(), host.data.size());
        return GraphValue(std::move(host));
    }
    default:
        return Error{"its numbers are of a type that is not known here", "", "save the model in float32"};
    }
}

HostTensor transposed(const HostTensor& matrix)
{
    const auto rows = static_cast<std::size_t>(matrix.shape[0]);
    const auto columns = static_cast<std::size_t>(matrix.shape[1]);
    HostTensor result{DType::F32, {matrix.shape[1], matrix.shape[0]}, std::vector<std::byte>(matrix.data.size())};
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            std::memcpy(result.data.data() + (column * rows + row) * sizeof(float),
                matrix.data.data() + (row * columns + column) * sizeof(float), sizeof(float));
        }
    }
    return result;
}

bool allAre(const std::vector<std::int64_t>& values, std::int64_t wanted)
{
    return std::all_of(values.begin(), values.end(), [&](std::int64_t value) { return value == wanted; });
}

double shortest(float value)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value);
    double number = static_cast<double>(value);
    std::from_chars(text, end.ptr, number);
    return number;
}

const onnx::AttributeProto* NodeAttributes::find(const char* name) const
{
    m_asked.insert(name);
    for (const onnx::AttributeProto& attribute : m_node.attribute()) {
        if (attribute.name() == name)
            return &attribute;
    }
    return nullptr;
}

std::int64_t NodeAttributes::integer(const char* name, std::int64_t otherwise) const
{
    const onnx::AttributeProto* found = find(name);
    return found ? found->i() : otherwise;
}

std::vector<std::int64_t> NodeAttributes::integers(const char* name) const
{
    const onnx::AttributeProto* found = find(name);
    return found ? std::vector<std::int64_t>(found->ints().begin(), found->ints().end()) : std::vector<std::int64_t>();
}

double NodeAttributes::real(const char* name, double otherwise) const
{
    const onnx::AttributeProto* found = find(name);
    return found ? shortest(found->f()) : otherwise;
}

std::string NodeAttributes::text(const char* name, const char* otherwise) const
{
    const onnx::AttributeProto* found = find(name);
    return found ? found->s() : otherwise;
}

std::optional<std::string> NodeAttributes::unknown() const
{
    for (const onnx::AttributeProto& attribute : m_node.attribute()) {
        if (!m_asked.contains(attribute.name()))
            return attribute.name();
    }
    return std::nullopt;
}

} // namespace saddle
