// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/trace_folder.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace saddle {

namespace fs = std::filesystem;

namespace {

std::string fileName(const std::string& step)
{
    std::array<char, 48> name{};
    std::snprintf(name.data(), name.size(), "step-%06lld.safetensors", std::strtoll(step.c_str(), nullptr, 10));
    return name.data();
}

std::string textOf(const TensorFile& step, const std::string& key)
{
    const auto found = step.metadata.find(key);
    return found == step.metadata.end() ? std::string() : found->second;
}

} // namespace

TraceFolder::TraceFolder(fs::path folder)
    : m_folder(std::move(folder))
{
}

Status TraceFolder::check(const fs::path& folder)
{
    return checkEmptyFolder(folder);
}

Result<TraceFolder> TraceFolder::create(const fs::path& folder)
{
    if (Status made = makeEmptyFolder(folder); !made)
        return made.error();
    return TraceFolder(folder);
}

Result<fs::path> TraceFolder::write(const TensorFile& step)
{
    if (!m_hasExperiment) {
        const Result<Json> experiment = parseJson(textOf(step, "experiment"), "the experiment of the step");
        if (!experiment)
            return experiment.error();
        if (Status written = writeFileWhole(m_folder / "experiment.json", prettyJson(*experiment)); !written)
            return written.error();
        m_hasExperiment = true;
    }
    const fs::path path = m_folder / fileName(textOf(step, "step"));
    if (Status written = writeSafetensors(path, step.tensors, step.metadata); !written)
        return written.error();
    return path;
}

} // namespace saddle
