// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// Where a value stands among those of a Pickle.
using PickleIndex = std::uint32_t;

/// One value of a pickle. What it is made of is named by index, so that a value may stand in several places, and even
/// within itself.
struct PickleNode {
    enum class Kind : std::uint8_t {
        None,
        Bool, ///< integer: 0 or 1
        Integer,
        Large, ///< an integer beyond 64 bits; text: its bytes, little-endian two's complement
        Real,
        Text, ///< text: UTF-8 where the writer was right
        Bytes,
        List,
        Tuple,
        Set,
        Dict, ///< also collections.OrderedDict; items: key, value, key, value, ...
        Global, ///< text: "module.name" of a class or function, which is not looked up
        Object, ///< text: "module.name" of what Python would call to make it; items: the tuple of arguments
        Persistent, ///< items: the id, from which the program that wrote the pickle finds what is meant
    };

    Kind kind = Kind::None;
    bool viaCall = false; ///< of an object: by any callable, not as an instance of a class
    PickleIndex state = 0; ///< of an object: what it was given beside its arguments; 0, which is None: nothing
    std::int64_t integer = 0;
    double real = 0;
    std::string text = {};
    std::vector<PickleIndex> items = {};
};

/// The values of one pickle. No Python is behind it: classes and functions stay names, nothing is imported or called.
struct Pickle {
    std::vector<PickleNode> nodes;
    PickleIndex root = 0;
    std::size_t size = 0; ///< bytes it took of those given

    const PickleNode& operator[](PickleIndex index) const { return nodes[index]; }
    /// The value under a text in a dictionary (of equal keys the last), or null.
    const PickleNode* find(const PickleNode& dict, std::string_view key) const;
};

/// Reads the pickle that the bytes begin with; protocols 0 to 5. `where` names it in errors.
///
/// Dictionaries, ordered ones too, lists, tuples, sets, numbers, texts and bytes become what they are; torch.Size a
/// tuple. Of anything else only the name and the arguments are kept. At most maximumPickleNodes values in
/// maximumPickleBytes; time and memory grow in proportion to the bytes, whatever they say. Refused: what refers to
/// values that are not there, data outside the pickle, and extension codes.
Result<Pickle> readPickle(std::string_view bytes, const std::string& where);

constexpr std::size_t maximumPickleNodes = 2'000'000;
constexpr std::size_t maximumPickleBytes = std::size_t{64} << 20;

} // namespace saddle
