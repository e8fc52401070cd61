// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layer.h"
#include "core/models/network.h"

#include <functional>

namespace saddle {

/// A layer that is one function of its inputs.
class FunctionLayer : public Layer {
public:
    using Function = std::function<torch::Tensor(const std::vector<torch::Tensor>&)>;
    explicit FunctionLayer(Function function)
        : m_function(std::move(function))
    {
    }
    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override { return m_function(inputs); }

private:
    Function m_function;
};

struct NoOptions { };

/// The shape of an image layer's input to start from, or why it is none. `layer` is the layer as a noun.
inline Result<LayerShape> needImage(const Shape& in, const char* layer)
{
    if (in.size() == 3)
        return LayerShape{in, 0, 0};
    return Error{
        std::string(layer) + " takes an image, but its input is " + shapeText(in), "", "put a reshape layer before it"};
}

} // namespace saddle
