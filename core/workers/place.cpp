// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/place.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace saddle {

namespace {

std::string_view variable(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// A whole number of the environment in a range; `otherwise` where the variable is not set.
Result<int> number(const char* name, int least, int most, std::optional<int> otherwise)
{
    const std::string_view text = variable(name);
    if (text.empty() && otherwise)
        return *otherwise;
    int value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size() || value < least || value > most) {
        return Error{text.empty() ? "this variable of the environment is not set, though others that go with it are"
                                  : "“" + std::string(text) + "” is no whole number from " + std::to_string(least)
                    + " to " + std::to_string(most),
            name, "start the workers by torchrun, or by --workers, or unset RANK and WORLD_SIZE to train alone"};
    }
    return value;
}

} // namespace

Result<std::optional<WorkerPlace>> workerPlaceFromEnvironment()
{
    if (variable("RANK").empty() && variable("WORLD_SIZE").empty())
        return std::optional<WorkerPlace>();
    constexpr int mostWorkers = 4096;
    WorkerPlace place;
    std::optional<Error> problem;
    const auto take = [&problem](Result<int> value, auto& into) {
        if (value)
            into = static_cast<std::decay_t<decltype(into)>>(*value);
        else if (!problem)
            problem = value.error();
    };
    take(number("WORLD_SIZE", 1, mostWorkers, std::nullopt), place.size);
    take(number("RANK", 0, place.size - 1, std::nullopt), place.rank);
    take(number("LOCAL_WORLD_SIZE", 1, place.size, 1), place.localSize);
    take(number("LOCAL_RANK", 0, mostWorkers - 1, 0), place.localRank);
    if (place.size > 1) {
        take(number("MASTER_PORT", 1, 65535, std::nullopt), place.port);
        place.host = variable("MASTER_ADDR");
        if (place.host.empty() && !problem) {
            problem = Error{"this variable of the environment is not set, though RANK is", "MASTER_ADDR",
                "set it to the name or address of the machine of worker 0"};
        }
    }
    if (problem)
        return *problem;
    // torchrun keeps a store of its own at that address, and starts all workers again when one has failed.
    place.hostsStore = place.leads() && variable("TORCHELASTIC_USE_AGENT_STORE") != "True";
    place.meeting = variable("TORCHELASTIC_RESTART_COUNT");
    return std::optional(place);
}

Status checkShares(std::int64_t batchSize, int workers)
{
    if (batchSize % workers == 0)
        return {};
    return Error{"a batch of " + std::to_string(batchSize) + " cannot be shared equally among "
            + std::to_string(workers) + " workers",
        "training.batch_size",
        "set it to a multiple of " + std::to_string(workers) + ", or take another number of workers"};
}

} // namespace saddle
