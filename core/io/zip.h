// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A file in a zip archive. Its name is data: nothing is ever written under it.
struct ZipEntry {
    std::string name;
    std::uint64_t size = 0; ///< bytes once unpacked, as the archive claims
    bool plain = true; ///< a file, as the archive says: not a link, a device or another thing of Unix
};

/// A zip archive that is read from and never unpacked to disk. What it claims to hold is checked before memory is
/// taken: no more entries than maximumEntries, and together no more than eight times the archive's own size and 64 MiB.
/// Only stored and deflated entries without a password are read. Calls come from one thread at a time.
class ZipArchive {
public:
    static constexpr std::size_t maximumEntries = 200'000;

    /// An Error names the file, and tells an archive that was cut short from what is no archive.
    static Result<ZipArchive> open(const std::filesystem::path& path);
    /// The same for bytes in memory, which must outlive the archive; `where` names them in errors.
    static Result<ZipArchive> decode(std::string_view bytes, const std::string& where);

    const std::vector<ZipEntry>& entries() const { return m_entries; }
    /// The entry of that name (the first, were there several), or null.
    const ZipEntry* find(std::string_view name) const;
    /// The bytes of one of entries(). Damage (a checksum that does not agree) and a size above the limit are Errors
    /// that name the entry.
    Result<std::string> read(const ZipEntry& entry, std::uint64_t limit) const;
    /// The same piece by piece, for entries that are large. Until it is ok, what the sink was given is worth nothing;
    /// an Error of the sink ends it.
    Status readPieces(const ZipEntry& entry, const std::function<Status(std::string_view)>& sink) const;

private:
    /// libzip's handle, which closes itself.
    class Handle;
    ZipArchive(std::shared_ptr<Handle> handle, std::string where);
    Status list(std::uint64_t archiveSize);

    std::shared_ptr<Handle> m_handle;
    std::string m_where;
    std::vector<ZipEntry> m_entries;
};

/// Whether bytes begin as a zip archive does.
bool beginsAsZip(std::string_view bytes);

} // namespace saddle
