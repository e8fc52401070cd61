// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace saddle {

/// What the score that D gives one sample says, by the objective it was trained with.
struct ScoreMeaning {
    std::string name = "Score"; ///< "Logit", "Energy"
    std::string reading = "Higher is more real."; ///< how to read it, a sentence or two
    bool lowIsReal = false; ///< energies
    bool logit = false; ///< its sigmoid is the probability, by D, that the sample is real
};

} // namespace saddle
