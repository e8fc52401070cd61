// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/export/graph_writer.h"

#include <string>

namespace saddle {

/// A generator as TorchScript: the text of its forward(), and the tensors that it takes as attributes of self.
struct ScriptText {
    std::string source;
    TensorMap tensors; ///< by attribute name: "layer3_weight"
};

/// Writes the operations as lines of Python that PyTorch compiles.
class ScriptWriter : public GraphWriter {
public:
    void beginLayer(const std::string& name) override;
    Value weight(const std::string& name, const HostTensor& tensor) override;
    Value linear(const Value& x, const Value& weight, const Value& bias) override;
    Value convolution(const Value& x, const Value& weight, const Value& bias, const Window& window) override;
    Value transposedConvolution(const Value& x, const Value& weight, const Value& bias, const Window& window) override;
    Value batchNorm(const Value& x, const Value& scale, const Value& shift, const Value& mean, const Value& variance,
        double epsilon) override;
    Value instanceNorm(const Value& x, const Value& scale, const Value& shift, double epsilon) override;
    Value layerNorm(
        const Value& x, const Value& scale, const Value& shift, const Shape& shape, double epsilon) override;
    Value activation(const Value& x, const std::string& kind, double slope) override;
    Value reshape(const Value& x, const Shape& shape) override;
    Value upsample(const Value& x, std::int64_t factor, const std::string& mode) override;
    Value pixelShuffle(const Value& x, std::int64_t factor) override;
    Value averagePool(const Value& x, std::int64_t size) override;
    Value maxPool(const Value& x, const Window& window) override;
    Value add(const Value& x, const Value& y) override;
    Value multiply(const Value& x, const Value& y) override;
    Value spread(const Value& x, std::int64_t height, std::int64_t width) override;
    Value concat(const std::vector<Value>& values) override;

    const std::string& lines() const { return m_lines; }
    TensorMap takeTensors() { return std::move(m_tensors); }

private:
    /// A line that sets a new variable.
    Value set(const std::string& expression);

    std::string m_lines;
    TensorMap m_tensors;
    int m_variables = 0;
};

/// Writes a generator; latents of N × Z are its first argument, N × classes of ones and zeros its second where it reads
/// labels. An Error as of writeGraph.
Result<ScriptText> writeScript(const GeneratorModel& model, const Catalog& catalog);

} // namespace saddle
