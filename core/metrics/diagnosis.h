// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diversity.h"
#include "core/metrics/watch.h"
#include "core/runs/experiment.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// Something to do about a finding: settings to change, or a checkpoint to go back to.
struct Remedy {
    std::string label; ///< "Halve D's learning rate"
    std::vector<Setting> changes; ///< all of them live
    std::optional<std::int64_t> checkpoint;
};

/// What went wrong in a run.
struct Finding {
    Symptom symptom;
    std::vector<Remedy> remedies;
};

/// Looks over a run's numbers while it trains and tells what goes wrong: docs/diagnosis.md. No thread, no file, and
/// nothing is asked of the engine: it is fed with the rows and the samples that there are anyway.
///
/// A symptom is told once when it has lasted, and again only after it has been gone for a while.
class Diagnosis {
public:
    Diagnosis();
    ~Diagnosis();

    /// Before the first row. `objective` may be null: then no loss has a meaning.
    void begin(const EngineInfo& info, const ObjectiveInfo* objective);

    /// Diversity that was measured before a run was resumed, in order.
    void recall(const DiversityPoint& point);

    /// The samples' diversity is measured against these.
    void setReal(const Samples& real);
    bool knowsReal() const { return m_realSpread.has_value(); }

    /// Rows in their order; `document` holds the settings in force.
    void observe(const std::vector<MetricRow>& rows, const Json& document);
    /// Samples of the fixed latents. Returns their diversity where it can be told.
    std::optional<DiversityPoint> observe(const Samples& samples);
    /// Only a loss or gradient that is no number is a finding; other faults tell of the machine.
    void observe(const Fault& fault);

    /// What was found since the last call.
    std::vector<Symptom> takeSymptoms();

private:
    struct Watched;
    /// Of what is seen in samples, which come seldom: its end is counted in rows all the same.
    struct Telling {
        bool told = false; ///< and not over
        int quiet = 0; ///< rows since it was last seen
    };

    void look(Watched& watched);
    void tell(Telling& telling, std::optional<Symptom> symptom);
    bool discriminatorWon() const;

    std::vector<Watched> m_watched;
    CollapseWatch m_collapse;
    ScatterWatch m_scatter;
    Telling m_collapsed;
    Telling m_scattered;
    std::vector<std::string> m_faultColumns;
    std::optional<double> m_realSpread;
    std::vector<Symptom> m_found;
};

/// What can be done about a symptom: with the newest of the checkpoints (steps, ascending) from before the evidence,
/// and changes of settings that the experiment has.
std::vector<Remedy> remediesFor(
    const Symptom& symptom, const Json& document, const std::vector<std::int64_t>& checkpoints);

/// A finding as the data of an event of kind "diagnosis", and back. Of what is damaged only what is whole is read.
Json findingData(const Finding& finding);
std::optional<Finding> findingFrom(const std::string& text, const Json& data);

} // namespace saddle
