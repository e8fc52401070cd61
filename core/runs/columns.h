// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"

#include <map>
#include <string>
#include <vector>

namespace saddle {

/// What a run records a step, in order. The first columns are the same for every experiment, so that tables can be
/// laid side by side.
std::vector<ColumnInfo> columnsOf(const Experiment& experiment);
/// The same of a resolved document, whose data need not be there.
std::vector<ColumnInfo> columnsOf(const Json& document, const Catalog& catalog);
/// What the columns of any run mean, by key: for tables of which nothing else is known.
std::map<std::string, ColumnInfo> knownColumns(const Catalog& catalog);

/// "d_lr": the column with the learning rate of a network.
std::string rateColumn(const std::string& role);
/// "d_grad_norm": the column with the norm of the gradient of a phase.
std::string gradientColumn(const PhaseInfo& phase);

} // namespace saddle
