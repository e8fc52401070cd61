// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/foreign/foreign_chain.h"
#include "core/latent/foreign/foreign_proposal.h"
#include "core/latent/foreign/foreign_sizes.h"

namespace saddle {

/// Answers read, with what is taken where there are none.
struct ForeignSettings {
    std::optional<Shape> image; ///< asked for
    std::int64_t classes = 0;
    bool labelFirst = false;
    LatentDistribution distribution = LatentDistribution::Normal;
    std::string activation = "relu";
    double slope = 0.2;
    std::string output = "tanh";
    OutputRange range;
    double normEpsilon = 1e-5;
    std::string upsampling = "nearest";
};

/// Reads answers. An Error names the key and what may be said instead.
Result<ForeignSettings> readAnswers(const ForeignAnswers& answers, const ForeignChain& chain);

/// The question of the image's size, with the sizes that can be. `taken` is empty when none is likely.
ForeignQuestion imageQuestion(const std::vector<Shape>& likely, const Shape& taken);
/// All other questions that this chain leaves open.
std::vector<ForeignQuestion> otherQuestions(
    const ForeignChain& chain, const ForeignSettings& settings, const ForeignAnswers& answers, bool enlarges);

/// "3x64x64"
std::string imageAnswer(const Shape& image);
/// The image that so many numbers are, most likely; empty when none is.
Shape likelyImage(std::int64_t numbers);

} // namespace saddle
