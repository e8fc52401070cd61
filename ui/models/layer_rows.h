// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace saddle {

/// One row of a network's list: its input, a block's head, a layer, its output.
struct LayerRow {
    enum class Kind { Input, Block, Layer, Output };

    Kind kind = Kind::Input;
    int layer = -1; ///< of a block its first; -1 for the input, the number of layers for the output
    int count = 0; ///< layers of a block
    bool folded = false; ///< a block whose layers have no rows
    bool inBlock = false; ///< a layer below the head of its block

    int last() const { return layer + count - 1; }
    bool holds(int other) const { return kind == Kind::Block && other >= layer && other <= last(); }
    bool operator==(const LayerRow&) const = default;
};

/// Which blocks of a network are folded: all in a network of more than `manyLayers` layers, but for those that were
/// opened or closed by hand. A block is two or more neighbours of one name; it is known by that name, and by its turn
/// where a name comes more than once.
class LayerFolds {
public:
    static constexpr std::size_t manyLayers = 16;

    /// The rows of a network. One layer more or less is an edit, by which nothing shall fold that was open; a network
    /// that differs by more is another one, and is held against manyLayers anew.
    std::vector<LayerRow> rows(const NetworkDescription& network);

    void setFolded(const NetworkDescription& network, int firstLayer, bool folded);
    /// What was done by hand counts no more.
    void forget() { *this = {}; }

private:
    std::unordered_map<std::string, bool> m_byHand; ///< folded or not, by name and turn
    bool m_many = false;
    std::size_t m_layers = 0; ///< when last asked
};

} // namespace saddle
