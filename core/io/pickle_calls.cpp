// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pickle_calls.h"

#include "core/io/pickle_text.h"

#include <optional>
#include <string_view>
#include <utility>

namespace saddle {

namespace {

using Kind = PickleNode::Kind;

/// collections.OrderedDict(): empty, or of a list of pairs.
std::optional<PickleNode> orderedDict(const Pickle& pickle, const PickleNode& arguments)
{
    PickleNode dict{.kind = Kind::Dict};
    if (arguments.items.empty())
        return dict;
    const PickleNode& pairs = pickle[arguments.items.front()];
    if (pairs.kind != Kind::List && pairs.kind != Kind::Tuple)
        return std::nullopt;
    for (const PickleIndex index : pairs.items) {
        const PickleNode& pair = pickle[index];
        if ((pair.kind != Kind::List && pair.kind != Kind::Tuple) || pair.items.size() != 2)
            return std::nullopt;
        dict.items.insert(dict.items.end(), pair.items.begin(), pair.items.end());
    }
    return dict;
}

/// What a class that only arranges values makes of a list: itself under another kind.
std::optional<PickleNode> rearranged(const Pickle& pickle, const PickleNode& arguments, Kind kind)
{
    PickleNode made{.kind = kind};
    if (arguments.items.empty())
        return made;
    const PickleNode& from = pickle[arguments.items.front()];
    if (from.kind != Kind::List && from.kind != Kind::Tuple && from.kind != Kind::Set)
        return std::nullopt;
    made.items = from.items;
    return made;
}

/// Bytes as protocols 0 to 2 have them, a text of Latin-1 letters, or those of a bytes object.
std::optional<PickleNode> bytesOf(const Pickle& pickle, const PickleNode& arguments)
{
    PickleNode made{.kind = Kind::Bytes};
    if (arguments.items.empty())
        return made;
    const PickleNode& from = pickle[arguments.items.front()];
    if (from.kind != Kind::Text && from.kind != Kind::Bytes)
        return std::nullopt;
    std::optional<std::string> bytes = from.kind == Kind::Bytes ? from.text : toLatin1(from.text);
    if (!bytes)
        return std::nullopt;
    made.text = *std::move(bytes);
    return made;
}

/// How a known callable arranges its arguments; null for any other.
using Arrange = std::optional<PickleNode> (*)(const Pickle& pickle, const PickleNode& arguments);

Arrange arrangeOf(std::string_view name)
{
    if (name == "collections.OrderedDict")
        return orderedDict;
    if (name == "torch.Size")
        return [](const Pickle& p, const PickleNode& arguments) { return rearranged(p, arguments, Kind::Tuple); };
    if (name == "_codecs.encode")
        return bytesOf;
    for (const std::string_view module : {"builtins.", "__builtin__."}) {
        if (!name.starts_with(module))
            continue;
        const std::string_view plain = name.substr(module.size());
        if (plain == "set" || plain == "frozenset")
            return [](const Pickle& p, const PickleNode& arguments) { return rearranged(p, arguments, Kind::Set); };
        if (plain == "bytearray" || plain == "bytes")
            return bytesOf;
    }
    return nullptr;
}

} // namespace

bool callKnown(Pickle& pickle, PickleIndex callable, PickleIndex arguments, CallKind how, std::size_t& copied)
{
    const PickleNode& target = pickle[callable];
    const PickleNode& list = pickle[arguments];
    if (list.kind != Kind::Tuple)
        return false;
    if (target.kind != Kind::Global) {
        // A method of an object, or the result of another call: it has no name of its own.
        if (target.kind != Kind::Object)
            return false;
        copied += target.text.size();
        pickle.nodes.push_back({.kind = Kind::Object, .viaCall = true, .text = target.text, .items = {arguments}});
        return true;
    }
    if (const Arrange arrange = arrangeOf(target.text)) {
        std::optional<PickleNode> made = arrange(pickle, list);
        if (!made)
            return false;
        copied += made->items.size() + made->text.size();
        pickle.nodes.push_back(*std::move(made));
        return true;
    }
    PickleNode made{
        .kind = Kind::Object, .viaCall = how == CallKind::Function, .text = target.text, .items = {arguments}};
    // How the oldest protocols make an instance: the class is the first argument.
    if (target.text == "copy_reg._reconstructor" || target.text == "copyreg._reconstructor") {
        const PickleNode* instanceOf = list.items.empty() ? nullptr : &pickle[list.items.front()];
        if (instanceOf && instanceOf->kind == Kind::Global) {
            made.text = instanceOf->text;
            made.viaCall = false;
        }
    }
    copied += made.text.size();
    pickle.nodes.push_back(std::move(made));
    return true;
}

} // namespace saddle
