// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"

namespace saddle {

/// The declarations behind the sections every experiment has.
const Schema<LatentOptions>& latentSchema();
const Schema<InstanceNoiseOptions>& instanceNoiseSchema();
const Schema<TrainingOptions>& trainingSchema();
const Schema<ScheduleOptions>& scheduleSchema();
const Schema<SamplingOptions>& samplingSchema();

/// What every network has beside its architecture or its layers.
const std::vector<Parameter>& networkParameters();

/// The roles that the chosen objective asks for.
std::vector<std::string> experimentRoles(const Json& document, const Catalog& catalog);

} // namespace saddle
