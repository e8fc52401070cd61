// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/settings_table.h"

#include <algorithm>
#include <cstddef>

namespace saddle {

bool SettingsRow::differs() const
{
    return std::any_of(values.begin(), values.end(), [this](const Json& value) { return value != values.front(); });
}

SettingsTable::SettingsTable(const std::vector<Json>& documents, const Catalog& catalog)
{
    m_sections.reserve(documents.size());
    for (std::size_t number = 0; number < documents.size(); ++number) {
        const Json& document = documents[number];
        m_sections.push_back(experimentSections(document, catalog));
        std::size_t place = 0; // behind the setting before
        const auto add = [&](const Section& section, const std::string& key, const std::string& label,
                             const Parameter* parameter) {
            const std::string path = section.path + "." + key;
            const Json* value = findPath(document, path);
            if (!value)
                return;
            auto row = std::find_if(
                m_rows.begin(), m_rows.end(), [&path](const SettingsRow& each) { return each.path == path; });
            if (row == m_rows.end()) {
                SettingsRow fresh{path, section.label, label, std::vector<Json>(documents.size()),
                    std::vector<const Parameter*>(documents.size(), nullptr)};
                row = m_rows.insert(m_rows.begin() + static_cast<std::ptrdiff_t>(place), std::move(fresh));
            }
            row->values[number] = *value;
            row->parameters[number] = parameter;
            place = static_cast<std::size_t>(row - m_rows.begin()) + 1;
        };
        for (const Section& section : m_sections.back()) {
            for (const Parameter& parameter : section.parameters)
                add(section, parameter.key, parameter.label, &parameter);
            if (section.network)
                add(section, "layers", "Layers", nullptr);
        }
    }
}

} // namespace saddle
