// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/training/random_streams.h"

#include <torch/types.h>

#include <cstdint>

namespace saddle {

/// Real samples as a phase takes them, on the device.
struct Batch {
    torch::Tensor data; ///< N × shape; images are scaled to -1 .. 1
    torch::Tensor labels; ///< N, int64; undefined where the data has none
    torch::Tensor index; ///< N, int64: the samples' places in the data set
};

/// The data set on the device, decoded once. Batches run through shuffled epochs laid end to end; which samples a batch
/// holds is a function of the seed and the batch's number alone.
class DataCache {
public:
    DataCache(const Dataset& dataset, torch::Device device, torch::ScalarType type, torch::MemoryFormat format);

    /// Batch `number` of `size` samples.
    Batch batch(const RandomStreams& streams, std::int64_t number, std::int64_t size);

    /// The first samples as they lie in the file.
    torch::Tensor first(std::int64_t count) const;

    std::int64_t count() const { return m_count; }
    std::int64_t bytes() const { return static_cast<std::int64_t>(m_samples.nbytes()); }
    /// Largest absolute coordinate of points; 1 for images.
    double reach() const { return m_reach; }

private:
    torch::Tensor scaled(const torch::Tensor& raw) const;

    torch::Tensor m_samples; ///< uint8 or float32
    torch::Tensor m_labels; ///< int64, or undefined
    std::int64_t m_count;
    torch::ScalarType m_type;
    torch::MemoryFormat m_format;
    double m_reach = 1;
    std::int64_t m_epoch = -1;
    torch::Tensor m_order; ///< of that epoch
};

} // namespace saddle
