// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/whole_file.h"

#include "core/base/files.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace saddle {

Result<WholeFile> WholeFile::create(const std::filesystem::path& path)
{
    std::filesystem::path temporary = path;
    temporary += ".part";
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return systemError(errno, "the file cannot be written", path);
    return WholeFile(descriptor, path, std::move(temporary));
}

WholeFile::WholeFile(int descriptor, std::filesystem::path path, std::filesystem::path temporary)
    : m_descriptor(descriptor)
    , m_path(std::move(path))
    , m_temporary(std::move(temporary))
{
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_path(std::move(other.m_path))
    , m_temporary(std::exchange(other.m_temporary, {}))
{
}

WholeFile::~WholeFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

Status WholeFile::append(const void* data, std::size_t size)
{
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t wrote = ::write(m_descriptor, bytes, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return failed(errno);
        bytes += wrote;
        size -= static_cast<std::size_t>(wrote);
    }
    return {};
}

Status WholeFile::commit()
{
    if (::fsync(m_descriptor) != 0 || ::close(std::exchange(m_descriptor, -1)) != 0
        || ::rename(m_temporary.c_str(), m_path.c_str()) != 0)
        return failed(errno);
    m_temporary.clear();
    syncFolder(m_path.parent_path());
    return {};
}

Error WholeFile::failed(int code) const
{
    return systemError(code, "the file cannot be written", m_path);
}

} // namespace saddle
