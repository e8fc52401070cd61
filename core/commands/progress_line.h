// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace saddle {

/// How far training is, on standard error: a bar that redraws itself on a terminal, a line now and then otherwise.
class ProgressLine {
public:
    /// `limit` steps or other things, or 0 when there is no end.
    ProgressLine(std::int64_t limit, bool quiet);

    void loading(const SessionUpdate& update);
    void update(const SessionUpdate& update);
    /// Words of another's choice in place of a run's figures.
    void status(const std::string& text);
    /// Work that is not training: "12 of 64 pictures". The limit is the number of all.
    void count(std::int64_t done, const std::string& noun);
    /// A line of its own.
    void note(const std::string& text);
    /// The same for what must be known, also where quiet was asked for.
    void alert(const std::string& text);
    /// The disk's refusal, which the run waits for, in a sentence; empty: it can be written again. Tells what is new.
    void refused(const std::string& sentence);
    /// Leaves the bar as it is and goes on below it.
    void finish();

private:
    void draw(const std::string& text);
    /// A bar in front of the text, on a terminal.
    std::string withBar(std::int64_t done, const std::string& text) const;

    using Clock = std::chrono::steady_clock;
    std::int64_t m_limit;
    bool m_quiet;
    bool m_terminal;
    bool m_drawn = false;
    bool m_refused = false;
    std::int64_t m_lastStep = -1;
    Clock::time_point m_last{};
    std::string m_losses;
    std::string m_status;
};

} // namespace saddle
