// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace saddle {

class Discriminator;

/// A search for the latents that reproduce a picture.
struct InversionRequest {
    Image target = {}; ///< of the generator's size and channels: see fitImage
    std::int64_t steps = 300; ///< of the optimiser, 1 to 100,000
    std::int64_t candidates = 64; ///< latents drawn first, of which the best are optimised; 1 to 10,000
    std::int64_t starts = 4; ///< how many of them, 1 to 64
    std::optional<std::int64_t> label = {}; ///< where the generator reads labels; none: candidates are of all classes
    double learningRate = 0.1; ///< of Adam, falling to 0 by a cosine over the last half of the steps
    double featureWeight = 0.1; ///< of the error in the discriminator's features, relative to theirs; 0: pixels alone
    double priorWeight = 0.1; ///< of what keeps normal latents likely
    std::uint64_t seed = 1;
};

/// How far it is. What is told is the best so far.
struct InversionProgress {
    std::int64_t step = 0; ///< done
    std::int64_t steps = 0;
    double error = 0; ///< as Inversion::error
    const Latents& latents; ///< one row
};

/// False ends the search; what is best so far is then its result. May be empty.
using InversionMonitor = std::function<bool(const InversionProgress& progress)>;

struct Inversion {
    Latents latents; ///< one row, with its label
    Samples picture; ///< what the generator makes of it
    double error = 0; ///< mean squared difference of picture and target, pixels in 0 .. 1
    std::vector<double> losses; ///< after each step that was done, that of the best start
    bool cancelled = false;
};

} // namespace saddle
