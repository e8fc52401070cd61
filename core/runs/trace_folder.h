// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/io/safetensors.h"

#include <filesystem>

namespace saddle {

/// Traced steps on disk (docs/trace.md):
///
///     experiment.json            the experiment as it stood at the first of them
///     step-000012.safetensors    one file a step
class TraceFolder {
public:
    /// Whether a trace may be put in a folder: what lies elsewhere is never written over.
    static Status check(const std::filesystem::path& folder);

    /// A folder that does not exist yet, or an empty one.
    static Result<TraceFolder> create(const std::filesystem::path& folder);

    /// Writes what Engine::trace() returned; the path of its file. Files appear whole or not at all.
    Result<std::filesystem::path> write(const TensorFile& step);

private:
    explicit TraceFolder(std::filesystem::path folder);

    std::filesystem::path m_folder;
    bool m_hasExperiment = false;
};

} // namespace saddle
