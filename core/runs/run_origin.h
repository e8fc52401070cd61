// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"
#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace saddle {

/// The run that another began from.
struct RunParent {
    enum class How {
        Rewind, ///< the same experiment, gone back to a step: what the parent did after it is an abandoned branch
        Fork, ///< other settings from that step on
    };

    std::string run; ///< name of its folder, which stands beside the child's
    std::int64_t step = 0; ///< of the checkpoint that the child began with
    How how = How::Rewind;

    bool operator==(const RunParent&) const = default;
};

/// RUN/run.json: what is fixed when a run begins, beside its experiment.
struct RunOrigin {
    std::string created; ///< "2026-05-01T14:02:33Z"; empty for runs that are older than the file
    std::string program; ///< "Saddle 0.1.0"
    std::optional<RunParent> parent;
};

/// The origin of a run that begins now.
RunOrigin originNow(std::optional<RunParent> parent = {});

Status writeOrigin(const std::filesystem::path& runFolder, const RunOrigin& origin);
/// Without a run.json (older runs have none), an empty origin. An Error names what in the file is wrong: a parent's
/// name that is none, as with a '/' in it, or a newer schema.
Result<RunOrigin> readOrigin(const std::filesystem::path& runFolder);

} // namespace saddle
