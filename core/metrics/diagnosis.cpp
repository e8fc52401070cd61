// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/diagnosis.h"

#include <algorithm>
#include <utility>

namespace saddle {

namespace {

/// So many rows without a symptom and it is over: the next time it is news again.
constexpr int quietRows = 500;
/// What shows that a gradient is no number comes from the steps just before.
constexpr std::int64_t beforeFault = 100;

} // namespace

struct Diagnosis::Watched {
    std::unique_ptr<Watch> watch;
    int untilLook;
    int quiet = 0; ///< rows since the symptom was last seen
    std::optional<Symptom::Kind> told = {};
};

Diagnosis::Diagnosis() = default;
Diagnosis::~Diagnosis() = default;

void Diagnosis::begin(const EngineInfo& info, const ObjectiveInfo* objective)
{
    Watches watches;
    // First who has won: that D's gradient fades then is no news.
    if (objective)
        watchVictory(watches, info, *objective);
    watchGradients(watches, info);
    watchOscillation(watches, info);
    m_watched.clear();
    m_watched.reserve(watches.size());
    for (std::unique_ptr<Watch>& watch : watches) {
        const int every = watch->lookEvery();
        m_watched.push_back({std::move(watch), every});
    }
    for (const ColumnInfo& column : info.columns) {
        if (column.group == "loss" || column.group == "gradient")
            m_faultColumns.push_back(column.key);
    }
}

void Diagnosis::setReal(const Samples& real)
{
    m_realSpread = realSpread(real);
}

void Diagnosis::observe(const std::vector<MetricRow>& rows, const Json& document)
{
    for (const MetricRow& row : rows) {
        for (Watched& watched : m_watched) {
            watched.watch->observe(row, document);
            if (--watched.untilLook <= 0)
                look(watched);
        }
        for (Telling* telling : {&m_collapsed, &m_scattered})
            telling->quiet += telling->told;
    }
}

void Diagnosis::look(Watched& watched)
{
    watched.untilLook = watched.watch->lookEvery();
    std::optional<Symptom> symptom = watched.watch->look();
    if (symptom && symptom->kind == Symptom::Kind::VanishingGradient && discriminatorWon())
        symptom.reset();
    if (!symptom) {
        watched.quiet += watched.untilLook;
        if (watched.quiet >= quietRows)
            watched.told.reset();
        return;
    }
    watched.quiet = 0;
    if (watched.told != symptom->kind) {
        watched.told = symptom->kind;
        m_found.push_back(*std::move(symptom));
    }
}

bool Diagnosis::discriminatorWon() const
{
    return std::any_of(m_watched.begin(), m_watched.end(), [](const Watched& watched) {
        return watched.told == Symptom::Kind::DiscriminatorWon || watched.watch->seesVictory();
    });
}

std::optional<DiversityPoint> Diagnosis::observe(const Samples& samples)
{
    const std::optional<double> generated = spread(samples);
    // Real samples that are all alike are no measure.
    if (!generated || !m_realSpread || *m_realSpread <= 0)
        return std::nullopt;
    const DiversityPoint point{samples.step, *generated / *m_realSpread};
    recall(point);
    tell(m_collapsed, m_collapse.look());
    tell(m_scattered, m_scatter.look());
    return point;
}

void Diagnosis::recall(const DiversityPoint& point)
{
    m_collapse.observe(point);
    m_scatter.observe(point);
}

void Diagnosis::tell(Telling& telling, std::optional<Symptom> symptom)
{
    if (symptom) {
        telling.quiet = 0;
        if (!std::exchange(telling.told, true))
            m_found.push_back(*std::move(symptom));
    } else if (telling.quiet >= quietRows) {
        telling.told = false;
    }
}

void Diagnosis::observe(const Fault& fault)
{
    if (fault.kind != Fault::Kind::NonFinite)
        return;
    m_found.push_back({Symptom::Kind::NotFinite, {},
        "Training stopped at step " + std::to_string(fault.step) + ": " + fault.error.what + ".", m_faultColumns,
        std::max<std::int64_t>(fault.step - beforeFault, 0), fault.step});
}

std::vector<Symptom> Diagnosis::takeSymptoms()
{
    return std::exchange(m_found, {});
}

} // namespace saddle
