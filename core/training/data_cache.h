// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/training/random_streams.h"

#include <torch/types.h>

#include <cstdint>
#include <memory>

namespace saddle {

class HostBatches;

/// Real samples as a phase takes them, on the device.
struct Batch {
    torch::Tensor data; ///< N × shape; images are scaled to -1 .. 1
    torch::Tensor labels; ///< N, int64; undefined where the data has none
    torch::Tensor index; ///< N, int64: the samples' places in the data set
};

/// What a batch is made of.
struct BatchSource {
    torch::Tensor index; ///< N, int64, on the device: the samples' places in the data set
    torch::Tensor raw; ///< N × shape as in the file, where samples come from the host; else undefined
};

/// One of several equal parts of every batch.
struct BatchShare {
    std::int64_t part = 0;
    std::int64_t parts = 1; ///< divides the size of a batch

    std::int64_t count(std::int64_t size) const { return size / parts; }
    std::int64_t first(std::int64_t size) const { return part * count(size); }
    bool operator==(const BatchShare&) const = default;
};

/// The shuffled epochs of a data set, laid end to end.
class ShuffledEpochs {
public:
    explicit ShuffledEpochs(std::int64_t count)
        : m_count(count)
    {
    }

    /// Which samples a share of batch `number` of `size` holds: int64 on the streams' device.
    torch::Tensor indices(
        const RandomStreams& streams, std::int64_t number, std::int64_t size, const BatchShare& share);

private:
    std::int64_t m_count;
    std::int64_t m_epoch = -1;
    std::uint64_t m_seed = 0;
    torch::Tensor m_order; ///< of that epoch
};

/// The data set, decoded once. Which samples a batch holds, and which of them are mirrored, is a function of the seed
/// and the batch's number alone. Data lies on the device, or, where it would take more than half of the device's free
/// memory, stays on the host: then a thread of its own gathers the next batch while one is learnt from. Both ways give
/// the same numbers to the last bit.
class DataCache {
public:
    enum class Place { Automatic, OnDevice, OnHost };

    /// `recent`: batches asked for again by phases that work on the samples of the phase before; the last ones are
    /// kept.
    DataCache(const Dataset& dataset, torch::Device device, torch::ScalarType type, torch::MemoryFormat format,
        std::int64_t recent = 1, Place place = Place::Automatic);
    ~DataCache();

    /// Batch `number` of `size` samples, or a share of it. Throws what torch throws.
    Batch batch(
        const RandomStreams& streams, std::int64_t number, std::int64_t size, const BatchShare& share = BatchShare());

    /// The two halves of batch(). What the host knows: which samples batch `number` holds.
    BatchSource source(
        const RandomStreams& streams, std::int64_t number, std::int64_t size, const BatchShare& share = BatchShare());
    /// And what the device does with it, which asks for nothing of the host: `number` may live there.
    Batch made(const BatchSource& source, const RandomStreams& streams, const DrawCounter& number, std::int64_t size,
        const BatchShare& share = BatchShare()) const;

    /// The first samples as they lie in the file.
    torch::Tensor first(std::int64_t count) const;

    std::int64_t count() const { return m_count; }
    /// Whether batches come from the host one by one.
    bool streams() const { return m_host != nullptr; }
    /// Batches taken from the host so far; those that were still at hand do not count.
    std::int64_t gathered() const;
    /// Largest absolute coordinate of points; 1 for images.
    double reach() const { return m_reach; }

private:
    torch::Tensor scaled(const torch::Tensor& raw) const;

    torch::Tensor m_samples; ///< uint8 or float32
    torch::Tensor m_labels; ///< int64, or undefined
    torch::Device m_device;
    std::int64_t m_count;
    torch::ScalarType m_type;
    torch::MemoryFormat m_format;
    bool m_flip;
    double m_reach = 1;
    ShuffledEpochs m_epochs;
    std::unique_ptr<HostBatches> m_host; ///< while samples stay on the host
};

} // namespace saddle
