// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/shared_bytes.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace saddle {

Result<SharedBytes> mapFile(const std::filesystem::path& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be opened", path);
    struct stat info { };
    if (::fstat(file.get(), &info) != 0)
        return systemError(errno, "the file cannot be read", path);
    if (!S_ISREG(info.st_mode))
        return Error{"this is not a regular file", path.string(), "give the file itself"};
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0)
        return SharedBytes();
    void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start == MAP_FAILED)
        return systemError(errno, "the file cannot be mapped into memory", path);
    std::shared_ptr<const void> owner(start, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); });
    return SharedBytes(std::move(owner), {static_cast<const std::uint8_t*>(start), size});
}

} // namespace saddle
