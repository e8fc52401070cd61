// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/cifar.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"
#include "core/base/text.h"

#include <algorithm>
#include <cerrno>
#include <new>

#include <fcntl.h>
#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t maximumBytes = std::int64_t{8} << 30;
constexpr std::size_t cifar100Record = cifarRecord + 1; // two labels

Result<std::int64_t> countIn(int descriptor, const fs::path& path)
{
    struct stat info { };
    if (::fstat(descriptor, &info) != 0)
        return systemError(errno, "the file cannot be read", path);
    if (!S_ISREG(info.st_mode))
        return Error{"this is not a regular file", path.string(), "give a file such as data_batch_1.bin"};
    const std::int64_t size = info.st_size;
    const auto record = static_cast<std::int64_t>(cifarRecord);
    if (size == 0)
        return Error{"the file is empty", path.string(), "download it again"};
    if (size > maximumBytes) {
        return Error{"the file has " + grouped(size) + " bytes; at most " + grouped(maximumBytes) + " can be read",
            path.string(), "check that this is the right file"};
    }
    if (size % record != 0) {
        const bool other = size % static_cast<std::int64_t>(cifar100Record) == 0;
        return Error{"the file has " + grouped(size) + " bytes, which is no multiple of the " + grouped(record)
                + " that a picture of CIFAR-10 takes",
            path.string(),
            other ? "it looks like CIFAR-100: give a file of CIFAR-10's binary version"
                  : "give a file of CIFAR-10's binary version, unpacked; download it again if it was cut off"};
    }
    return size / record;
}

} // namespace

Result<std::int64_t> countCifar10(const fs::path& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be opened", path);
    return countIn(file.get(), path);
}

Status readCifar10(const fs::path& path, CifarImages& images)
{
    // A pipe must not keep the program waiting before it is refused.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be opened", path);
    const Result<std::int64_t> count = countIn(file.get(), path);
    if (!count)
        return count.error();
    constexpr std::size_t recordsAtOnce = 256;
    std::vector<std::uint8_t> block(recordsAtOnce * cifarRecord);
    std::size_t filled = 0;
    try {
        for (std::int64_t record = 0; record < *count;) {
            const ssize_t got = ::read(file.get(), block.data() + filled, block.size() - filled);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return systemError(errno, "the file cannot be read", path);
            if (got == 0) {
                return Error{"the file became shorter while it was read, after record " + std::to_string(record),
                    path.string(), "try again when nothing writes to it"};
            }
            filled += static_cast<std::size_t>(got);
            std::size_t at = 0;
            for (; filled - at >= cifarRecord && record < *count; at += cifarRecord, ++record) {
                const std::uint8_t label = block[at];
                if (label > 9) {
                    return Error{"record " + std::to_string(record) + " has the label " + std::to_string(label)
                            + ", but CIFAR-10 has the labels 0 to 9",
                        path.string(), "give a file of CIFAR-10's binary version, or download it again"};
                }
                images.labels.push_back(label);
                images.pixels.insert(images.pixels.end(), block.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                    block.begin() + static_cast<std::ptrdiff_t>(at + cifarRecord));
            }
            std::copy(block.begin() + static_cast<std::ptrdiff_t>(at),
                block.begin() + static_cast<std::ptrdiff_t>(filled), block.begin());
            filled -= at;
        }
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory for this file", path.string(), "use a smaller data set"};
    }
    return {};
}

} // namespace saddle
