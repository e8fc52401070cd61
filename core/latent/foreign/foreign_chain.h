// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/latent/foreign/foreign_modules.h"

namespace saddle {

/// One layer to be: a module with a weight and the norm behind it, or a norm by itself.
struct ForeignStep {
    enum class Kind { Linear, Conv, Transposed, Norm };

    Kind kind = Kind::Linear;
    const ForeignModule* module = nullptr;
    const ForeignModule* norm = nullptr; ///< right behind the weight, over the same channels
    std::int64_t out = 0; ///< numbers or channels it gives
    std::int64_t groups = 1; ///< of a convolution
    std::int64_t shuffle = 1; ///< a pixel shuffle of that factor comes before
    std::int64_t reshapeTo = 0; ///< above 0: a list of numbers becomes a map of so many channels before
    bool activationFirst = false; ///< between weight and norm
    bool activation = true; ///< behind it, where it is not the last
    std::optional<int> gap = {}; ///< modules without tensors before it

    bool spatial() const { return kind == Kind::Conv || kind == Kind::Transposed; }
    const ForeignModule& lastModule() const { return norm ? *norm : *module; }
};

/// The layers in a row.
struct ForeignChain {
    std::vector<ForeignStep> steps;
    std::int64_t input = 0; ///< numbers the first takes, the label's among them
    bool startsAsMap = false; ///< the first is a convolution: its input is a map of one pixel
    std::int64_t reshaped = 0; ///< numbers that become a map on the way
    std::int64_t output = 0; ///< numbers, or channels, that the last gives
    bool endsAsMap = false;
    const ForeignModule* embedding = nullptr;
    std::vector<const ForeignModule*> unused;
};

/// Strings the modules together by what each takes and gives. An Error names two that do not follow one another.
Result<ForeignChain> chainOf(const std::vector<ForeignModule>& modules);

} // namespace saddle
