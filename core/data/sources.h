// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

namespace saddle {

// One function a data source, in a file of its own; builtin.cpp lists them.
SourceInfo fashionMnistSource();
SourceInfo mnistSource();
SourceInfo idxSource();
SourceInfo gaussiansSource();

} // namespace saddle
