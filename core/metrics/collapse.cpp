// SPDX-License-Identifier: GPL-3.0-or-later
// Collapse: the diversity of the fixed latents' samples has fallen and stays low.
#include "core/metrics/figures.h"
#include "core/metrics/watch.h"

#include "core/base/statistics.h"

#include <algorithm>

namespace saddle {

namespace {

/// Before this step a generator may pass from random pictures, which differ, to a first shape, which they share.
constexpr std::int64_t warmUp = 200;
/// Diversity is judged by the median of so many measurements, so that one odd grid says nothing.
constexpr std::size_t together = 3;
/// Healthy generators keep above half of the real samples' spread once they draw anything; a collapse onto one kind
/// of picture leaves a quarter and less.
constexpr double low = 0.25;
/// ... and it must be a fall: half of what it has been, or it never rose.
constexpr double fallen = 0.5;
/// One that has risen this far is well again.
constexpr double well = 0.35;
/// How long it must stay low, so that a generator may pass through a bad moment.
constexpr std::int64_t lasting = 100;
/// From here on a generator that never was diverse has collapsed as well.
constexpr std::int64_t longEnough = 2000;
constexpr double never = 0.05;

} // namespace

void CollapseWatch::observe(const DiversityPoint& point)
{
    if (!m_recent.empty() && point.step <= m_recent.back().step)
        return; // the same weights again
    if (point.step < warmUp)
        return;
    m_recent.push_back(point);
    if (m_recent.size() > together)
        m_recent.erase(m_recent.begin());
    std::vector<double> values;
    values.reserve(together);
    for (const DiversityPoint& each : m_recent)
        values.push_back(each.diversity);
    const double now = median(values);
    // Points flung far apart are no height to fall from.
    const double height = std::min(now, 1.0);
    if (m_recent.size() == together && height > m_highest) {
        m_highest = height;
        m_highestStep = point.step;
    }
    const bool isLow = point.diversity < (m_low > 0 ? well : low);
    if (!isLow) {
        m_low = 0;
        return;
    }
    if (m_low++ == 0)
        m_lowSince = point.step;
    m_level = now;
}

std::optional<Symptom> CollapseWatch::look() const
{
    if (m_low < static_cast<int>(together))
        return std::nullopt;
    const std::int64_t now = m_recent.back().step;
    const bool fell = m_level < fallen * m_highest && m_level < well && now - m_lowSince >= lasting;
    const bool neverRose = m_highest < never && now >= longEnough;
    if (!fell && !neverRose)
        return std::nullopt;
    Symptom symptom{Symptom::Kind::Collapse, "generator", {}, {diversityColumn, "g_loss"}, m_lowSince, now};
    symptom.text = fell ? "Generated samples have become alike: their diversity fell from " + figure(m_highest)
            + " of the real samples' at " + stepText(m_highestStep) + " to " + figure(m_level)
            + ", and has been low since " + stepText(m_lowSince) + "."
                        : "Generated samples are all alike: by " + stepText(now)
            + " their diversity has never been above " + figure(m_highest) + " of the real samples'.";
    return symptom;
}

} // namespace saddle
