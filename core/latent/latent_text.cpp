// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/latent_text.h"

#include "core/base/text.h"

#include <charconv>
#include <cmath>

namespace saddle {

namespace {

bool parts(char c)
{
    return c == ',' || c == ';' || c == '[' || c == ']' || c == '(' || c == ')' || c == '{' || c == '}' || c == ' '
        || c == '\t' || c == '\n' || c == '\r';
}

std::string shortened(std::string_view word)
{
    constexpr std::size_t most = 24;
    return word.size() <= most ? std::string(word) : std::string(word.substr(0, most)) + "…";
}

} // namespace

std::string latentText(const Latents& latent)
{
    std::string text;
    for (const float value : latent.values) {
        char digits[32];
        const std::to_chars_result end = std::to_chars(std::begin(digits), std::end(digits), value);
        text += (text.empty() ? "" : ", ") + std::string(digits, end.ptr);
    }
    if (!latent.labels.empty())
        text += "; label " + std::to_string(latent.labels.front());
    return text;
}

Result<Latents> latentFromText(std::string_view text, std::int64_t dimensions)
{
    Latents latent;
    latent.dimensions = dimensions;
    bool label = false;
    std::size_t at = 0;
    while (at < text.size()) {
        if (parts(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && !parts(text[end]))
            ++end;
        const std::string_view word = text.substr(at, end - at);
        at = end;
        const char* const last = word.data() + word.size();
        if (label) {
            std::int64_t number = 0;
            const auto [stop, error] = std::from_chars(word.data(), last, number);
            if (error != std::errc() || stop != last)
                return Error{
                    "“" + shortened(word) + "” is no label", "the text", "write a whole number behind “label”"};
            latent.labels = {number};
            label = false;
            continue;
        }
        if (word == "label") {
            label = true;
            continue;
        }
        if (latent.values.empty() && (word == "tensor" || word == "array" || word == "z" || word == "="))
            continue;
        float value = 0;
        const auto [stop, error] = std::from_chars(word.data() + (word.front() == '+' ? 1 : 0), last, value);
        if (error != std::errc() || stop != last || !std::isfinite(value)) {
            return Error{"“" + shortened(word) + "” is no finite number",
                "number " + std::to_string(latent.values.size() + 1), "paste numbers with commas between them"};
        }
        latent.values.push_back(value);
        if (latent.values.size() > static_cast<std::size_t>(dimensions))
            break;
    }
    if (latent.values.size() != static_cast<std::size_t>(dimensions)) {
        const bool more = latent.values.size() > static_cast<std::size_t>(dimensions);
        return Error{(more ? std::string("there are more than ") + std::to_string(dimensions)
                           : "there are only " + std::to_string(latent.values.size()))
                + " numbers",
            "the text", "this generator takes " + counted(dimensions, "number")};
    }
    return latent;
}

} // namespace saddle
