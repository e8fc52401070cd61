// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::test {

/// CRC-32C by the division of polynomials, a bit at a time, as its definition has it.
inline std::uint32_t slowCrc32c(std::string_view bytes)
{
    const auto reversed = [](std::uint32_t value, int bits) {
        std::uint32_t result = 0;
        for (int i = 0; i < bits; ++i)
            result |= (value >> i & 1) << (bits - 1 - i);
        return result;
    };
    std::uint32_t rest = 0xffffffff;
    for (const char c : bytes) {
        rest ^= reversed(static_cast<unsigned char>(c), 8) << 24;
        for (int bit = 0; bit < 8; ++bit)
            rest = rest & 0x80000000 ? rest << 1 ^ 0x1edc6f41 : rest << 1;
    }
    return reversed(rest, 32) ^ 0xffffffff;
}

inline std::uint64_t littleEndianAt(std::string_view bytes, std::size_t at, int size)
{
    if (at + static_cast<std::size_t>(size) > bytes.size())
        throw std::runtime_error("it ends early");
    std::uint64_t value = 0;
    for (int i = size; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

/// The records of a TFRecord file; throws where a length or a checksum is wrong.
inline std::vector<std::string> readRecords(std::string_view bytes)
{
    const auto check = [](std::string_view of, std::uint64_t masked) {
        const auto unmasked = static_cast<std::uint32_t>(masked) - 0xa282ead8U;
        if (std::rotl(unmasked, 15) != slowCrc32c(of))
            throw std::runtime_error("a checksum is wrong");
    };
    std::vector<std::string> records;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::uint64_t size = littleEndianAt(bytes, at, 8);
        check(bytes.substr(at, 8), littleEndianAt(bytes, at + 8, 4));
        const std::string_view data = bytes.substr(at + 12, size);
        check(data, littleEndianAt(bytes, at + 12 + size, 4));
        records.emplace_back(data);
        at += 16 + size;
    }
    return records;
}

/// A message of protocol buffers, by field: numbers as their bits, texts and messages as their bytes.
struct ReadMessage {
    std::multimap<int, std::uint64_t> numbers;
    std::multimap<int, std::string> texts;

    explicit ReadMessage(std::string_view bytes)
    {
        std::size_t at = 0;
        const auto variable = [&] {
            std::uint64_t value = 0;
            for (int shift = 0;; shift += 7) {
                const auto byte = static_cast<unsigned char>(bytes.at(at++));
                value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
                if (byte < 0x80)
                    return value;
            }
        };
        while (at < bytes.size()) {
            const std::uint64_t key = variable();
            const int field = static_cast<int>(key >> 3);
            if ((key & 7) == 0) {
                numbers.emplace(field, variable());
            } else if ((key & 7) == 2) {
                const std::uint64_t size = variable();
                if (size > bytes.size() - at)
                    throw std::runtime_error("a text ends early");
                texts.emplace(field, bytes.substr(at, size));
                at += size;
            } else if ((key & 7) == 1 || (key & 7) == 5) {
                const int size = (key & 7) == 1 ? 8 : 4;
                numbers.emplace(field, littleEndianAt(bytes, at, size));
                at += static_cast<std::size_t>(size);
            } else {
                throw std::runtime_error("an unknown type of field");
            }
        }
    }

    std::uint64_t number(int field) const { return numbers.contains(field) ? numbers.find(field)->second : 0; }
    std::string text(int field) const { return texts.contains(field) ? texts.find(field)->second : std::string(); }
};

} // namespace saddle::test
