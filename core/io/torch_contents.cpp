// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/io/torch_networks.h"
#include "core/io/torch_storage.h"

namespace saddle {

namespace {

using Kind = PickleNode::Kind;

/// Beyond so many rows and levels a picture shows nothing that a person would read.
constexpr std::size_t mostItems = 5'000;
constexpr int deepest = 8;

class Picture {
public:
    explicit Picture(const Pickle& pickle)
        : m_pickle(pickle)
    {
    }

    TorchItem item(std::string name, PickleIndex index, int depth)
    {
        ++m_count;
        const PickleNode& node = m_pickle[index];
        TorchItem made{std::move(name), wordsFor(node, index), {}};
        const bool dict = node.kind == Kind::Dict;
        if (!dict && node.kind != Kind::List && node.kind != Kind::Tuple && node.kind != Kind::Set)
            return made;
        const std::size_t step = dict ? 2 : 1;
        for (std::size_t i = 0; i + step <= node.items.size(); i += step) {
            if (m_count >= mostItems || depth >= deepest) {
                const std::size_t left = (node.items.size() - i) / step;
                made.items.push_back({"…", grouped(static_cast<std::int64_t>(left)) + " more", {}});
                break;
            }
            made.items.push_back(item(
                dict ? keyWords(m_pickle[node.items[i]]) : std::to_string(i), node.items[i + step - 1], depth + 1));
        }
        return made;
    }

private:
    static std::string keyWords(const PickleNode& key)
    {
        if (key.kind == Kind::Text)
            return shownName(key.text);
        return key.kind == Kind::Integer ? std::to_string(key.integer) : "?";
    }

    std::string wordsFor(const PickleNode& node, PickleIndex index) const
    {
        const auto entries = [&node](std::size_t step) {
            const std::size_t count = node.items.size() / step;
            return grouped(static_cast<std::int64_t>(count)) + (count == 1 ? " entry" : " entries");
        };
        switch (node.kind) {
        case Kind::None:
            return "nothing";
        case Kind::Bool:
            return node.integer != 0 ? "true" : "false";
        case Kind::Integer:
            return grouped(node.integer);
        case Kind::Large:
            return "a large number";
        case Kind::Real:
            return numberText(node.real);
        case Kind::Text:
            return "“" + shownName(node.text) + "”";
        case Kind::Bytes:
            return counted(static_cast<std::int64_t>(node.text.size()), "byte");
        case Kind::List:
        case Kind::Tuple:
        case Kind::Set:
            return entries(1);
        case Kind::Dict:
            return entries(2);
        case Kind::Global:
            return shownName(node.text);
        case Kind::Object:
            return objectWords(node, index);
        case Kind::Persistent:
            return "a storage";
        }
        return {};
    }

    std::string objectWords(const PickleNode& node, PickleIndex index) const
    {
        const Result<std::optional<TensorView>> view = tensorView(m_pickle, index);
        if (!view)
            return "a tensor that cannot be read";
        if (!*view)
            return describeObject(node);
        std::string sizes;
        for (const std::int64_t size : (*view)->shape)
            sizes += (sizes.empty() ? "" : " × ") + std::to_string(size);
        return "tensor " + (sizes.empty() ? std::string("of one number") : sizes) + ", "
            + std::string(dtypeName((*view)->dtype));
    }

    const Pickle& m_pickle;
    std::size_t m_count = 0;
};

} // namespace

TorchItem describeContents(const Pickle& pickle)
{
    return Picture(pickle).item("", pickle.root, 0);
}

} // namespace saddle
