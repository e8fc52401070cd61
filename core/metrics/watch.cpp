// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/watch.h"

#include <array>
#include <limits>
#include <utility>

namespace saddle {

namespace {

constexpr std::array<std::pair<Symptom::Kind, const char*>, 8> names{{
    {Symptom::Kind::Collapse, "collapse"},
    {Symptom::Kind::Scatter, "scatter"},
    {Symptom::Kind::DiscriminatorWon, "discriminator-won"},
    {Symptom::Kind::GeneratorWon, "generator-won"},
    {Symptom::Kind::VanishingGradient, "vanishing-gradient"},
    {Symptom::Kind::ExplodingGradient, "exploding-gradient"},
    {Symptom::Kind::Oscillation, "oscillation"},
    {Symptom::Kind::NotFinite, "not-finite"},
}};

} // namespace

std::string kindName(Symptom::Kind kind)
{
    for (const auto& [each, name] : names) {
        if (each == kind)
            return name;
    }
    return {};
}

std::optional<Symptom::Kind> symptomKind(const std::string& name)
{
    for (const auto& [kind, each] : names) {
        if (name == each)
            return kind;
    }
    return std::nullopt;
}

Column::Column(const EngineInfo& info, const std::string& key)
{
    for (std::size_t i = 0; i < info.columns.size(); ++i) {
        if (info.columns[i].key == key)
            m_index = i;
    }
}

double Column::of(const MetricRow& row) const
{
    return m_index < row.values.size() ? row.values[m_index] : std::numeric_limits<double>::quiet_NaN();
}

} // namespace saddle
