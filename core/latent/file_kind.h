// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace saddle {

/// What a file that may hold a generator is, by its first bytes and, of an archive, by its table of contents.
enum class FileKind {
    Saddle, ///< safetensors, with layers or without
    Onnx, ///< or what looks like it: the format has no mark of its own
    TorchScript, ///< an archive with code
    StateDict, ///< weights of PyTorch, in an archive or, of old, without one
    Other,
};

/// An Error where the file cannot be read.
Result<FileKind> fileKind(const std::filesystem::path& path);

} // namespace saddle
