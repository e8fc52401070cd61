// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/untrusted_file.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// Opening a link fails, and opening a pipe does not wait for somebody at its other end.
int openPlain(const fs::path& file)
{
    return ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

/// The size of a file that was opened, or why it is not to be read.
Result<std::size_t> plainSize(const Descriptor& opened, const fs::path& file)
{
    struct stat info { };
    if (opened.get() < 0 && errno == ELOOP)
        return Error{"this is a link, and links are not followed here", file.string(), "put the file itself there"};
    if (opened.get() < 0)
        return systemError(errno, "the file cannot be opened", file);
    if (::fstat(opened.get(), &info) != 0)
        return systemError(errno, "the file cannot be read", file);
    if (!S_ISREG(info.st_mode))
        return Error{"this is not a plain file", file.string(), "put a file there"};
    return static_cast<std::size_t>(info.st_size);
}

/// `count` bytes from `place` on, fewer where the file ends before.
Result<std::string> readPart(const Descriptor& opened, std::size_t place, std::size_t count, const fs::path& file)
{
    std::string text(count, '\0');
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = ::pread(opened.get(), text.data() + done, count - done, static_cast<off_t>(place + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError(errno, "the file cannot be read", file);
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

} // namespace

Result<std::string> readUntrusted(const fs::path& file, std::size_t limit)
{
    const Descriptor opened(openPlain(file));
    const Result<std::size_t> size = plainSize(opened, file);
    if (!size)
        return size.error();
    if (*size > limit) {
        return Error{"the file is larger than " + std::to_string(limit >> 10) + " KiB", file.string(),
            "check that this is the right file"};
    }
    return readPart(opened, 0, *size, file);
}

Result<Json> readUntrustedJson(const std::filesystem::path& file, std::size_t limit)
{
    const Result<std::string> text = readUntrusted(file, limit);
    return text ? parseJson(*text, file.string(), documentDepth) : text.error();
}

Result<TextEnds> readEnds(const fs::path& file, std::size_t most)
{
    const Descriptor opened(openPlain(file));
    const Result<std::size_t> size = plainSize(opened, file);
    if (!size)
        return size.error();
    Result<std::string> head = readPart(opened, 0, std::min(most, *size), file);
    if (!head)
        return head.error();
    const std::size_t from = *size - std::min(most, *size);
    Result<std::string> tail = from == 0 ? *head : readPart(opened, from, *size - from, file);
    if (!tail)
        return tail.error();
    TextEnds ends;
    if (const std::size_t end = head->find('\n'); end != std::string::npos)
        ends.firstLine = head->substr(0, end);
    // It may begin in the middle of a line, and end in one.
    const std::size_t begin = from == 0 ? 0 : tail->find('\n') + 1;
    const std::size_t end = tail->rfind('\n');
    if (end != std::string::npos && begin <= end)
        ends.tail = tail->substr(begin, end + 1 - begin);
    return ends;
}

} // namespace saddle
