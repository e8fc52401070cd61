// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/export/record_file.h"

#include <array>

namespace saddle {

namespace {

constexpr std::array<std::uint32_t, 256> makeTable()
{
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = value >> 1 ^ (value & 1 ? 0x82f63b78U : 0U);
        table[i] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = makeTable();

void appendLittleEndian(std::string& bytes, std::uint64_t value, int count)
{
    for (int i = 0; i < count; ++i)
        bytes += static_cast<char>(value >> 8 * i & 0xff);
}

} // namespace

std::uint32_t crc32c(std::string_view bytes)
{
    std::uint32_t value = ~std::uint32_t{0};
    for (const char c : bytes)
        value = value >> 8 ^ table[(value ^ static_cast<unsigned char>(c)) & 0xff];
    return ~value;
}

std::uint32_t maskedCrc32c(std::string_view bytes)
{
    const std::uint32_t value = crc32c(bytes);
    return (value >> 15 | value << 17) + 0xa282ead8U;
}

Result<RecordFile> RecordFile::create(const std::filesystem::path& path)
{
    Result<WholeFile> file = WholeFile::create(path);
    if (!file)
        return file.error();
    return RecordFile(*std::move(file));
}

Status RecordFile::append(std::string_view record)
{
    std::string head;
    appendLittleEndian(head, record.size(), 8);
    appendLittleEndian(head, maskedCrc32c(head), 4);
    std::string tail;
    appendLittleEndian(tail, maskedCrc32c(record), 4);
    for (const std::string_view part : {std::string_view(head), record, std::string_view(tail)}) {
        if (Status written = m_file.append(part.data(), part.size()); !written)
            return written;
    }
    return {};
}

} // namespace saddle
