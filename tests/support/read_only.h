// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle::test {

/// Makes a folder and all in it read-only while it lives. Files that are open go on being written, as ever. Root is
/// let in whatever the modes say, and gets a read-only mount over the folder instead.
class ReadOnly {
public:
    explicit ReadOnly(std::filesystem::path folder)
        : m_folder(std::move(folder))
    {
        if (::geteuid() == 0) {
            const char* path = m_folder.c_str();
            m_done = ::mount(path, path, nullptr, MS_BIND, nullptr) == 0
                && ::mount(path, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
            return;
        }
        m_done = true;
        setModes(0555);
    }
    ReadOnly(const ReadOnly&) = delete;
    ReadOnly& operator=(const ReadOnly&) = delete;
    ~ReadOnly()
    {
        if (::geteuid() == 0)
            ::umount2(m_folder.c_str(), MNT_DETACH);
        else
            setModes(0755);
    }

    bool done() const { return m_done; }

private:
    void setModes(mode_t mode) const
    {
        for (const auto& part : {m_folder, m_folder / "samples", m_folder / "checkpoints"})
            ::chmod(part.c_str(), mode);
    }

    std::filesystem::path m_folder;
    bool m_done = false;
};

} // namespace saddle::test
