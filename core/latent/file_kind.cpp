// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/file_kind.h"

#include "core/base/files.h"
#include "core/io/zip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string>

namespace saddle {

Result<FileKind> fileKind(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        return Error{"this is not a regular file", path.string(), "give the file of a generator"};
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return systemError(errno, "the file cannot be opened", path);
    std::array<char, 9> first{};
    file.read(first.data(), first.size());
    const std::string start(first.data(), static_cast<std::size_t>(file.gcount()));
    if (beginsAsZip(start)) {
        const Result<ZipArchive> archive = ZipArchive::open(path);
        if (!archive)
            return archive.error();
        const std::vector<ZipEntry>& entries = archive->entries();
        const bool code = std::any_of(entries.begin(), entries.end(),
            [](const ZipEntry& entry) { return entry.name.ends_with("/constants.pkl"); });
        return code ? FileKind::TorchScript : FileKind::StateDict;
    }
    // The length of a header of JSON, which is below 4 GiB, and its first letter.
    if (start.size() == first.size() && start.substr(4, 4) == std::string(4, '\0') && start[8] == '{')
        return FileKind::Saddle;
    if (start.starts_with('\x80'))
        return FileKind::StateDict;
    // The first field of every such file is the version of the format, a small number.
    if (start.size() > 1 && start[0] == '\x08' && start[1] > 0 && start[1] < 64)
        return FileKind::Onnx;
    return FileKind::Other;
}

} // namespace saddle
