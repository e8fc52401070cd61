// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

namespace saddle {

class RandomStreams;
class WorkerGroup;

enum class ForwardMode {
    Train, ///< batch statistics, which the running ones follow
    Evaluate, ///< running statistics: a sample does not depend on its neighbours
};

/// Where layers that are random while training get their draws.
class LayerDraws {
public:
    virtual ~LayerDraws() = default;

    /// float32 strictly between 0 and 1; sizes[0] counts samples. `layer` is the name of the layer that asks.
    virtual torch::Tensor uniform(const std::string& layer, const std::vector<std::int64_t>& sizes) = 0;
};

/// What a layer must know of the forward pass it takes part in.
struct Pass {
    Pass(ForwardMode passMode, LayerDraws* layerDraws = nullptr) // NOLINT: a mode alone is a whole pass
        : mode(passMode)
        , draws(layerDraws)
    {
    }

    bool training() const { return mode == ForwardMode::Train; }

    ForwardMode mode;
    LayerDraws* draws; ///< null: layers that draw at random leave their input as it is
    bool firstOfUpdate = true; ///< false for a network's second and later passes within one update
    WorkerGroup* workers = nullptr; ///< who hold the other samples of the batch; null: it is all here
    std::string layer = {}; ///< name of the layer whose turn it is; filled in by the network
};

struct NamedTensor {
    std::string name;
    torch::Tensor tensor;
};

enum class Initialisation {
    Normal, ///< weights N(0, 0.02), norms' scales N(1, 0.02), biases 0 (Radford et al. 2016)
    Default, ///< as PyTorch's modules: U(±1/√fan-in), norms' scales 1
};

/// The torch side of one layer. Tensors are made on the CPU and moved in place by their network.
class Layer {
public:
    virtual ~Layer() = default;

    /// `inputs` are batches: N × the shapes the layer was built for. A layer that mixes samples asks `pass` for those
    /// of other workers.
    virtual torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass& pass) = 0;

    /// Called once the parameters are drawn, for buffers that follow from them.
    virtual void parametersDrawn() { }

    /// How images lie in memory. Layers that change the rank of a tensor keep to it, forward and backward: one tensor
    /// of the other kind makes every operation behind it slow.
    void setMemoryFormat(torch::MemoryFormat format) { m_format = format; }

    std::vector<NamedTensor>& parameters() { return m_parameters; }
    std::vector<NamedTensor>& buffers() { return m_buffers; }

    /// How a parameter is to be drawn.
    enum class Role { Weight, Bias, Scale };
    enum class Draw {
        AsNetwork, ///< by the network's Initialisation
        FanIn, ///< weights N(0, gain² / fan-in), biases 0 (He et al. 2015, whose gain for ReLU is √2)
        Standard, ///< N(0, gain²)
    };
    struct ParameterRule {
        Role role;
        std::int64_t fanIn;
        Draw draw = Draw::AsNetwork;
        double gain = 1; ///< factor on what is drawn for a weight; 0 starts it at zero
    };
    const std::vector<ParameterRule>& rules() const { return m_rules; }

protected:
    /// Declares a trainable tensor; the index under which `parameter` finds it.
    std::size_t addParameter(std::string name, const std::vector<std::int64_t>& shape, ParameterRule rule);
    std::size_t addBuffer(std::string name, torch::Tensor initial);

    const torch::Tensor& parameter(std::size_t index) const { return m_parameters[index].tensor; }
    const torch::Tensor& buffer(std::size_t index) const { return m_buffers[index].tensor; }

    torch::MemoryFormat memoryFormat() const { return m_format; }

private:
    torch::MemoryFormat m_format = torch::MemoryFormat::Contiguous;
    std::vector<NamedTensor> m_parameters;
    std::vector<ParameterRule> m_rules;
    std::vector<NamedTensor> m_buffers;
};

/// A batch of images laid out in a memory format. With one channel both formats are the same numbers in the same order,
/// and only strides tell the two apart: they are set so that convolutions see the format meant.
torch::Tensor inFormat(const torch::Tensor& images, torch::MemoryFormat format);

} // namespace saddle
