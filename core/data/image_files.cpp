// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_files.h"

#include "core/base/files.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

bool endsAsPicture(const std::string& name)
{
    static constexpr std::array<std::string_view, 8> endings{
        ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff"};
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
        [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c); });
    return std::any_of(
        endings.begin(), endings.end(), [&lower](std::string_view ending) { return lower.ends_with(ending); });
}

/// The names in a folder, sorted, or what the system says.
std::error_code namesIn(const fs::path& folder, std::vector<std::string>& names)
{
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (!name.starts_with('.'))
            names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return error;
}

bool isFolder(const fs::path& path)
{
    struct stat info { };
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

class Lister {
public:
    Lister(const fs::path& root, const LoadMonitor& monitor)
        : m_root(root)
        , m_monitor(monitor)
    {
    }

    /// Everything in the folder of that relative path. False: it was cancelled.
    bool enter(const std::string& relative, std::int32_t label)
    {
        // By hand rather than by recursion: folders may nest as deep as the disk allows.
        std::vector<std::string> waiting{relative};
        while (!waiting.empty()) {
            const std::string folder = std::move(waiting.back());
            waiting.pop_back();
            if (!look(folder, label, waiting))
                return false;
        }
        return true;
    }

    /// The root of a folder with classes: pictures right there belong to none.
    bool enterAboveClasses()
    {
        std::vector<std::string> classes;
        if (!look("", 0, classes))
            return false;
        for (const ImageFile& file : found.files)
            found.skipped.push_back({file.path, "it lies in none of the sub-folders that are the classes"});
        found.files.clear();
        return true;
    }

    ImageFiles found;

private:
    bool look(const std::string& folder, std::int32_t label, std::vector<std::string>& waiting)
    {
        struct stat info { };
        const fs::path path = m_root / folder;
        if (::stat(path.c_str(), &info) != 0) {
            found.skipped.push_back({folder, std::strerror(errno)});
            return true;
        }
        if (!m_entered.emplace(info.st_dev, info.st_ino).second)
            return true;
        std::vector<std::string> names;
        if (const std::error_code error = namesIn(path, names))
            found.skipped.push_back({folder.empty() ? "." : folder, "the folder cannot be read: " + error.message()});
        for (auto name = names.rbegin(); name != names.rend(); ++name) {
            const std::string relative = folder.empty() ? *name : folder + "/" + *name;
            if (++m_seen % 512 == 0
                && !m_monitor(
                    0, "looking for images, " + counted(static_cast<std::int64_t>(found.files.size()), "file")))
                return false;
            if (::stat((m_root / relative).c_str(), &info) != 0) {
                if (endsAsPicture(*name))
                    found.skipped.push_back({relative, std::strerror(errno)});
            } else if (S_ISDIR(info.st_mode)) {
                waiting.push_back(relative);
            } else if (endsAsPicture(*name)) {
                add(relative, info, label);
            }
        }
        return true;
    }

    void add(const std::string& relative, const struct stat& info, std::int32_t label)
    {
        if (!S_ISREG(info.st_mode)) {
            found.skipped.push_back({relative, "this is not a regular file"});
        } else {
            found.files.push_back({relative, info.st_size,
                std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec, label});
        }
    }

    const fs::path& m_root;
    const LoadMonitor& m_monitor;
    std::set<std::pair<dev_t, ino_t>> m_entered;
    std::int64_t m_seen = 0;
};

} // namespace

Result<std::vector<std::string>> imageClasses(const fs::path& folder)
{
    std::vector<std::string> names;
    if (const std::error_code error = namesIn(folder, names))
        return systemError(error.value(), "the folder cannot be read", folder);
    std::erase_if(names, [&folder](const std::string& name) { return !isFolder(folder / name); });
    if (names.empty()) {
        return Error{"there are no sub-folders that could be the classes", folder.string(),
            "put the images of each class in a folder of its own, or set data.labels to off"};
    }
    return names;
}

Result<ImageFiles> listImages(const fs::path& folder, bool labels, const LoadMonitor& monitor)
{
    Lister lister(folder, monitor);
    if (labels) {
        Result<std::vector<std::string>> classes = imageClasses(folder);
        if (!classes)
            return classes.error();
        // First, so that a link in a class that leads back here is not followed.
        if (!lister.enterAboveClasses())
            return loadingCancelled();
        for (std::size_t i = 0; i < classes->size(); ++i) {
            const std::size_t before = lister.found.files.size();
            if (!lister.enter((*classes)[i], static_cast<std::int32_t>(i)))
                return loadingCancelled();
            if (lister.found.files.size() == before)
                lister.found.skipped.push_back({(*classes)[i], "there is no image of this class"});
        }
        lister.found.classes = *std::move(classes);
    } else if (!lister.enter("", 0)) {
        return loadingCancelled();
    }
    ImageFiles& found = lister.found;
    std::sort(found.files.begin(), found.files.end(),
        [](const ImageFile& one, const ImageFile& other) { return one.path < other.path; });
    std::sort(found.skipped.begin(), found.skipped.end(),
        [](const SkippedFile& one, const SkippedFile& other) { return one.path < other.path; });
    return std::move(found);
}

} // namespace saddle
