// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/stop_rules.h"

#include "core/base/json_values.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

/// A measure is noisy from step to step: it is judged by its mean over about this many rows, and only a gain of a
/// thousandth counts.
constexpr std::int64_t memory = 100;
constexpr double leastGain = 1e-3;

/// A fall to this share of the highest mean ends the rise: less may be noise, or a critic that has not learnt yet.
constexpr double fallen = 0.5;

} // namespace

void StopRules::restart()
{
    *this = {};
}

Json StopRules::state() const
{
    return {{"smoothed", m_smoothed}, {"best", m_best}, {"peak", m_peak}, {"risen", m_risen}, {"best_step", m_bestStep},
        {"last_step", m_lastStep}, {"observed", m_observed}};
}

void StopRules::restore(const Json& state)
{
    StopRules read;
    state.at("smoothed").get_to(read.m_smoothed);
    state.at("best").get_to(read.m_best);
    state.at("peak").get_to(read.m_peak);
    state.at("risen").get_to(read.m_risen);
    state.at("best_step").get_to(read.m_bestStep);
    state.at("last_step").get_to(read.m_lastStep);
    state.at("observed").get_to(read.m_observed);
    *this = read;
}

void StopRules::observe(const std::vector<MetricRow>& rows, std::size_t measure, MeasureCourse course)
{
    for (const MetricRow& row : rows) {
        const double value = row.values[measure];
        if (!std::isfinite(value))
            continue;
        ++m_observed;
        // A plain mean at first, so that the first values do not weigh for ever.
        m_smoothed += (value - m_smoothed) / static_cast<double>(std::min(m_observed, memory));
        m_lastStep = row.step;
        // Until the mean stands on enough rows, one lucky value would be hard to beat.
        const bool first = m_observed <= memory;
        const bool higher =
            course == MeasureCourse::RisesFirst && !m_risen && m_smoothed > m_peak + leastGain * std::abs(m_peak);
        if (first || higher)
            m_peak = m_smoothed;
        if (first || higher || m_smoothed < m_best - leastGain * std::abs(m_best)) {
            m_best = m_smoothed;
            m_bestStep = row.step;
        }
        m_judged = course == MeasureCourse::RisesFirst ? m_risen : !first;
        m_risen = m_risen || (!first && m_peak > 0 && m_best < fallen * m_peak);
    }
}

std::optional<StopRules::Reason> StopRules::reached(
    const Json& document, const EngineProgress& progress, double seconds) const
{
    const auto steps = static_cast<std::int64_t>(numberAt(document, "training.steps"));
    if (steps > 0 && progress.step >= steps)
        return Reason{"training.steps", std::to_string(steps) + " steps"};
    const auto images = static_cast<std::int64_t>(numberAt(document, "training.images"));
    if (images > 0 && progress.images >= images)
        return Reason{"training.images", std::to_string(images) + " images"};
    const double minutes = numberAt(document, "training.minutes");
    if (minutes > 0 && seconds >= minutes * 60)
        return Reason{"training.minutes", jsonText(Json(minutes)) + " minutes"};
    const auto patience = static_cast<std::int64_t>(numberAt(document, "training.patience"));
    if (patience > 0 && m_lastStep - m_bestStep >= patience)
        return Reason{"training.patience", std::to_string(patience) + " steps without a better measure"};
    return std::nullopt;
}

std::optional<double> StopRules::measure() const
{
    return m_judged ? std::optional(m_smoothed) : std::nullopt;
}

} // namespace saddle
