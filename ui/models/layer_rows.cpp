// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layer_rows.h"

#include <algorithm>
#include <utility>

namespace saddle {

namespace {

struct Block {
    std::string key;
    int first = 0;
    int count = 0;
};

std::vector<Block> blocksOf(const NetworkDescription& network)
{
    std::vector<Block> blocks;
    std::unordered_map<std::string, int> turns;
    const std::vector<LayerDescription>& layers = network.layers;
    for (std::size_t first = 0; first < layers.size();) {
        const std::string& name = layers[first].block;
        std::size_t end = first + 1;
        while (end < layers.size() && layers[end].block == name)
            ++end;
        if (!name.empty() && end - first > 1) {
            blocks.push_back(
                {name + '\n' + std::to_string(turns[name]++), static_cast<int>(first), static_cast<int>(end - first)});
        }
        first = end;
    }
    return blocks;
}

} // namespace

std::vector<LayerRow> LayerFolds::rows(const NetworkDescription& network)
{
    const int layerCount = static_cast<int>(network.layers.size());
    const std::size_t before = std::exchange(m_layers, network.layers.size());
    if (std::max(before, m_layers) - std::min(before, m_layers) > 1)
        m_many = m_layers > manyLayers;
    std::vector<LayerRow> rows{{LayerRow::Kind::Input, -1}};
    int layer = 0;
    const auto addLayers = [&](int end, bool inBlock) {
        for (; layer < end; ++layer)
            rows.push_back({LayerRow::Kind::Layer, layer, 0, false, inBlock});
    };
    for (const Block& block : blocksOf(network)) {
        addLayers(block.first, false);
        const auto byHand = m_byHand.find(block.key);
        const bool folded = byHand == m_byHand.end() ? m_many : byHand->second;
        rows.push_back({LayerRow::Kind::Block, block.first, block.count, folded});
        if (folded)
            layer = block.first + block.count;
        else
            addLayers(block.first + block.count, true);
    }
    addLayers(layerCount, false);
    rows.push_back({LayerRow::Kind::Output, layerCount});
    return rows;
}

void LayerFolds::setFolded(const NetworkDescription& network, int firstLayer, bool folded)
{
    for (const Block& block : blocksOf(network)) {
        if (block.first == firstLayer)
            m_byHand[block.key] = folded;
    }
}

} // namespace saddle
