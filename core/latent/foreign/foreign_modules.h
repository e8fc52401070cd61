// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/torch_file.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// The tensors of one module of a state dict, and what kind of module has such tensors.
struct ForeignModule {
    enum class Kind {
        Linear, ///< weight: out × in
        Spatial, ///< a convolution in either direction; weight: a × b × k × k
        Norm, ///< with running statistics
        Embedding, ///< weight: classes × width
        Unknown,
    };

    std::string path; ///< "main.0"
    Kind kind = Kind::Unknown;
    std::map<std::string, const StateTensor*> tensors; ///< by Saddle's names: weight, bias, weight_u, running_mean, ...
    std::string reason; ///< why it is unknown

    bool has(const std::string& name) const { return tensors.contains(name); }
    const std::vector<std::int64_t>& shape(const std::string& name) const { return tensors.at(name)->tensor.shape; }
    std::int64_t size(std::size_t axis) const { return shape("weight")[axis]; }
    bool spectral() const { return has("weight_u"); }
    /// Channels of a norm.
    std::int64_t channels() const { return shape("running_mean")[0]; }
    /// The name of its weight in the file, for sentences.
    std::string shownWeight() const;
};

/// The modules of a state dict in its order.
std::vector<ForeignModule> modulesOf(const StateDict& state);

/// How many modules without tensors stand between two neighbours of one list, "main.1" and "main.3"; nothing where the
/// names are not numbers in one list.
std::optional<int> gapBetween(const ForeignModule& before, const ForeignModule& after);

/// Why the modules are those of no generator, in a sentence; empty where they may be.
std::string whyNoGenerator(const std::vector<ForeignModule>& modules);

/// Values of a floating-point tensor as float32; nothing for other types.
std::optional<HostTensor> toFloat32(const HostTensor& tensor);

} // namespace saddle
