// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/processes.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX declares it in no header

namespace saddle {

namespace {

constexpr auto endingInterval = std::chrono::milliseconds(20);
constexpr auto endingPatience = std::chrono::seconds(10);

/// A socket that listens on a free port of this machine alone, or -1; the port too.
int listenHere(std::uint16_t& port)
{
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, any, length) < 0 || ::listen(listener, SOMAXCONN) < 0
        || ::getsockname(listener, any, &length) < 0) {
        ::close(listener);
        return -1;
    }
    port = ntohs(address.sin_port);
    return listener;
}

/// The environment with these variables, "NAME=value" each.
std::vector<std::string> environmentWith(const std::map<std::string, std::string>& variables)
{
    std::vector<std::string> all;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        if (!variables.contains(std::string(text.substr(0, text.find('=')))))
            all.emplace_back(text);
    }
    for (const auto& [name, value] : variables)
        all.emplace_back(name).append("=").append(value);
    return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

Error refused(const std::string& what)
{
    return {what + " (" + std::strerror(errno) + ")", "--workers", "take fewer workers, or end other programs"};
}

} // namespace

Result<WorkerPlace> placeOfTheFirst(int workers)
{
    WorkerPlace place;
    place.size = place.localSize = workers;
    place.hostsStore = true;
    place.listener = listenHere(place.port);
    if (place.listener < 0)
        return refused("no port could be opened for the workers");
    return place;
}

WorkerProcesses::~WorkerProcesses()
{
    const auto start = std::chrono::steady_clock::now();
    bool told = false;
    while (!m_running.empty()) {
        static_cast<void>(check());
        if (!told && std::chrono::steady_clock::now() - start > endingPatience) {
            told = true;
            for (const Worker& worker : m_running)
                ::kill(worker.process, SIGKILL);
        }
        std::this_thread::sleep_for(endingInterval);
    }
}

Result<WorkerPlace> WorkerProcesses::start(int count, const std::vector<std::string>& arguments)
{
    Result<WorkerPlace> place = placeOfTheFirst(count);
    if (!place)
        return place.error();
    std::vector<std::string> owned = arguments;
    const std::vector<char*> argv = pointersTo(owned);
    const pid_t self = ::getpid();
    for (int rank = 1; rank < count; ++rank) {
        std::vector<std::string> environment =
            environmentWith({{"RANK", std::to_string(rank)}, {"WORLD_SIZE", std::to_string(count)},
                {"LOCAL_RANK", std::to_string(rank)}, {"LOCAL_WORLD_SIZE", std::to_string(count)},
                {"MASTER_ADDR", place->host}, {"MASTER_PORT", std::to_string(place->port)}});
        const std::vector<char*> variables = pointersTo(environment);
        // Only what may be called between fork and exec is.
        const pid_t process = ::fork();
        if (process == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() == self)
                ::execve("/proc/self/exe", argv.data(), variables.data());
            ::_exit(127);
        }
        if (process < 0) {
            const Error error = refused("a worker could not be started");
            for (const Worker& worker : m_running)
                ::kill(worker.process, SIGKILL);
            ::close(place->listener);
            return error;
        }
        m_running.push_back({process, rank});
    }
    return place;
}

Status WorkerProcesses::check()
{
    std::string ended;
    std::erase_if(m_running, [&ended](const Worker& worker) {
        int status = 0;
        const pid_t found = ::waitpid(worker.process, &status, WNOHANG);
        if (found == 0 || (found < 0 && errno == EINTR))
            return false;
        ended = "worker " + std::to_string(worker.rank) + " has ended";
        if (found > 0 && WIFSIGNALED(status))
            ended += " by signal " + std::to_string(WTERMSIG(status));
        return true;
    });
    return ended.empty() ? Status() : Status(Error{ended, "--workers", "see what it said"});
}

} // namespace saddle
