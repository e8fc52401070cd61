// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/generating.h"

#include "core/commands/commands.h"
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

namespace saddle {

std::optional<std::array<std::int64_t, 2>> pairFrom(const std::string& text)
{
    std::array<std::int64_t, 2> pair{};
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, pair[0]);
    if (first.ec != std::errc() || first.ptr == end || (*first.ptr != 'x' && *first.ptr != 'X'))
        return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, pair[1]);
    constexpr std::int64_t most = 1'000'000;
    if (second.ec != std::errc() || second.ptr != end || pair[0] < 1 || pair[1] < 1 || pair[0] > most || pair[1] > most)
        return std::nullopt;
    return pair;
}

bool isPng(const std::filesystem::path& path)
{
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
        [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending == ".png";
}

Weights weightsFrom(const std::string& text)
{
    if (text == "ema")
        return Weights::Averaged;
    return text == "plain" ? Weights::Plain : Weights::Best;
}

Result<std::unique_ptr<Generator>> openSource(
    const std::filesystem::path& source, const std::string& weights, const CodeRequest& code)
{
    return openGenerator(source, builtinCatalog(), weightsFrom(weights), code.trusted ? Trust::Code : Trust::Data,
        {code.dimensions, code.classes});
}

Result<std::optional<std::int64_t>> labelFrom(const std::optional<std::string>& text, const GeneratorInfo& info)
{
    if (!text)
        return std::optional<std::int64_t>();
    if (info.classes.empty())
        return Error{"this generator reads no labels", "--label", "leave it out"};
    const auto named = std::find(info.classes.begin(), info.classes.end(), *text);
    if (named != info.classes.end())
        return std::optional<std::int64_t>(named - info.classes.begin());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size())
        return std::optional<std::int64_t>(number); // the generator says what it has not got
    return Error{"there is no label “" + *text + "”", "--label",
        "give a number from 0 to " + std::to_string(info.classes.size() - 1) + ", or a name such as "
            + info.classes.front()};
}

PaintMonitor monitorBy(
    std::optional<ProgressLine>& line, const InterruptGuard& guard, bool quiet, const char* noun, std::int64_t things)
{
    return [&line, &guard, quiet, noun, things](std::int64_t done, std::int64_t total) {
        if (!line)
            line.emplace(things > 0 ? things : total, quiet);
        line->count(things > 0 ? done * things / total : done, noun);
        return !guard.interrupted();
    };
}

void sayOpened(const GeneratorInfo& info)
{
    for (const std::string& note : info.notes)
        std::fprintf(stderr, "%s\n", note.c_str());
    if (info.step > 0) {
        std::fprintf(
            stderr, "step %lld, %s weights, ", static_cast<long long>(info.step), info.averaged ? "averaged" : "plain");
    }
    std::fprintf(stderr, "%s\n", info.device.c_str());
}

int written(const Status& status, const std::filesystem::path& path)
{
    if (!status)
        return report(status.error());
    std::printf("%s\n", path.c_str());
    return Success;
}

} // namespace saddle
