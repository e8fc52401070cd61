// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
#include "core/base/shared_bytes.h"
#include "core/models/network.h"
#include "core/params/registry.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace saddle {

/// What is known of a data set before it is loaded.
struct DataHeader {
    Shape shape; ///< of one sample
    int classes = 0; ///< labels are 0 .. classes-1; 0: there are none
    std::int64_t count = 0; ///< samples; 0: not known yet
};

/// A file of a data set that was passed over, and why.
struct SkippedFile {
    std::string path;
    std::string reason; ///< "the PNG picture ends early"
};

/// A decoded data set in host memory. Images are bytes, C × H × W a sample, 0..255 standing for -1..1; points are
/// floats. Exactly one of the two is filled.
struct Dataset {
    Shape shape;
    std::int64_t count = 0;
    SharedBytes pixels;
    std::vector<float> values;
    std::vector<std::int32_t> labels; ///< one a sample, 0 .. classes-1; or empty
    int classes = 0; ///< as in the header
    std::vector<std::string> classNames; ///< one a class, or empty
    std::string description; ///< "Fashion-MNIST, 60,000 images"
    bool flip = false; ///< batches mirror each image, left to right, with probability ½
    std::vector<SkippedFile> skipped;
    std::vector<std::string> notes; ///< what else a person should know

    bool isPoints() const { return shape.size() == 1; }
};

/// Where data comes from.
struct SourceInfo : InfoBase {
    /// What the data is, from headers alone: cheap enough for every edit of a form. An error says what is missing and
    /// how to get it.
    std::function<Result<DataHeader>(const Json& options)> header;
    /// All of it; agrees with the header.
    std::function<Result<Dataset>(const Json& options, const LoadMonitor& monitor)> load;
};

/// The first few with their reasons, in a sentence: "a.png (it is empty); b.png (it is empty); and 7 more".
std::string firstSkipped(const std::vector<SkippedFile>& skipped);

/// What a person should know of a data set: how many files were passed over, the first of them with their reasons.
std::vector<std::string> notesOn(const Dataset& dataset);

} // namespace saddle
