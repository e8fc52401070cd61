// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/parameter.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace saddle {

/// What every registered thing says of itself.
struct InfoBase {
    std::string kind; ///< the word in files: "lsgan"
    std::string label; ///< the words shown: "LSGAN"
    std::string help; ///< one sentence
    std::string source; ///< paper or origin
    std::vector<Parameter> parameters;
};

/// An explicit list of things of one sort, by kind. Filled by one function (no self-registration: a static library
/// would drop it), a duplicate kind throws.
template <typename Info>
class Registry {
public:
    explicit Registry(std::string noun)
        : m_noun(std::move(noun))
    {
    }

    void add(Info info)
    {
        if (find(info.kind))
            throw std::logic_error(m_noun + " registered twice: " + info.kind);
        m_items.push_back(std::move(info));
    }

    const Info* find(const std::string& kind) const
    {
        for (const Info& info : m_items) {
            if (info.kind == kind)
                return &info;
        }
        return nullptr;
    }

    /// The item, or an error that names `where` and the nearest known kind.
    Result<const Info*> get(const std::string& kind, const std::string& where) const
    {
        if (const Info* info = find(kind))
            return info;
        std::vector<std::string> known;
        std::string all;
        for (const Info& info : m_items) {
            known.push_back(info.kind);
            all += (all.empty() ? "" : ", ") + info.kind;
        }
        const std::string near = nearestWord(kind, known);
        return Error{"there is no " + m_noun + " “" + kind + "”", where,
            (near.empty() ? std::string() : "did you mean “" + near + "”? ") + "Known: " + all};
    }

    /// All kinds as the items of a choice parameter.
    std::vector<ChoiceItem> choices() const
    {
        std::vector<ChoiceItem> items;
        for (const Info& info : m_items)
            items.push_back({info.kind, info.label, info.help});
        return items;
    }

    const std::vector<Info>& items() const { return m_items; }

private:
    std::string m_noun;
    std::vector<Info> m_items;
};

} // namespace saddle
