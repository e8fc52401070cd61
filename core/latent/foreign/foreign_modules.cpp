// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_modules.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace saddle {

namespace {

using Kind = ForeignModule::Kind;

/// Names as torch.nn.utils.parametrizations writes them, and as the older spectral_norm does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> spellings{{
    {"parametrizations.weight.original", "weight"},
    {"parametrizations.weight.0._u", "weight_u"},
    {"parametrizations.weight.0._v", "weight_v"},
    {"weight_orig", "weight"},
}};

constexpr std::array<std::string_view, 7> knownNames{
    "weight", "bias", "weight_u", "weight_v", "running_mean", "running_var", "num_batches_tracked"};

/// The module's path and the tensor's own name.
std::pair<std::string, std::string> splitName(const std::string& name)
{
    const auto partOf = [&name](std::size_t own) {
        return name.substr(0, own > 0 ? own - 1 : 0); // without the dot
    };
    for (const auto& [spelling, meaning] : spellings) {
        if (name == spelling || name.ends_with("." + std::string(spelling)))
            return {partOf(name.size() - spelling.size()), std::string(meaning)};
    }
    const std::size_t dot = name.rfind('.');
    const std::size_t own = dot == std::string::npos ? 0 : dot + 1;
    return {partOf(own), name.substr(own)};
}

bool isFloat(DType type)
{
    return type == DType::F32 || type == DType::F16 || type == DType::BF16 || type == DType::F64;
}

bool namesEmbedding(std::string path)
{
    std::transform(path.begin(), path.end(), path.begin(), [](unsigned char c) { return std::tolower(c); });
    return path.find("emb") != std::string::npos;
}

/// Why a module with these tensors is none that is known; else its kind is set.
std::string classify(ForeignModule& module)
{
    for (const auto& [name, tensor] : module.tensors) {
        if (std::find(knownNames.begin(), knownNames.end(), name) == knownNames.end())
            return "no layer of Saddle’s has a tensor “" + shownName(name) + "”";
        if (name != "num_batches_tracked" && !isFloat(tensor->tensor.dtype))
            return "its numbers are of type " + std::string(dtypeName(tensor->tensor.dtype));
        if (std::find(tensor->tensor.shape.begin(), tensor->tensor.shape.end(), 0) != tensor->tensor.shape.end())
            return "it is empty";
    }
    const auto isVector = [&module](const char* name, std::int64_t size) {
        return !module.has(name) || module.shape(name) == std::vector<std::int64_t>{size};
    };
    if (module.has("running_mean")) {
        const std::vector<std::int64_t>& mean = module.shape("running_mean");
        if (!module.has("running_var") || mean.size() != 1 || !isVector("running_var", mean[0])
            || !isVector("weight", mean[0]) || !isVector("bias", mean[0]) || module.has("weight") != module.has("bias"))
            return "its tensors are not those of a batch norm";
        module.kind = Kind::Norm;
        return {};
    }
    if (!module.has("weight"))
        return "there is no weight beside it";
    const std::vector<std::int64_t>& weight = module.shape("weight");
    if (weight.size() == 1) {
        return module.has("bias") ? "it may be an instance, group or layer norm, which its tensors do not tell apart"
                                  : "a scale alone says not which layer it belongs to";
    }
    if (module.spectral() != module.has("weight_v"))
        return "weight_u and weight_v of a spectral norm come together";
    if (weight.size() == 2) {
        if (!isVector("bias", weight[0]))
            return "its bias does not fit its weight";
        module.kind = !module.has("bias") && namesEmbedding(module.path) ? Kind::Embedding : Kind::Linear;
        return {};
    }
    if (weight.size() != 4)
        return "it has " + std::to_string(weight.size()) + " sizes, and Saddle’s layers have 2 or 4";
    if (weight[2] != weight[3])
        return "its kernel is not square";
    if (!isVector("bias", weight[0]) && !isVector("bias", weight[1]))
        return "its bias does not fit its weight";
    module.kind = Kind::Spatial;
    return {};
}

/// "main.12" as "main" and 12.
std::optional<std::pair<std::string_view, int>> numbered(std::string_view path)
{
    const std::size_t dot = path.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? path : path.substr(dot + 1);
    int number = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), number);
    if (error != std::errc() || end != last.data() + last.size() || last.empty() || number < 0)
        return std::nullopt;
    return std::pair(path.substr(0, path.size() - last.size()), number);
}

} // namespace

std::string ForeignModule::shownWeight() const
{
    return "“" + shownName(has("weight") ? tensors.at("weight")->name : path) + "”";
}

std::vector<ForeignModule> modulesOf(const StateDict& state)
{
    std::vector<ForeignModule> modules;
    std::map<std::string, std::size_t> positions;
    for (const StateTensor& tensor : state) {
        const auto [path, name] = splitName(tensor.name);
        const auto [at, added] = positions.emplace(path, modules.size());
        if (added)
            modules.push_back({path, Kind::Unknown, {}, {}});
        modules[at->second].tensors.emplace(name, &tensor);
    }
    for (ForeignModule& module : modules)
        module.reason = classify(module);
    return modules;
}

std::optional<int> gapBetween(const ForeignModule& before, const ForeignModule& after)
{
    const auto a = numbered(before.path);
    const auto b = numbered(after.path);
    if (!a || !b || a->first != b->first || b->second <= a->second)
        return std::nullopt;
    return b->second - a->second - 1;
}

std::string whyNoGenerator(const std::vector<ForeignModule>& modules)
{
    std::vector<const ForeignModule*> weights;
    std::int64_t norm = 0; // channels of the one behind the first weight
    for (const ForeignModule& module : modules) {
        if (module.kind == Kind::Linear || module.kind == Kind::Spatial)
            weights.push_back(&module);
        else if (module.kind == Kind::Norm && weights.size() == 1 && norm == 0)
            norm = module.channels();
    }
    if (weights.empty())
        return "this holds no linear layer and no convolution";
    const ForeignModule& first = *weights.front();
    const ForeignModule& last = *weights.back();
    const std::string looks = "this looks like a discriminator, a classifier or an encoder: ";
    if (first.kind == Kind::Spatial) {
        // A convolution of an image: few channels in, more out. Transposed, it would have as few latent numbers out.
        constexpr std::int64_t imageChannels = 4;
        const std::int64_t out = first.has("bias") ? first.shape("bias")[0] : norm;
        if (first.size(1) <= imageChannels && first.size(0) > first.size(1) && weights.size() > 1
            && out != first.size(1)) {
            return looks + "its first layer reads an image of " + counted(first.size(1), "channel")
                + (last.kind == Kind::Linear ? ", and its last gives " + counted(last.size(0), "number") : "");
        }
        return {};
    }
    if (last.kind == Kind::Linear && (last.size(0) == 1 || (last.size(0) != 2 && first.size(1) > 2 * last.size(0)))) {
        return looks + "it makes " + counted(last.size(0), "number") + " of " + grouped(first.size(1));
    }
    return {};
}

} // namespace saddle
