// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/scratch.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace saddle::test {

/// A file system of one MiB in memory, where a test may mount one (as root), to run out of space on.
class SmallDisk {
public:
    SmallDisk()
    {
        std::filesystem::create_directory(path());
        m_mounted = ::geteuid() == 0
            && ::mount(
                   "saddle-test", path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m,nr_inodes=512")
                == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk()
    {
        // What is still open there goes with its last descriptor.
        if (m_mounted)
            ::umount2(path().c_str(), MNT_DETACH);
    }

    bool mounted() const { return m_mounted; }
    std::filesystem::path path() const { return m_scratch.path("disk"); }

    /// Fills the disk but for `left` bytes of whole pages.
    void fill(off_t left = 0) const
    {
        const int file = ::open((path() / "ballast").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        const char block[4096]{};
        off_t size = 0;
        ssize_t wrote = 0;
        while ((wrote = ::write(file, block, sizeof block)) > 0)
            size += wrote;
        if (left > 0)
            (void)!::ftruncate(file, std::max<off_t>(0, size - left));
        ::close(file);
    }
    void free() const { std::filesystem::remove(path() / "ballast"); }

private:
    Scratch m_scratch;
    bool m_mounted = false;
};

} // namespace saddle::test
