// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/directions.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<DirectionKind, const char*>, 3> kindNames{
    {{DirectionKind::Principal, "principal"}, {DirectionKind::Factor, "factor"}, {DirectionKind::Groups, "groups"}}};

double lengthOf(const std::vector<double>& values)
{
    return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

/// Of directions of length 1; 0 for other dimensions.
double cosine(const Direction& one, const Direction& other)
{
    if (one.values.size() != other.values.size())
        return 0;
    return std::inner_product(one.values.begin(), one.values.end(), other.values.begin(), 0.0);
}

std::vector<double> meanOf(const Latents& latents)
{
    const auto dimensions = static_cast<std::size_t>(latents.dimensions);
    std::vector<double> mean(dimensions, 0);
    for (std::size_t i = 0; i < latents.values.size(); ++i)
        mean[i % dimensions] += latents.values[i];
    for (double& value : mean)
        value /= static_cast<double>(latents.count());
    return mean;
}

Json toJson(const Direction& direction)
{
    const auto kind = std::find_if(
        kindNames.begin(), kindNames.end(), [&](const auto& named) { return named.first == direction.kind; });
    Json json = {{"name", direction.name}, {"kind", kind->second}, {"values", direction.values},
        {"spread", direction.spread}, {"renamed", direction.renamed}};
    if (!std::isnan(direction.explained))
        json["explained"] = direction.explained;
    return json;
}

Result<Direction> fromJson(const Json& json, std::int64_t dimensions, const std::string& where)
{
    const auto wrong = [&where](const std::string& what, const std::string& key) {
        return Error{what, where + "." + key, "mend it, or delete the file and find the directions again"};
    };
    Direction direction;
    if (!json.is_object() || !json.contains("name") || !json["name"].is_string() || json["name"] == "")
        return wrong("a direction needs a name", "name");
    direction.name = json["name"].get<std::string>();
    const Json& kind = json.contains("kind") ? json["kind"] : Json();
    const auto found =
        std::find_if(kindNames.begin(), kindNames.end(), [&](const auto& named) { return kind == named.second; });
    if (found == kindNames.end())
        return wrong("the kind is one of “principal”, “factor” and “groups”", "kind");
    direction.kind = found->first;
    const Json& values = json.contains("values") ? json["values"] : Json();
    const bool numbers = values.is_array()
        && std::all_of(values.begin(), values.end(), [](const Json& value) { return value.is_number(); });
    if (!numbers || static_cast<std::int64_t>(values.size()) != dimensions)
        return wrong("a direction of this generator has " + counted(dimensions, "number"), "values");
    direction.values = values.get<std::vector<double>>();
    if (const double length = lengthOf(direction.values); !(std::abs(length - 1) < 1e-6)) // NaN too
        return wrong("a direction is of length 1", "values");
    direction.spread = json.contains("spread") && json["spread"].is_number() ? json["spread"].get<double>() : 0;
    if (!std::isfinite(direction.spread) || direction.spread <= 0)
        return wrong("the spread is a number above 0", "spread");
    direction.explained = std::numeric_limits<double>::quiet_NaN();
    if (json.contains("explained")) {
        if (!json["explained"].is_number() || json["explained"] < 0 || json["explained"] > 1)
            return wrong("a share is a number from 0 to 1", "explained");
        direction.explained = json["explained"].get<double>();
    }
    if (json.contains("renamed")) {
        if (!json["renamed"].is_boolean())
            return wrong("true or false is expected", "renamed");
        direction.renamed = json["renamed"].get<bool>();
    }
    return direction;
}

/// A name that is not taken yet: "PCA 3", else "PCA 3 (2)".
std::string freeName(const std::string& wanted, std::set<std::string>& taken)
{
    std::string name = wanted;
    for (int number = 2; !taken.insert(name).second; ++number)
        name = wanted + " (" + std::to_string(number) + ")";
    return name;
}

} // namespace

void moveAlong(Latents& latents, const Direction& direction, double amount)
{
    const std::size_t dimensions = direction.values.size();
    if (dimensions == 0 || static_cast<std::int64_t>(dimensions) != latents.dimensions)
        return;
    for (std::size_t i = 0; i < latents.values.size(); ++i) {
        latents.values[i] =
            static_cast<float>(latents.values[i] + amount * direction.spread * direction.values[i % dimensions]);
    }
}

