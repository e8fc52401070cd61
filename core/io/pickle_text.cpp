// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pickle_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace saddle {

namespace {

void appendUtf8(std::string& text, std::uint32_t letter)
{
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (letter < 0x80) {
        put(letter);
    } else if (letter < 0x800) {
        put(0xc0 | letter >> 6);
        put(0x80 | (letter & 0x3f));
    } else if (letter < 0x10000) {
        put(0xe0 | letter >> 12);
        put(0x80 | (letter >> 6 & 0x3f));
        put(0x80 | (letter & 0x3f));
    } else {
        put(0xf0 | (letter >> 18 & 7));
        put(0x80 | (letter >> 12 & 0x3f));
        put(0x80 | (letter >> 6 & 0x3f));
        put(0x80 | (letter & 0x3f));
    }
}

/// The number of exactly `digits` hexadecimal digits from `at` on.
std::optional<std::uint32_t> hexAt(std::string_view text, std::size_t at, std::size_t digits)
{
    if (at + digits > text.size())
        return std::nullopt;
    std::uint32_t value = 0;
    const char* end = text.data() + at + digits;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value, 16);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

} // namespace

std::string fromRawUnicode(std::string_view line)
{
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool escape = line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == 'u' || line[i + 1] == 'U');
        const std::size_t digits = escape && line[i + 1] == 'U' ? 8 : 4;
        const std::optional<std::uint32_t> letter = escape ? hexAt(line, i + 2, digits) : std::nullopt;
        appendUtf8(text, letter ? *letter : static_cast<unsigned char>(line[i]));
        if (letter)
            i += 1 + digits;
    }
    return text;
}

std::optional<std::string> fromQuoted(std::string_view line)
{
    if (line.size() < 2 || line.front() != line.back() || (line.front() != '\'' && line.front() != '"'))
        return std::nullopt;
    line = line.substr(1, line.size() - 2);
    static constexpr std::array<std::pair<char, char>, 6> simple{
        {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'\\', '\\'}, {'\'', '\''}, {'"', '"'}}};
    std::string bytes;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\') {
            bytes += line[i];
            continue;
        }
        if (++i == line.size())
            return std::nullopt;
        const auto* found =
            std::find_if(simple.begin(), simple.end(), [&](const auto& pair) { return pair.first == line[i]; });
        const std::optional<std::uint32_t> hex = line[i] == 'x' ? hexAt(line, i + 1, 2) : std::nullopt;
        if (found == simple.end() && !hex)
            return std::nullopt;
        bytes += hex ? static_cast<char>(*hex) : found->second;
        i += hex ? 2 : 0;
    }
    return bytes;
}

std::optional<std::string> toLatin1(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x80) {
            bytes += text[i];
            continue;
        }
        if ((first != 0xc2 && first != 0xc3) || i + 1 == text.size())
            return std::nullopt;
        bytes += static_cast<char>((first & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    }
    return bytes;
}

std::optional<std::int64_t> toInteger(std::string_view littleEndian)
{
    if (littleEndian.size() > 8)
        return std::nullopt;
    std::uint64_t value = !littleEndian.empty() && (littleEndian.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = littleEndian.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(littleEndian[i]);
    return static_cast<std::int64_t>(value);
}

} // namespace saddle
