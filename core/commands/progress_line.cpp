// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/progress_line.h"

#include "core/base/text.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <unistd.h>

namespace saddle {

namespace {

constexpr auto lineInterval = std::chrono::seconds(5);
constexpr int barWidth = 28;

} // namespace

ProgressLine::ProgressLine(std::int64_t limit, bool quiet)
    : m_limit(limit)
    , m_quiet(quiet)
    , m_terminal(::isatty(STDERR_FILENO) == 1)
{
}

void ProgressLine::loading(const SessionUpdate& update)
{
    if (m_terminal && !update.loading.empty())
        draw(update.loading + " …");
}

void ProgressLine::update(const SessionUpdate& update)
{
    if (update.info && !update.rows.empty()) {
        m_losses.clear();
        for (std::size_t i = 0; i < update.info->columns.size(); ++i) {
            if (update.info->columns[i].group != "loss")
                continue;
            char text[64];
            std::snprintf(
                text, sizeof text, "  %s %.3f", update.info->columns[i].label.c_str(), update.rows.back().values[i]);
            m_losses += text;
        }
    }
    const std::int64_t step = update.progress.step;
    const bool end = update.state == SessionState::Finished;
    if (step == m_lastStep || (!m_terminal && !end && Clock::now() - m_last < lineInterval))
        return;
    m_lastStep = step;
    m_last = Clock::now();

    std::string text = "step " + std::to_string(step);
    if (m_limit > 0) {
        text += " of " + std::to_string(m_limit);
        text = withBar(step, text);
    }
    char speed[64];
    std::snprintf(speed, sizeof speed, "  %.1f ms/step", update.millisecondsPerStep);
    text += m_losses + speed;
    if (m_limit > step)
        text += "  " + durationText(static_cast<double>(m_limit - step) * update.millisecondsPerStep / 1000) + " left";
    draw(text);
}

void ProgressLine::status(const std::string& text)
{
    if (text == m_status || (!m_terminal && Clock::now() - m_last < lineInterval))
        return;
    m_status = text;
    m_last = Clock::now();
    draw(text);
}

void ProgressLine::count(std::int64_t done, const std::string& noun)
{
    // Elsewhere than on a terminal only long work is worth a line.
    if (!m_terminal) {
        if (m_last == Clock::time_point{})
            m_last = Clock::now();
        if (Clock::now() - m_last < lineInterval)
            return;
        m_last = Clock::now();
    }
    draw(withBar(done, std::to_string(done) + " of " + counted(m_limit, noun)));
}

std::string ProgressLine::withBar(std::int64_t done, const std::string& text) const
{
    if (!m_terminal)
        return text;
    const auto filled = static_cast<int>(std::min(done, m_limit) * barWidth / m_limit);
    std::string bar;
    for (int i = 0; i < barWidth; ++i)
        bar += i < filled ? "━" : "─";
    return bar + "  " + text;
}

void ProgressLine::note(const std::string& text)
{
    if (!m_quiet)
        alert(text);
}

void ProgressLine::alert(const std::string& text)
{
    if (m_drawn && m_terminal)
        std::fprintf(stderr, "\r\033[K");
    std::fprintf(stderr, "%s\n", text.c_str());
    m_drawn = false;
}

void ProgressLine::refused(const std::string& sentence)
{
    if (std::exchange(m_refused, !sentence.empty()) != m_refused)
        alert(m_refused ? sentence : "The run can be written again: training goes on.");
}

void ProgressLine::finish()
{
    if (m_drawn && m_terminal)
        std::fprintf(stderr, "\n");
    m_drawn = false;
}

void ProgressLine::draw(const std::string& text)
{
    if (m_quiet)
        return;
    if (m_terminal)
        std::fprintf(stderr, "\r%s\033[K", text.c_str());
    else
        std::fprintf(stderr, "%s\n", text.c_str());
    std::fflush(stderr);
    m_drawn = true;
}

} // namespace saddle
