// SPDX-License-Identifier: GPL-3.0-or-later
// A network in the terms that other programs share. A layer kind says once, in layer_graphs.cpp, which of these
// operations it is; each format writes each operation once. So a new kind is exported to all of them by one function.
#pragma once

#include "core/latent/generator_model.h"

#include <string>
#include <vector>

namespace saddle {

/// How a convolution slides: the same along both sides.
struct Window {
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
    std::int64_t outputPadding = 0; ///< of a transposed one
};

/// Writes operations one after the other, each with a value as its outcome. Shapes are those of one sample: the batch
/// stands before them and is of any size. Nothing fails before the file is written.
class GraphWriter {
public:
    using Value = std::string; ///< a name in what is written; empty: none

    virtual ~GraphWriter() = default;

    /// The layer whose operations follow: names are made from it.
    virtual void beginLayer(const std::string& name) = 0;
    /// Numbers that come with the file, float32. `name` is "LAYER.NAME".
    virtual Value weight(const std::string& name, const HostTensor& tensor) = 0;

    /// x Wᵀ + b; W is out × in.
    virtual Value linear(const Value& x, const Value& weight, const Value& bias) = 0;
    virtual Value convolution(const Value& x, const Value& weight, const Value& bias, const Window& window) = 0;
    virtual Value transposedConvolution(
        const Value& x, const Value& weight, const Value& bias, const Window& window) = 0;
    /// By the statistics that come with it.
    virtual Value batchNorm(const Value& x, const Value& scale, const Value& shift, const Value& mean,
        const Value& variance, double epsilon) = 0;
    virtual Value instanceNorm(const Value& x, const Value& scale, const Value& shift, double epsilon) = 0;
    /// Over the whole sample, whose shape it is.
    virtual Value layerNorm(
        const Value& x, const Value& scale, const Value& shift, const Shape& shape, double epsilon) = 0;
    /// "relu", "leaky_relu", "elu", "tanh" or "sigmoid"; the slope is the leaky one's.
    virtual Value activation(const Value& x, const std::string& kind, double slope) = 0;
    virtual Value reshape(const Value& x, const Shape& shape) = 0;
    /// "nearest" or "bilinear", without aligned corners.
    virtual Value upsample(const Value& x, std::int64_t factor, const std::string& mode) = 0;
    virtual Value pixelShuffle(const Value& x, std::int64_t factor) = 0;
    virtual Value averagePool(const Value& x, std::int64_t size) = 0;
    virtual Value maxPool(const Value& x, const Window& window) = 0;
    virtual Value add(const Value& x, const Value& y) = 0;
    /// Number by number; a side of 1 is repeated.
    virtual Value multiply(const Value& x, const Value& y) = 0;
    /// A map of one pixel on every pixel of a larger one.
    virtual Value spread(const Value& x, std::int64_t height, std::int64_t width) = 0;
    /// Along the first axis of the samples.
    virtual Value concat(const std::vector<Value>& values) = 0;
};

/// Writes a generator, whose inputs are the values `latent` and, where it reads labels, `label`; gives the value of its
/// output. An Error names the layer that has no such form (what compares the samples of a batch), or the tensor that is
/// missing or of another shape.
Result<GraphWriter::Value> writeGraph(const GeneratorModel& model, const Catalog& catalog, GraphWriter& writer,
    const GraphWriter::Value& latent, const GraphWriter::Value& label);

/// Whether a kind of layer can be exported: else an Error that says why not.
Status exportable(const std::string& layerKind);

} // namespace saddle
