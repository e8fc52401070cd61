// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <zip.h>

#include <string>
#include <utility>
#include <vector>

namespace saddle::test {

/// A zip archive of named bytes, written by libzip.
inline std::string zipped(const std::vector<std::pair<std::string, std::string>>& files, bool deflated = false)
{
    zip_error_t error;
    ::zip_error_init(&error);
    zip_source_t* target = ::zip_source_buffer_create(nullptr, 0, 0, &error);
    ::zip_source_keep(target);
    zip_t* archive = ::zip_open_from_source(target, ZIP_TRUNCATE, &error);
    for (const auto& [name, bytes] : files) {
        const zip_int64_t index =
            ::zip_file_add(archive, name.c_str(), ::zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
        ::zip_set_file_compression(
            archive, static_cast<zip_uint64_t>(index), deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 9);
    }
    ::zip_close(archive);
    ::zip_source_open(target);
    ::zip_source_seek(target, 0, SEEK_END);
    std::string whole(static_cast<std::size_t>(::zip_source_tell(target)), '\0');
    ::zip_source_seek(target, 0, SEEK_SET);
    ::zip_source_read(target, whole.data(), whole.size());
    ::zip_source_free(target);
    return whole;
}

} // namespace saddle::test
