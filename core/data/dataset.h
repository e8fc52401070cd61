// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"
#include "core/params/registry.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace saddle {

/// A decoded data set in host memory. Images are bytes, C × H × W a sample, 0..255 standing for -1..1; points are
/// floats. Exactly one of the two is filled.
struct Dataset {
    Shape shape;
    std::int64_t count = 0;
    std::vector<std::uint8_t> pixels;
    std::vector<float> values;
    std::vector<std::uint8_t> labels; ///< one a sample, or empty
    std::string description; ///< "Fashion-MNIST, 60,000 images"

    bool isPoints() const { return shape.size() == 1; }
};

/// Where data comes from.
struct SourceInfo : InfoBase {
    /// The shape of one sample; reads no more than a header. An error says what is missing and how to get it.
    std::function<Result<Shape>(const Json& options)> shape;
    std::function<Result<Dataset>(const Json& options)> load;
};

} // namespace saddle
