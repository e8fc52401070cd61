// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"
#include "core/objectives/score_meaning.h"
#include "core/session/engine.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace saddle {

/// What is known of a discriminator that was opened.
struct DiscriminatorInfo {
    std::filesystem::path origin; ///< the checkpoint's folder
    std::int64_t step = 0; ///< it was trained for
    Shape shape; ///< of one sample: [C, H, W], or [2] for points of the plane
    std::vector<std::string> classes; ///< names of the labels it reads, or empty
    std::string objective; ///< "Non-saturating"
    ScoreMeaning meaning;
    Critic kind = Critic::Score; ///< Reconstruction: an auto-encoder, whose error is the score
    bool comparesSamples = false; ///< it was trained to compare the samples of a batch, and here sees each alone
    std::string featureLayer; ///< whose output the features are: "layer 8, flatten"
    std::int64_t featureCount = 0; ///< of one sample
    std::string device; ///< "CPU, 2 threads"
    std::vector<std::string> notes; ///< what a person should know
};

/// What a discriminator says of some samples, one number each, in their order.
struct Judgement {
    std::vector<float> scores; ///< as the curves D(real) and D(fake) show their means
    std::vector<float> probabilities; ///< of being real, where the score is a logit; else empty
    Samples reconstruction; ///< what an auto-encoder makes of them; else of count 0
};

/// A discriminator by itself, in evaluation mode and without a trainer. All calls come from one thread, that which
/// opened it. Nothing is thrown. Samples are of `shape`, images as bytes; labels are one a sample where it reads them,
/// else none.
class Discriminator {
public:
    virtual ~Discriminator() = default;

    virtual const DiscriminatorInfo& info() const = 0;
    /// Each sample alone: a score does not depend on the others. Augmentation and instance noise are left out.
    virtual Result<Judgement> judge(const Samples& samples, const std::vector<std::int64_t>& labels) = 0;
    /// The activations before the last layer with weights, or an auto-encoder's code: rows of featureCount numbers.
    /// Maps are averaged over their quarters, so that a data set's features fit into memory.
    virtual Result<std::vector<float>> features(const Samples& samples, const std::vector<std::int64_t>& labels) = 0;
    /// Takes on other weights of the same layers, as a training run publishes them; names as in DiscriminatorModel.
    /// What does not fit is an Error, and nothing is changed.
    virtual Status adopt(const TensorMap& tensors, std::int64_t step) = 0;
};

} // namespace saddle
