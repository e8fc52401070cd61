// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/whole_file.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// CRC-32C: the polynomial of Castagnoli et al. 1993, 0x1EDC6F41, bits reflected, as iSCSI has it (RFC 3720).
std::uint32_t crc32c(std::string_view bytes);

/// The form in which TFRecord files keep it, so that a checksum of data that holds checksums says something:
/// rotated right by 15 bits, plus 0xa282ead8.
std::uint32_t maskedCrc32c(std::string_view bytes);

/// A file of TFRecords: of each, its length (8 bytes, little endian), the masked checksum of these 8 bytes (4), the
/// data, and the masked checksum of the data (4).
class RecordFile {
public:
    static Result<RecordFile> create(const std::filesystem::path& path);

    Status append(std::string_view record);
    Status commit() { return m_file.commit(); }

private:
    explicit RecordFile(WholeFile file)
        : m_file(std::move(file))
    {
    }

    WholeFile m_file;
};

} // namespace saddle
