// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/data_cache.h"
#include "core/training/step_graph.h"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace saddle {

/// What a recorded update depends on that no tensor holds. One that differs wants a recording of its own.
struct Recipe {
    std::uint64_t edits = 0; ///< of settings that are no live values
    bool noise = false; ///< instance noise is added
    bool labelFlipping = false;
    bool operator==(const Recipe&) const = default;
};

/// An update of a phase as a device repeats it by itself, and the tensors through which it hears what is new each time.
struct PhaseGraph {
    struct RealBatch {
        std::int64_t place = 0; ///< among the batches of an update
        torch::Tensor number; ///< 0-dimensional, int64
        BatchSource source;
    };

    Recipe recipe;
    int rehearsals = 0; ///< updates made the ordinary way, which has libraries get ready
    std::vector<std::int64_t> places; ///< of the real batches that the last of them asked for
    std::unique_ptr<StepGraph> graph; ///< once recorded
    torch::Tensor counter; ///< 0-dimensional, int64: of the draws of its first batch
    std::vector<RealBatch> real; ///< in the order they are asked for
    torch::Tensor cells; ///< what an update tells, one-dimensional
    std::vector<std::size_t> columns; ///< of the cells
};

} // namespace saddle
