// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/columns.h"

#include <cctype>

namespace saddle {

namespace {

/// "D" of the discriminator, in columns "d".
std::string letter(const std::string& role)
{
    return role.substr(0, 1);
}

std::string capital(const std::string& role)
{
    return {static_cast<char>(std::toupper(static_cast<unsigned char>(role.front())))};
}

} // namespace

std::string rateColumn(const std::string& role)
{
    return letter(role) + "_lr";
}

std::string gradientColumn(const PhaseInfo& phase)
{
    return phase.lossColumn.substr(0, 1) + "_grad_norm";
}

namespace {

std::vector<ColumnInfo> columnsOf(
    const ObjectiveInfo& objective, const std::vector<const RegulariserInfo*>& regularisers)
{
    std::vector<ColumnInfo> columns{
        {"d_loss", "D loss", "loss", "discriminator"}, {"g_loss", "G loss", "loss", "generator"}};
    columns.insert(columns.end(), objective.columns.begin(), objective.columns.end());
    for (const RegulariserInfo* regulariser : regularisers)
        columns.insert(columns.end(), regulariser->columns.begin(), regulariser->columns.end());
    columns.push_back({"noise_std", "Noise σ", "noise", ""});
    for (const PhaseInfo& phase : objective.phases) {
        for (const std::string& role : phase.learns)
            columns.push_back({rateColumn(role), capital(role) + " learning rate", "rate", role});
    }
    for (const PhaseInfo& phase : objective.phases)
        columns.push_back({gradientColumn(phase), phase.label + " gradient", "gradient", phase.learns.back()});
    return columns;
}

} // namespace

std::vector<ColumnInfo> columnsOf(const Experiment& experiment)
{
    return columnsOf(*experiment.objective, experiment.regularisers);
}

std::vector<ColumnInfo> columnsOf(const Json& document, const Catalog& catalog)
{
    const Json* kind = findPath(document, "objective.kind");
    const ObjectiveInfo* objective =
        kind && kind->is_string() ? catalog.objectives.find(kind->get<std::string>()) : nullptr;
    if (!objective)
        return {};
    std::vector<const RegulariserInfo*> regularisers;
    for (const RegulariserInfo& regulariser : catalog.regularisers.items()) {
        const Json* enabled = findPath(document, "regularisers." + regulariser.kind + ".enabled");
        if (enabled && enabled->is_boolean() && enabled->get<bool>())
            regularisers.push_back(&regulariser);
    }
    return columnsOf(*objective, regularisers);
}

std::map<std::string, ColumnInfo> knownColumns(const Catalog& catalog)
{
    std::vector<const RegulariserInfo*> regularisers;
    regularisers.reserve(catalog.regularisers.items().size());
    for (const RegulariserInfo& regulariser : catalog.regularisers.items())
        regularisers.push_back(&regulariser);
    std::map<std::string, ColumnInfo> known;
    for (const ObjectiveInfo& objective : catalog.objectives.items()) {
        for (ColumnInfo& column : columnsOf(objective, regularisers))
            known.try_emplace(column.key, column);
    }
    return known;
}

} // namespace saddle
