// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/file_kind.h"

#include "core/base/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string>

namespace saddle {

namespace {

/// The end of an archive, where its table of contents is.
std::string endOf(std::ifstream& file, std::uintmax_t size)
{
    constexpr std::uintmax_t most = 4 << 20;
    const std::uintmax_t length = std::min(size, most);
    std::string bytes(static_cast<std::size_t>(length), '\0');
    file.clear();
    file.seekg(static_cast<std::streamoff>(size - length));
    file.read(bytes.data(), static_cast<std::streamsize>(length));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
}

} // namespace

Result<FileKind> fileKind(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        return Error{"this is not a regular file", path.string(), "give the file of a generator"};
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file)
        return systemError(errno, "the file cannot be opened", path);
    std::array<char, 9> first{};
    file.read(first.data(), first.size());
    const std::string start(first.data(), static_cast<std::size_t>(file.gcount()));
    if (start.starts_with("PK\3\4"))
        return endOf(file, size).find("/constants.pkl") != std::string::npos ? FileKind::TorchScript
                                                                             : FileKind::StateDict;
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
