// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// When a run is to end by itself: after so many steps, images or minutes, or once its convergence measure has not
/// become better for a while.
class StopRules {
public:
    struct Reason {
        std::string path; ///< the setting that says so
        std::string text; ///< "500 steps"
    };

    /// Forgets what was observed: the whole patience anew.
    void restart();
    /// What was observed, for a checkpoint.
    Json state() const;
    /// Throws what the JSON library throws where it is not what state() gave.
    void restore(const Json& state);
    /// Rows in their order; `measure` is the index of the measure among their values. One that rises first gets better
    /// with each new height, until it has fallen to half of the highest, and with each new low.
    void observe(const std::vector<MetricRow>& rows, std::size_t measure, MeasureCourse course = MeasureCourse::Falls);

    /// The measure as it is now, smoothed; nothing before it has been observed, or before one that rises first has been
    /// at its height.
    std::optional<double> measure() const;

    /// The limit that has been reached, by the settings in `document` ("training.steps", ...). `seconds` is training
    /// time.
    std::optional<Reason> reached(const Json& document, const EngineProgress& progress, double seconds) const;

private:
    double m_smoothed = 0;
    double m_best = 0;
    double m_peak = 0;
    bool m_judged = false; ///< it stands on enough rows
    bool m_risen = false; ///< the measure has been at its height
    std::int64_t m_bestStep = 0;
    std::int64_t m_lastStep = 0;
    std::int64_t m_observed = 0;
};

} // namespace saddle
