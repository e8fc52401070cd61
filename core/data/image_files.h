// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <filesystem>

namespace saddle {

/// A picture's file in a folder, as it was when the folder was listed.
struct ImageFile {
    std::string path; ///< relative to the folder
    std::int64_t size = 0;
    std::int64_t modified = 0; ///< nanoseconds since 1970
    std::int32_t label = 0; ///< its class; 0 without labels
};

struct ImageFiles {
    std::vector<ImageFile> files; ///< sorted by path, byte by byte
    std::vector<std::string> classes; ///< names of the sub-folders in order; empty without labels
    std::vector<SkippedFile> skipped; ///< folders and files that could not be looked at
};

/// The names of a folder's sub-folders, sorted: the classes of its pictures. Hidden ones do not count.
Result<std::vector<std::string>> imageClasses(const std::filesystem::path& folder);

/// Lists the files of a folder and everything below it whose names end as pictures' do; hidden ones are passed over.
/// Links are followed, each folder is entered once. With `labels`, the first level's folders are the classes, and
/// pictures outside of them are skipped.
Result<ImageFiles> listImages(const std::filesystem::path& folder, bool labels, const LoadMonitor& monitor);

} // namespace saddle
