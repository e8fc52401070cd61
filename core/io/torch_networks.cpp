// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/torch_networks.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/io/torch_storage.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

namespace saddle {

namespace {

using Kind = PickleNode::Kind;

/// Values may stand in themselves: walks go so deep, and see so many.
constexpr int deepestWalk = 12;
constexpr std::size_t longestWalk = 200'000;
constexpr std::size_t mostNetworks = 64;

constexpr std::array wrappers{"module.", "_orig_mod.", "_forward_module."};

std::string lower(std::string_view text)
{
    std::string low(text);
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
    return low;
}

/// Whether a word is what people call a network of a pair, rather than a layer of one.
bool namesNetwork(std::string_view word)
{
    static constexpr std::array names{"g", "d", "gen", "disc", "dis", "netg", "netd", "net_g", "net_d", "model_g",
        "model_d", "generator", "discriminator", "critic", "encoder", "decoder", "g_ema", "ema", "gen_ema",
        "generator_ema", "ema_generator", "netg_ema", "averaged"};
    const std::string low = lower(word);
    return std::find(names.begin(), names.end(), low) != names.end();
}

std::string keyText(const PickleNode& key)
{
    if (key.kind == Kind::Text)
        return key.text;
    return key.kind == Kind::Integer ? std::to_string(key.integer) : "?";
}

bool isOptimiser(const Pickle& pickle, const PickleNode& dict)
{
    return pickle.find(dict, "param_groups") && pickle.find(dict, "state");
}

std::string joined(const std::string& place, const std::string& name)
{
    return place.empty() ? shownName(name) : place + " / " + shownName(name);
}

class NetworkWalk {
public:
    explicit NetworkWalk(const Pickle& pickle)
        : m_pickle(pickle)
    {
    }

    void visit(PickleIndex index, const std::string& place, int depth)
    {
        const PickleNode& node = m_pickle[index];
        if (depth > deepestWalk || m_seen > longestWalk || found.size() + unnamed.size() >= mostNetworks)
            return;
        if (node.kind == Kind::Object && !object.object && !isTensor(index))
            object = {place, &node};
        if (node.kind == Kind::List || node.kind == Kind::Tuple) {
            // Values by number are a record of training; a few are networks.
            for (std::size_t i = 0; i < node.items.size(); ++i) {
                ++m_seen;
                if (m_pickle[node.items[i]].kind == Kind::Dict || m_pickle[node.items[i]].kind == Kind::Object)
                    visit(node.items[i], joined(place, std::to_string(i)), depth + 1);
            }
        }
        if (node.kind != Kind::Dict || isOptimiser(m_pickle, node))
            return;
        FoundNetwork network{place, {}, {}};
        std::map<std::string, std::size_t> positions;
        std::vector<std::pair<std::string, PickleIndex>> others;
        for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
            ++m_seen;
            const PickleNode& key = m_pickle[node.items[i]];
            const PickleIndex value = node.items[i + 1];
            if (key.kind != Kind::Text || !isTensor(value)) {
                others.emplace_back(keyText(key), value);
                continue;
            }
            // Of equal keys the last counts, at the place of the first.
            const auto [at, added] = positions.emplace(key.text, network.tensors.size());
            if (added)
                network.tensors.push_back({key.text, value});
            else
                network.tensors[at->second].value = value;
        }
        const bool named = std::any_of(network.tensors.begin(), network.tensors.end(),
            [](const FoundNetwork::Entry& entry) { return entry.name.find('.') != std::string::npos; });
        for (const auto& [name, value] : others)
            network.others.push_back(shownName(name));
        if (named)
            split(std::move(network));
        else if (!network.tensors.empty())
            unnamed.push_back(std::move(network));
        for (const auto& [name, value] : others)
            visit(value, joined(place, name), depth + 1);
    }

    std::vector<FoundNetwork> found;
    std::vector<FoundNetwork> unnamed; ///< tensors that no layer's name stands before
    UnreadObject object;

private:
    bool isTensor(PickleIndex index) const
    {
        // One that cannot be read is a tensor all the same, and is named as such.
        const Result<std::optional<TensorView>> view = tensorView(m_pickle, index);
        return !view || view->has_value();
    }

    static void dropWrappers(FoundNetwork& network)
    {
        for (bool again = !network.tensors.empty(); again;) {
            again = false;
            for (const std::string_view wrapper : wrappers) {
                const bool all = std::all_of(network.tensors.begin(), network.tensors.end(),
                    [wrapper](const FoundNetwork::Entry& entry) { return entry.name.starts_with(wrapper); });
                for (FoundNetwork::Entry& entry : network.tensors)
                    entry.name.erase(0, all ? wrapper.size() : 0);
                again = again || all;
            }
        }
    }

    /// By the first word of each name, where these are what people call networks.
    void split(FoundNetwork network)
    {
        dropWrappers(network);
        std::vector<FoundNetwork> parts;
        std::map<std::string, std::size_t> positions;
        bool networks = false;
        for (const FoundNetwork::Entry& entry : network.tensors) {
            const std::string word = entry.name.substr(0, entry.name.find('.'));
            networks = networks || namesNetwork(word);
            const auto [at, added] = positions.emplace(word, parts.size());
            if (added)
                parts.push_back({joined(network.place, word), {}, {}});
            parts[at->second].tensors.push_back(
                {entry.name.substr(std::min(word.size() + 1, entry.name.size())), entry.value});
        }
        if (!networks || std::any_of(parts.begin(), parts.end(), [](const FoundNetwork& part) {
                return part.tensors.front().name.empty(); // a tensor, not a network
            })) {
            found.push_back(std::move(network));
            return;
        }
        for (FoundNetwork& part : parts) {
            dropWrappers(part);
            part.others = network.others;
            found.push_back(std::move(part));
        }
    }

    const Pickle& m_pickle;
    std::size_t m_seen = 0;
};

} // namespace

std::vector<FoundNetwork> findNetworks(const Pickle& pickle)
{
    NetworkWalk walk(pickle);
    walk.visit(pickle.root, "", 0);
    return walk.found.empty() ? std::move(walk.unnamed) : std::move(walk.found);
}

UnreadObject firstObject(const Pickle& pickle)
{
    NetworkWalk walk(pickle);
    walk.visit(pickle.root, "", 0);
    return walk.object;
}

bool namesAverage(std::string_view place)
{
    const std::string low = lower(place);
    for (std::size_t at = low.find("ema"); at != std::string::npos; at = low.find("ema", at + 1)) {
        const bool begins = at == 0 || !std::isalpha(static_cast<unsigned char>(low[at - 1]));
        const bool ends = at + 3 == low.size() || !std::isalpha(static_cast<unsigned char>(low[at + 3]));
        if (begins && ends)
            return true;
    }
    return low.find("average") != std::string::npos;
}

bool isModule(const Pickle& pickle, const PickleNode& object)
{
    const PickleNode& state = pickle[object.state];
    return pickle.find(state, "_modules") && pickle.find(state, "_parameters");
}

std::string describeObject(const PickleNode& object)
{
    return (object.viaCall ? "what calling " : "an object of class ") + shownName(object.text)
        + (object.viaCall ? " gives" : "");
}

} // namespace saddle
