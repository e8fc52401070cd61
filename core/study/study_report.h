// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"
#include "core/study/study_progress.h"

#include <string>
#include <vector>

namespace saddle {

/// A recorded quantity over a run, cut into as many stretches of equal length as a chart has pixels to tell apart. A
/// stretch without values is NaN.
struct StudyCurve {
    std::string label; ///< "D loss"
    std::string role; ///< network it belongs to, for its colour; may be empty
    struct Stretch {
        double low;
        double high;
        double mean;
    };
    std::vector<Stretch> stretches;
};

struct StudyChart {
    std::string title;
    double lastStep = 0; ///< the chart reaches from step 0 to here
    std::vector<StudyCurve> curves;
};

/// What one run of a study came to.
struct StudyEntry {
    std::size_t method = 0;
    std::int64_t seed = 1;
    std::string state; ///< why it is not whole; empty when it is
    std::string summary; ///< "12.3 ms a step · 2,000 steps · 1 min 20 s"
    std::int64_t steps = 0;
    std::int64_t images = 0; ///< real samples the discriminator has seen
    double seconds = 0; ///< of training
    double millisecondsPerStep = 0; ///< median over the recorded steps
    Image grid; ///< its last samples; empty where there are none
    std::vector<StudyChart> charts;
};

struct StudyRow {
    std::string section;
    std::string label;
    std::vector<std::string> values; ///< of each method; empty where it has no such setting

    bool differs() const;
};

/// All that a study's page shows.
struct StudyReport {
    std::string title;
    std::string description;
    std::string source;
    std::string data;
    std::string device;
    std::vector<std::string> notes;
    std::vector<std::string> methods; ///< labels
    std::vector<std::int64_t> seeds;
    bool sameLatents = true; ///< pictures at one place of two grids come from one latent
    Image real; ///< real samples; empty where there are none
    std::vector<StudyEntry> entries; ///< in the order they were done
    std::vector<StudyRow> results; ///< time, speed, size of the networks
    std::vector<StudyRow> settings;
};

/// Reads what the runs of a study have written so far. `real` are real samples, or empty.
Result<StudyReport> readStudyReport(
    const Study& study, const Catalog& catalog, const StudyProgress& progress, const Image& real);

} // namespace saddle
