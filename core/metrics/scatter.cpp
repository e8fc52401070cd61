// SPDX-License-Identifier: GPL-3.0-or-later
// Scatter: generated samples lie much further from each other than real ones, and stay there.
#include "core/metrics/figures.h"
#include "core/metrics/watch.h"

#include <algorithm>

namespace saddle {

namespace {

/// A generator that has begun with wide throws finds in by then.
constexpr std::int64_t warmUp = 200;
/// The generator has left the data: points that fill the square around a ring have 1.2 of its spread.
constexpr double far = 2;
/// ... and is back.
constexpr double near = 1.5;
constexpr int together = 3;
/// A critic that leads G across the plane may pass it through such a place.
constexpr std::int64_t lasting = 200;

} // namespace

void ScatterWatch::observe(const DiversityPoint& point)
{
    if (point.step < warmUp || point.step <= m_last.step)
        return; // the same weights again
    m_last = point;
    if (point.diversity < (m_far > 0 ? near : far)) {
        m_far = 0;
        return;
    }
    if (m_far++ == 0) {
        m_since = point.step;
        m_least = point.diversity;
    }
    m_least = std::min(m_least, point.diversity);
}

std::optional<Symptom> ScatterWatch::look() const
{
    if (m_far < together || m_last.step - m_since < lasting)
        return std::nullopt;
    return Symptom{Symptom::Kind::Scatter, "generator",
        "Generated samples have flown apart: their diversity is " + figure(m_last.diversity)
            + " of the real samples', and has been above " + figure(m_least) + " since " + stepText(m_since) + ".",
        {diversityColumn, "g_loss"}, m_since, m_last.step};
}

} // namespace saddle
