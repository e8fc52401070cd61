// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/params/schema.h"

#include <algorithm>

namespace saddle {

Result<Json> resolveParameters(const std::vector<Parameter>& parameters, const Json& given, const std::string& where,
    const std::vector<std::string>& others)
{
    const auto pathOf = [&where](const std::string& key) { return where.empty() ? key : where + "." + key; };
    if (!given.is_object())
        return Error{"an object { … } is expected here", where, "write its settings as \"key\": value pairs"};

    std::vector<std::string> known = others;
    for (const Parameter& parameter : parameters)
        known.push_back(parameter.key);
    for (const auto& [key, value] : given.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string near = nearestWord(key, known);
        return Error{"there is no setting of this name", pathOf(key),
            near.empty() ? "remove it" : "did you mean “" + near + "”?"};
    }

    Json resolved = Json::object();
    for (const Parameter& parameter : parameters) {
        const auto found = given.find(parameter.key);
        if (found == given.end()) {
            resolved[parameter.key] = parameter.defaultValue;
            continue;
        }
        Result<Json> checked = parameter.check(*found, pathOf(parameter.key));
        if (!checked)
            return checked.error();
        resolved[parameter.key] = *std::move(checked);
    }
    return resolved;
}

} // namespace saddle