Result<Direction> groupDirection(
    const std::string& name, const Latents& these, const Latents& those, const LatentOptions& latent)
{
    for (const Latents* group : {&these, &those}) {
        if (group->count() < 1 || group->dimensions != latent.dimensions) {
            return Error{"a group holds no latent of this generator", group == &these ? "these" : "those",
                "mark at least one picture for each group"};
        }
    }
    Direction direction;
    direction.name = name;
    direction.kind = DirectionKind::Groups;
    direction.explained = std::numeric_limits<double>::quiet_NaN();
    direction.spread = spreadOf(latent);
    direction.values = meanOf(these);
    const std::vector<double> other = meanOf(those);
    for (std::size_t i = 0; i < other.size(); ++i)
        direction.values[i] -= other[i];
    const double length = lengthOf(direction.values);
    if (!(length > 1e-9) || !std::isfinite(length))
        return Error{"the two groups have the same mean", name, "mark pictures that differ"};
    for (double& value : direction.values)
        value /= length;
    return direction;
}

double spreadOf(const LatentOptions& latent)
{
    return latent.distribution == LatentDistribution::Normal ? 1 : 1 / std::sqrt(3.0);
}

std::vector<Direction> alignDirections(const std::vector<Direction>& before, std::vector<Direction> after)
{
    struct Pair {
        std::size_t before;
        std::size_t after;
        double cosine;
    };
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < before.size(); ++i) {
        for (std::size_t j = 0; j < after.size() && before[i].kind != DirectionKind::Groups; ++j) {
            if (after[j].kind == before[i].kind && after[j].values.size() == before[i].values.size())
                pairs.push_back({i, j, cosine(before[i], after[j])});
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
        [](const Pair& one, const Pair& other) { return std::abs(one.cosine) > std::abs(other.cosine); });
    std::vector<const Pair*> partner(before.size(), nullptr);
    std::vector<bool> taken(after.size(), false);
    for (const Pair& pair : pairs) {
        if (partner[pair.before] || taken[pair.after])
            continue;
        partner[pair.before] = &pair;
        taken[pair.after] = true;
    }
    std::vector<Direction> aligned;
    std::set<std::string> names;
    const std::size_t dimensions = after.empty() ? 0 : after.front().values.size();
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool kept =
            before[i].kind == DirectionKind::Groups && (after.empty() || before[i].values.size() == dimensions);
        if (!kept && !partner[i])
            continue;
        aligned.push_back(kept ? before[i] : std::move(after[partner[i]->after]));
        Direction& direction = aligned.back();
        if (!kept && partner[i]->cosine < 0) {
            for (double& value : direction.values)
                value = -value;
        }
        direction.renamed = before[i].renamed;
        direction.name = freeName(before[i].name, names);
    }
    for (std::size_t j = 0; j < after.size(); ++j) {
        if (taken[j])
            continue;
        aligned.push_back(std::move(after[j]));
        aligned.back().name = freeName(aligned.back().name, names);
    }
    return aligned;
}

fs::path directionsFile(const fs::path& path)
{
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        fs::path file = path;
        return file.replace_extension(".directions.json");
    }
    if (!fs::exists(path / "state.json", error))
        return path / "directions.json";
    // A checkpoint: RUN/checkpoints/00000500.
    const fs::path checkpoint = namedPath(path);
    const fs::path run = checkpoint.parent_path().parent_path();
    return (fs::exists(run / "experiment.json", error) ? run : checkpoint) / "directions.json";
}

Status saveDirections(const fs::path& file, const std::vector<Direction>& directions)
{
    Json list = Json::array();
    for (const Direction& direction : directions)
        list.push_back(toJson(direction));
    const Json json{{"schema", 1}, {"directions", std::move(list)}};
    return writeFileWhole(file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<std::vector<Direction>> loadDirections(const fs::path& file, std::int64_t dimensions)
{
    std::vector<Direction> directions;
    std::error_code error;
    if (!fs::exists(file, error))
        return directions;
    const Result<Json> json = readJson(file);
    if (!json)
        return json.error();
    if (!json->is_object() || !json->contains("directions") || !(*json)["directions"].is_array())
        return Error{"a list of directions is expected here", file.string() + ": directions", "choose another file"};
    if (json->value("schema", Json(1)) != 1) {
        return Error{"this file is of a newer version", file.string() + ": schema", "update Saddle"};
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < (*json)["directions"].size(); ++i) {
        const std::string place = file.string() + ": directions[" + std::to_string(i) + "]";
        Result<Direction> direction = fromJson((*json)["directions"][i], dimensions, place);
        if (!direction)
            return direction.error();
        if (!names.insert(direction->name).second)
            return Error{"there are two directions called “" + direction->name + "”", place + ".name", "rename one"};
        directions.push_back(*std::move(direction));
    }
    return directions;
}

} // namespace saddle
