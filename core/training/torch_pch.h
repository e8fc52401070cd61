// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of the engine: torch costs seconds a file without it.
#pragma once

#include <torch/types.h>

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/grad_mode.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
