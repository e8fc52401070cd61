// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"

#include <string>
#include <vector>

namespace saddle {

/// One setting of several experiments.
struct SettingsRow {
    std::string path; ///< "training.batch_size"; "generator.layers" for a network's list as a whole
    std::string section; ///< labels, as a form shows them
    std::string label;
    std::vector<Json> values; ///< one for each experiment; null where it has no such setting
    std::vector<const Parameter*> parameters; ///< what declares it in each; null for a list of layers, or none

    bool differs() const;
};

/// The settings of resolved experiments side by side, kinds (architecture, objective, source) and networks given as
/// layers included, in the order a form shows them. What only some have stands where they have it.
class SettingsTable {
public:
    SettingsTable(const std::vector<Json>& documents, const Catalog& catalog);
    // The rows look into the sections.
    SettingsTable(const SettingsTable&) = delete;
    SettingsTable& operator=(const SettingsTable&) = delete;

    const std::vector<SettingsRow>& rows() const { return m_rows; }

private:
    std::vector<std::vector<Section>> m_sections;
    std::vector<SettingsRow> m_rows;
};

} // namespace saddle
