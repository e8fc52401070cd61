// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pickle.h"

#include "core/io/pickle_machine.h"

namespace saddle {

const PickleNode* Pickle::find(const PickleNode& dict, std::string_view key) const
{
    for (std::size_t i = dict.kind == PickleNode::Kind::Dict ? dict.items.size() : 0; i >= 2; i -= 2) {
        const PickleNode& name = nodes[dict.items[i - 2]];
        if (name.kind == PickleNode::Kind::Text && name.text == key)
            return &nodes[dict.items[i - 1]];
    }
    return nullptr;
}

Result<Pickle> readPickle(std::string_view bytes, const std::string& where)
{
    return PickleMachine(bytes.substr(0, maximumPickleBytes), where).run();
}

} // namespace saddle
