// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"

namespace saddle {

/// The format's own limit on the header, in bytes.
inline constexpr std::uint64_t maximumHeader = 100'000'000;
/// More dimensions than this are taken for damage.
inline constexpr std::size_t maximumRank = 32;

/// Where a tensor lies: bytes [begin, end) of the data behind the header.
struct TensorPlace {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// What a header says.
struct TensorLayout {
    std::vector<TensorPlace> places; ///< in the order of their data, without overlap or gap, up to the end of the data
    TensorMetadata metadata;
};

/// Bytes of a tensor; nothing for a negative dimension or when the product does not fit in 63 bits.
std::optional<std::uint64_t> shapeBytes(const std::vector<std::int64_t>& shape, std::size_t elementSize);

/// Parses and checks a header's JSON against the `dataSize` bytes that follow it.
Result<TensorLayout> parseTensorHeader(std::string_view json, std::uint64_t dataSize, const std::string& where);

} // namespace saddle
