// SPDX-License-Identifier: GPL-3.0-or-later
// What a session tells the diagnosis, and what it makes of what is found.
#include "core/session/session.h"

namespace saddle {

bool Session::watchesTraining() const
{
    const Json* watches = findPath(m_document, "training.diagnosis");
    return !watches || *watches == true;
}

void Session::beginDiagnosis()
{
    const Json* kind = findPath(m_document, "objective.kind");
    m_diagnosis.begin(m_engine->info(),
        kind && kind->is_string() ? m_plan.catalog->objectives.find(kind->get<std::string>()) : nullptr);
    const std::filesystem::path& checkpoint = m_plan.beginning.checkpoint;
    if (checkpoint.empty())
        return;
    // Of the run that goes on, or of the one that this one begins from.
    for (const DiversityPoint& point : readDiversity(checkpoint.parent_path().parent_path())) {
        if (point.step <= m_engine->progress().step)
            m_diagnosis.recall(point);
    }
}

void Session::measureDiversity(const Samples& samples)
{
    if (!m_diagnosis.knowsReal()) {
        if (const Result<Samples> real = m_engine->realSamples())
            m_diagnosis.setReal(*real);
    }
    const std::optional<DiversityPoint> point = m_diagnosis.observe(samples);
    if (!point)
        return;
    if (m_run) [[maybe_unused]] // a disk that takes no point takes no rows either, and these are not given up
        const Status written = appendDiversity(m_run->path(), *point);
    {
        const std::lock_guard lock(m_mutex);
        m_update.diversity.push_back(*point);
    }
    tellSymptoms();
}

void Session::tellSymptoms()
{
    for (Symptom& symptom : m_diagnosis.takeSymptoms()) {
        std::vector<std::int64_t> checkpoints;
        if (m_run) {
            for (const auto& [step, folder] : completeCheckpoints(m_run->path()))
                checkpoints.push_back(step);
        }
        // A run that stands still already has nothing that could get worse.
        m_diagnosed = m_diagnosed || symptom.kind != Symptom::Kind::NotFinite;
        std::vector<Remedy> remedies = remediesFor(symptom, m_document, checkpoints);
        const Finding finding{std::move(symptom), std::move(remedies)};
        record("diagnosis", finding.symptom.text, findingData(finding));
    }
}

} // namespace saddle
