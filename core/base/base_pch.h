// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of what knows neither torch nor Qt: JSON and the standard library are half of a file's time.
#pragma once

#include "core/base/json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
