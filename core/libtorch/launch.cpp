// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/launch.h"

#include "core/libtorch/fetch_words.h"
#include "core/libtorch/find.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr int failed = 1;
constexpr int cancelled = 130;

/// The folder of the programs themselves.
fs::path programFolder()
{
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return (self.parent_path() / SADDLE_PROGRAM_FOLDER).lexically_normal();
}

struct ClosePipe {
    void operator()(FILE* pipe) const { ::pclose(pipe); }
};

/// "cpu" or "cuda", as packaging/choose-libtorch finds.
std::string chosenSet()
{
    std::string quoted = "'";
    for (const char letter : (programFolder() / "choose-libtorch").string())
        quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    quoted += "' 2>/dev/null";
    const std::unique_ptr<FILE, ClosePipe> script(::popen(quoted.c_str(), "re"));
    std::array<char, 16> line{};
    const bool answered = script && std::fgets(line.data(), line.size(), script.get());
    return answered && std::string_view(line.data()) == "cuda\n" ? "cuda" : "cpu";
}

Result<FetchRequest> requestFor(const std::string& set)
{
    Result<WheelList> list = shippedWheelList(set);
    if (!list)
        return list.error();
    return FetchRequest{*std::move(list), set, libtorchCache(), packageIndex(), {}};
}

void printShortHelp(const std::string& program, const FetchRequest& request)
{
    std::printf("Usage: %s [ARGUMENT...]\n\n"
                "Its options are known once LibTorch %s is there, which is fetched at the first start\n"
                "(%s) into %s.\n\n"
                "  --version          say the version\n"
                "  --fetch-libtorch   fetch LibTorch where it is missing, and end\n\n"
                "Environment:\n"
                "  SADDLE_LIBTORCH=FOLDER  use this LibTorch and fetch none\n"
                "  PIP_INDEX_URL=URL       fetch from this index instead of https://pypi.org/simple\n"
                "  https_proxy=URL         fetch through this proxy\n\n"
                "See also: man %s\n",
        program.c_str(), request.list.version().c_str(), sizeWords(request.list).c_str(),
        libtorchFolder(request).c_str(), program.c_str());
}

/// While it lives, a connection that the other side has closed ends no process. The program itself starts as usual.
class BrokenPipesIgnored {
public:
    BrokenPipesIgnored()
        : m_before(std::signal(SIGPIPE, SIG_IGN))
    {
    }
    BrokenPipesIgnored(const BrokenPipesIgnored&) = delete;
    BrokenPipesIgnored& operator=(const BrokenPipesIgnored&) = delete;
    ~BrokenPipesIgnored() { std::signal(SIGPIPE, m_before); }

private:
    void (*m_before)(int);
};

Result<Ended> fetchBy(const Launcher& launcher, const FetchRequest& request)
{
    const BrokenPipesIgnored ignored;
    return launcher.fetch(request);
}

/// Becomes the program; returns only if that fails.
Error become(const std::string& program, const fs::path& libraries, char** argv)
{
    const char* before = std::getenv("LD_LIBRARY_PATH");
    const std::string path = libraries.string() + (before && *before ? std::string(":") + before : std::string());
    ::setenv("LD_LIBRARY_PATH", path.c_str(), 1);
    const fs::path file = programFolder() / program;
    ::execv(file.c_str(), argv);
    return {std::string("the program cannot be started (") + std::strerror(errno) + ")", file.string(),
        "install Saddle again"};
}

} // namespace

int launch(const Launcher& launcher, int argc, char** argv)
{
    const std::string only = argc == 2 ? argv[1] : "";
    const auto complain = [&](const Error& error) {
        launcher.complain(error.sentence());
        return failed;
    };
    const Result<WheelList> list = shippedWheelList("cpu");
    if (!list)
        return complain(list.error());
    const std::string& version = list->version(); // of every set
    if (only == "--version" || only == "-v") {
        std::printf("%s %s, LibTorch %s\n", launcher.program.c_str(), SADDLE_VERSION, version.c_str());
        return 0;
    }

    fs::path folder;
    if (const char* given = std::getenv("SADDLE_LIBTORCH"); given && *given) {
        folder = given;
    } else {
        const Result<FetchRequest> request = requestFor(chosenSet());
        if (!request)
            return complain(request.error());
        folder = libtorchFolder(*request);
        std::error_code error;
        const bool missing = !fs::exists(folder / libtorchStamp, error);
        if (missing && (only == "--help" || only == "-h")) {
            printShortHelp(launcher.program, *request);
            return 0;
        }
        const Result<Ended> ended = missing ? fetchBy(launcher, *request) : Ended::Done;
        if (!ended)
            return failed;
        if (*ended == Ended::Cancelled)
            return cancelled;
    }
    const Result<fs::path> libraries = libtorchLibraries(folder, version);
    if (!libraries)
        return complain(libraries.error());
    return only == "--fetch-libtorch" ? 0 : complain(become(launcher.program, *libraries, argv));
}

} // namespace saddle
