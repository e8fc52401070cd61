// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/layer_tensors.h"

namespace saddle {

namespace {

void addTail(const Json& options, const Shape& output, std::vector<LayerTensor>& tensors)
{
    const std::string norm = options.value("norm", "none");
    if (norm == "none")
        return;
    const Shape shape = norm == "layer" ? output : Shape{output.front()};
    tensors.push_back({"norm.weight", shape});
    tensors.push_back({"norm.bias", shape});
    if (norm == "batch") {
        tensors.push_back({"norm.running_mean", shape});
        tensors.push_back({"norm.running_var", shape});
        tensors.push_back({"norm.num_batches_tracked", {}, DType::I64});
    }
}

} // namespace

std::vector<LayerTensor> layerTensors(
    const LayerDescription& layer, const std::vector<Shape>& inputs, const Shape& output)
{
    std::vector<LayerTensor> tensors;
    const Json& options = layer.options;
    const std::int64_t in = inputs.front().front();
    const std::int64_t out = output.front();
    Shape weight;
    if (layer.kind == "linear") {
        weight = {out, in};
    } else if (layer.kind == "conv" || layer.kind == "conv_transpose") {
        const std::int64_t kernel = options.value("kernel", std::int64_t{0});
        const std::int64_t groups = options.value("groups", std::int64_t{1});
        weight = layer.kind == "conv" ? Shape{out, in / groups, kernel, kernel} : Shape{in, out, kernel, kernel};
    } else if (layer.kind == "basis") {
        return {{"weight", {out, in}}, {"basis", output}};
    } else if (layer.kind != "norm") {
        return {};
    }
    if (!weight.empty()) {
        tensors.push_back({"weight", weight});
        if (options.value("bias", true))
            tensors.push_back({"bias", {out}});
        if (options.value("spectral_norm", false)) {
            tensors.push_back({"weight_u", {out}});
            tensors.push_back({"weight_v", {elementCount(weight) / out}});
        }
    }
    addTail(options, output, tensors);
    return tensors;
}

} // namespace saddle
