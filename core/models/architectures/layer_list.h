// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

#include <string>

namespace saddle {

/// What a network of an architecture is for.
enum class NetworkTask {
    Generate, ///< a list of numbers becomes a sample
    Judge, ///< a sample becomes a list of numbers: discriminators, critics, encoders
    Rebuild, ///< a sample becomes itself, through a bottleneck called "code"
};

NetworkTask taskOf(const NetworkFit& fit);

/// The refusal of an architecture that has no auto-encoder.
Error noAutoEncoder(const std::string& architecture);

/// How often a square image can be halved until its side is at most `largest`, at least once and down to at least 3.
/// Halving stops early where a side is odd.
Result<int> halvings(const std::string& architecture, const Shape& image, std::int64_t largest);

/// Writes the layers of a network as JSON, as a file would hold them.
class LayerList {
public:
    /// Begins with the network's input; where the network may read labels, with the two joined.
    explicit LayerList(const NetworkFit& fit);

    /// A layer behind the last one, or behind the layers named in `inputs`.
    LayerList& add(const char* kind, Json options = Json::object(), const std::vector<std::string>& inputs = {});
    /// The last layer gets a name.
    LayerList& called(const char* id);
    /// Layers that follow belong to a block; empty: to none.
    LayerList& block(std::string name);

    /// How later layers call the last one.
    std::string last() const;
    Json json() const { return m_layers; }

private:
    Json m_layers = Json::array();
    std::string m_block;
};

/// Options of a convolution that keeps the size of its input.
Json sameConv(std::int64_t out, std::int64_t kernel = 3);
/// Options of a convolution 4×4 that halves, or transposed doubles, its input.
Json halvingConv(std::int64_t out);
/// The first with those of the second put in or over.
Json with(Json options, const Json& more);

} // namespace saddle
