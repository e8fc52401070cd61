// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace saddle::fuzz {

/// Bytes under the name of a file, for readers that take a path.
class MemoryFile {
public:
    MemoryFile(const std::uint8_t* data, std::size_t size)
        : m_descriptor(::memfd_create("input", MFD_CLOEXEC))
    {
        while (size > 0) {
            const ssize_t wrote = ::write(m_descriptor, data, size);
            if (wrote <= 0)
                break;
            data += wrote;
            size -= static_cast<std::size_t>(wrote);
        }
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(m_descriptor); }

    std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(m_descriptor); }

private:
    int m_descriptor;
};

} // namespace saddle::fuzz
