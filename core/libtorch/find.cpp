// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/find.h"

#include "core/base/files.h"

#include <cstddef>
#include <string_view>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// The digits that follow a word in a header, or nothing.
std::string numberAfter(std::string_view text, std::string_view word)
{
    const std::size_t found = text.find(word);
    if (found == std::string_view::npos)
        return {};
    const std::string_view rest = text.substr(found + word.size());
    const std::size_t first = rest.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return std::string(rest.substr(first, rest.find_first_not_of("0123456789", first) - first));
}

/// "2.11" of the headers below a root, or nothing where there are none.
std::string minorVersion(const fs::path& root)
{
    constexpr std::size_t most = 1 << 20;
    const Result<std::string> header = readFile(root / "include/torch/headeronly/version.h", most);
    if (!header)
        return {};
    const std::string major = numberAfter(*header, "define TORCH_VERSION_MAJOR");
    const std::string minor = numberAfter(*header, "define TORCH_VERSION_MINOR");
    return major.empty() || minor.empty() ? std::string() : major + "." + minor;
}

Error otherVersion(const fs::path& folder, const std::string& found, const std::string& needed)
{
    return {"this is LibTorch " + found + ", not " + needed + ", which this Saddle was built with", folder.string(),
        "give LibTorch " + needed};
}

} // namespace

std::string giveLibtorch(const std::string& version)
{
    return "Or unpack LibTorch " + version + " yourself and start with SADDLE_LIBTORCH=FOLDER.";
}

fs::path libtorchCache()
{
    return userCacheFolder() / "libtorch";
}

Result<fs::path> libtorchLibraries(const fs::path& folder, const std::string& version)
{
    std::error_code error;
    for (const fs::path& root : {folder / "torch", folder}) {
        if (!fs::is_regular_file(root / "lib/libtorch_cpu.so", error)
            || !fs::is_regular_file(root / "lib/libc10.so", error))
            continue;
        const std::string found = minorVersion(root);
        if (!found.empty() && !version.starts_with(found + "."))
            return otherVersion(folder, found, version);
        const fs::path libraries = fs::canonical(root / "lib", error);
        return error ? root / "lib" : libraries;
    }
    return Error{"there is no LibTorch here: neither torch/lib/libtorch_cpu.so nor lib/libtorch_cpu.so",
        folder.string(), "name the folder that holds torch/lib or lib"};
}

} // namespace saddle
