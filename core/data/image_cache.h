// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/whole_file.h"
#include "core/data/dataset.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace saddle {

/// Decoded folders on disk, $XDG_CACHE_HOME/saddle/images/KEY.images: all pixels, then labels, then a JSON text with
/// the rest, then a trailer of fixed size with places, sizes and a checksum of text and labels. A file is written whole
/// or not at all, never changed, and mapped into memory when it is used.
class ImageCache {
public:
    /// Files together may take this many bytes; beyond it, those that were not used for longest go.
    static constexpr std::uintmax_t budget = std::uintmax_t{20} << 30;

    explicit ImageCache(std::filesystem::path folder);

    /// What is kept under the key, with its pixels mapped; nothing where there is none or it is damaged.
    std::optional<Dataset> find(const std::string& key) const;

    /// A new file's pixels, picture by picture.
    class Writer {
    public:
        Status append(std::span<const std::uint8_t> pixels);
        /// Adds the rest and puts the file in place. `data` holds everything but the pixels.
        Status commit(const Dataset& data);

    private:
        friend class ImageCache;
        explicit Writer(WholeFile file);
        WholeFile m_file;
        std::uint64_t m_pixels = 0;
    };
    Result<Writer> create(const std::string& key) const;

    /// Removes the files used longest ago until the rest fit into `bytes`; that of `keep` stays.
    void prune(const std::string& keep, std::uintmax_t bytes = budget) const;

    std::filesystem::path lockFile(const std::string& key) const { return m_folder / (key + ".lock"); }

private:
    std::filesystem::path file(const std::string& key) const { return m_folder / (key + ".images"); }

    std::filesystem::path m_folder;
};

/// 128 bits of a text as 32 hexadecimal digits; not made to withstand those who look for two texts with the same.
std::string fingerprint(std::string_view text);

} // namespace saddle
