// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>

namespace saddle {

enum class SessionState {
    Loading,
    Ready,
    Running,
    Paused,
    Finished,
    Failed,
    Watching, ///< another process trains the run: no session has it, and its folder is looked at
};
enum class SessionAction { Play, Pause, Step, Trace, Edit, Sample, Checkpoint, Stop };

constexpr std::size_t sessionStateCount = 7;
constexpr std::size_t sessionActionCount = 8;

/// What each state permits: null when permitted, else the reason, in words for a tooltip.
constexpr std::array<std::array<const char*, sessionActionCount>, sessionStateCount> sessionRules{{
    // Play, Pause, Step, Trace, Edit, Sample, Checkpoint, Stop
    {"Data is still loading", "Nothing is running yet", "Data is still loading", "Data is still loading",
        "Data is still loading", "Data is still loading", "Nothing has been trained yet", "Nothing is running yet"},
    {nullptr, "Nothing is running yet", nullptr, nullptr, nullptr, nullptr, "Nothing has been trained yet",
        "Nothing is running yet"},
    {"Training is running", nullptr, "Pause first, then step", nullptr, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "Training is paused", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "This run has ended", nullptr, nullptr, nullptr, nullptr, nullptr, "This run has ended"},
    {"The experiment could not be started", "Nothing is running", "The experiment could not be started",
        "The experiment could not be started", "The experiment could not be started",
        "The experiment could not be started", "The experiment could not be started", "Nothing is running"},
    {"Another process trains this run", "Another process trains this run", "Another process trains this run",
        "Another process trains this run", "Another process trains this run", "Another process trains this run",
        "Another process trains this run", "Another process trains this run"},
}};

/// Why an action is not possible in a state, or null when it is.
constexpr const char* whyNot(SessionState state, SessionAction action)
{
    return sessionRules[static_cast<std::size_t>(state)][static_cast<std::size_t>(action)];
}

constexpr bool permits(SessionState state, SessionAction action)
{
    return whyNot(state, action) == nullptr;
}

constexpr const char* stateName(SessionState state)
{
    constexpr std::array<const char*, sessionStateCount> names{
        "Loading", "Ready", "Running", "Paused", "Finished", "Failed", "Watching"};
    return names[static_cast<std::size_t>(state)];
}

} // namespace saddle
