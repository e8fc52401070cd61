// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// Element types of the safetensors format that this project reads and writes, in the format's own order.
enum class DType { Bool, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64 };

/// The format's name of a type: "F32".
std::string_view dtypeName(DType dtype);
/// The type of that name, or nothing.
std::optional<DType> dtypeNamed(std::string_view name);
/// Bytes of one element: 1, 2, 4 or 8.
std::size_t dtypeSize(DType dtype);

/// A tensor's values on the host.
struct HostTensor {
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape; ///< empty for a scalar; a 0 anywhere means no elements
    std::vector<std::byte> data; ///< row-major, little-endian, (product of shape) * dtypeSize(dtype) bytes

    bool operator==(const HostTensor&) const = default;
};

using TensorMap = std::map<std::string, HostTensor>;
using TensorMetadata = std::map<std::string, std::string>;

/// What a safetensors file holds.
struct TensorFile {
    TensorMap tensors;
    TensorMetadata metadata; ///< the header's "__metadata__"
};

/// Bytes of a safetensors file. The same tensors and metadata give the same bytes, those of the format's own library:
/// the last of DType comes first (so that each tensor is aligned to its type), then names in order. An Error names the
/// tensor whose data is not as large as its shape and type say, or a name that is not UTF-8 or is "__metadata__".
Result<std::string> encodeSafetensors(const TensorMap& tensors, const TensorMetadata& metadata = {});

/// Writes the same bytes to a file, whole or not at all (temporary name, synced, renamed), without a copy of the data.
Status writeSafetensors(
    const std::filesystem::path& path, const TensorMap& tensors, const TensorMetadata& metadata = {});

/// Decodes a safetensors file's bytes; `where` names the file in errors. Refused: a header above 100 MB or beyond the
/// end, anything but the format's JSON, unknown types, doubled names, sizes that overflow or disagree with shape and
/// type, and data that overlaps, leaves gaps, runs past the end or stops before it.
Result<TensorFile> decodeSafetensors(std::string_view bytes, const std::string& where);

/// Whether a tensor is to be read, by its name.
using TensorFilter = std::function<bool(const std::string& name)>;

/// Reads a safetensors file with the same checks, each tensor straight into its place; with a filter, only what passes.
Result<TensorFile> readSafetensors(const std::filesystem::path& path, const TensorFilter& wanted = {});

} // namespace saddle
