// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checksum.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"

#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

namespace saddle {

namespace {

void extend(Checksum& sum, const char* bytes, std::size_t size)
{
    sum.crc = static_cast<std::uint32_t>(::crc32_z(sum.crc, reinterpret_cast<const Bytef*>(bytes), size));
    sum.bytes += size;
}

} // namespace

Checksum checksumOf(std::string_view bytes)
{
    Checksum sum;
    extend(sum, bytes.data(), bytes.size());
    return sum;
}

Result<Checksum> checksumOfFile(const std::filesystem::path& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be read", path);
    Checksum sum;
    std::vector<char> piece(std::size_t{1} << 20);
    while (true) {
        const ssize_t size = ::read(file.get(), piece.data(), piece.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return systemError(errno, "the file cannot be read", path);
        if (size == 0)
            return sum;
        extend(sum, piece.data(), static_cast<std::size_t>(size));
    }
}

std::string crcText(std::uint32_t crc)
{
    char text[9];
    std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(crc));
    return text;
}

} // namespace saddle
