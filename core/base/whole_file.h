// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <filesystem>

namespace saddle {

/// A file written piece by piece that appears whole or not at all: the bytes go to a temporary name beside it, and
/// commit() syncs and renames. Without commit() the target stays as it was and the temporary file goes.
class WholeFile {
public:
    /// An Error names the target when it cannot be written there.
    static Result<WholeFile> create(const std::filesystem::path& path);

    WholeFile(WholeFile&& other) noexcept;
    WholeFile& operator=(WholeFile&&) = delete;
    ~WholeFile();

    /// Appends `size` bytes. After an Error only destruction makes sense.
    Status append(const void* data, std::size_t size);
    /// Where the bytes lie until commit(), for libraries that write to files by their name: instead of append().
    const std::filesystem::path& temporary() const { return m_temporary; }
    /// Syncs and puts the file in place.
    Status commit();

private:
    WholeFile(int descriptor, std::filesystem::path path, std::filesystem::path temporary);
    Error failed(int code) const;

    int m_descriptor;
    std::filesystem::path m_path;
    std::filesystem::path m_temporary;
};

} // namespace saddle
