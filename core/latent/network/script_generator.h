// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <memory>
#include <optional>

namespace saddle {

/// What a person says of a TorchScript generator where the file does not.
struct ScriptHints {
    std::int64_t latents = 0; ///< numbers of a latent; 0: found by trying
    std::int64_t classes = 0; ///< of the one-hot label beside it; 0: found by trying
    std::optional<LatentDistribution> distribution = {}; ///< of latents; none: normal
    std::optional<OutputRange> range = {}; ///< none: by what it gives
};

/// The remedy of an Error that hints can do away with.
inline constexpr const char* hintsRemedy = "say how many there are";

/// Opens a TorchScript file, which runs the code in it: only for a file whose maker the person trusts. Its layers are
/// not known: it makes pictures, but nothing looks inside, and it paints no large images. It runs on the CPU.
///
/// What the file does not say is found by trying inputs of the shapes its first weights have: a latent N × Z or
/// N × Z × 1 × 1, with or without a label N × classes. An Error says what has to be told by `hints`, or that the
/// outcome is no image: a tuple, a list of numbers.
Result<std::unique_ptr<Generator>> openScript(const std::filesystem::path& path, const ScriptHints& hints = {});

} // namespace saddle
