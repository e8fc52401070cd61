// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/study/study.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

enum class StudyRunState {
    Waiting,
    Loading,
    Training,
    Done, ///< it has all its steps
    Stopped, ///< it goes on when the study does
    Failed, ///< the others are done all the same
};

struct StudyRunProgress {
    StudyRun run;
    StudyRunState state = StudyRunState::Waiting;
    std::string loading; ///< what is being read
    std::int64_t step = 0;
    double millisecondsPerStep = 0;
    std::filesystem::path folder; ///< of the run
    std::string failure; ///< one sentence
    std::string refusal = {}; ///< of the disk, in one sentence, while the run waits for room on it
};

struct StudyProgress {
    bool over = false; ///< nothing more will come
    bool stopped = false; ///< by stop()
    std::filesystem::path folder; ///< of the study
    std::vector<StudyRunProgress> runs;
    std::vector<std::string> notes; ///< what a person should know, each once
    std::string data; ///< "Fashion-MNIST, 60,000 images"; empty until the first run is loaded
    std::string device; ///< "CPU, 2 threads"
    std::filesystem::path page; ///< page.html, once there is one
    std::filesystem::path picture; ///< page.png; empty where none can be drawn
    std::optional<Error> error; ///< why the study ended before its time, or the page could not be written
};

} // namespace saddle
