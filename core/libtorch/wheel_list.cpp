// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/wheel_list.h"

#include "core/base/shipped_files.h"
#include "core/base/shown_name.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace saddle {

namespace {

constexpr std::string_view space = " \t\r\\";
constexpr std::string_view hexDigits = "0123456789abcdef";
constexpr std::string_view nameLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view versionLetters = "0123456789.";
constexpr std::uint64_t megabyte = 1'000'000;

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(space);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool isMadeOf(std::string_view text, std::string_view letters)
{
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

/// What follows the prefix, or nothing.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix)
{
    if (!text.starts_with(prefix))
        return std::nullopt;
    return trimmed(text.substr(prefix.size()));
}

bool readMegabytes(std::string_view text, std::uint64_t& bytes)
{
    constexpr std::uint64_t most = 1'000'000; // a terabyte
    std::uint64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size() || number > most)
        return false;
    bytes = number * megabyte;
    return true;
}

bool readLine(std::string_view line, WheelList& list)
{
    if (const auto size = after(line, "# Megabytes to download:"))
        return readMegabytes(*size, list.downloadBytes);
    if (const auto size = after(line, "# Megabytes on disk:"))
        return readMegabytes(*size, list.diskBytes);
    if (line.empty() || line.front() == '#')
        return true;
    if (const auto hash = after(line, "--hash=sha256:")) {
        constexpr std::size_t digits = 64;
        if (hash->size() != digits || !isMadeOf(*hash, hexDigits) || list.wheels.empty()
            || !list.wheels.back().sha256.empty())
            return false;
        list.wheels.back().sha256 = *hash;
        return true;
    }
    const std::size_t equals = line.find("==");
    if (equals == std::string_view::npos || (!list.wheels.empty() && list.wheels.back().sha256.empty()))
        return false;
    const Wheel wheel{std::string(line.substr(0, equals)), std::string(line.substr(equals + 2)), {}};
    list.wheels.push_back(wheel);
    return isMadeOf(wheel.name, nameLetters) && isMadeOf(wheel.version, versionLetters);
}

} // namespace

Result<WheelList> parseWheelList(std::string_view text, const std::string& where)
{
    constexpr const char* remedy = "write it as packaging/libtorch-cpu.txt is";
    WheelList list;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!readLine(line, list))
            return Error{
                "“" + shownName(line) + "” is not understood", where + ", line " + std::to_string(number), remedy};
    }
    if (list.wheels.empty() || list.wheels.back().sha256.empty())
        return Error{"the list ends before a file and its hash are named", where, remedy};
    return list;
}

Result<WheelList> shippedWheelList(std::string_view set)
{
    const std::string name = "libtorch-" + std::string(set);
    for (const ShippedFile& file : shippedWheelLists()) {
        if (file.name == name)
            return parseWheelList(file.text, name + ".txt");
    }
    return Error{"there is no LibTorch of this kind", std::string(set), "ask for cpu or cuda"};
}

} // namespace saddle
