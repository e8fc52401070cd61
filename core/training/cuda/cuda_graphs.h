// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/step_graph.h"

// What libsaddle_cuda.so offers to whoever loads it.
extern "C" {

/// From here on the calling thread's work goes to a stream of its own: nothing can be recorded on the default one.
__attribute__((visibility("default"))) void saddleUseOwnStream(int device);

/// The first number of a GPU's compute capability: 8 for Ampere; 0 where the driver does not say.
__attribute__((visibility("default"))) int saddleGpuGeneration(int device);

/// Graphs of the thread's current device; the caller owns it.
__attribute__((visibility("default"))) saddle::StepGraphMaker* saddleMakeCudaGraphs();
}
