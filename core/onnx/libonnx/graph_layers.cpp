// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that become layers.
#include "core/onnx/libonnx/graph_reader.h"

#include <algorithm>
#include <cstring>

namespace saddle {

namespace {

/// Sides of 1 in front, as they come from broadcasting, make no difference.
Shape withoutFront(Shape shape)
{
    while (shape.size() > 1 && shape.front() == 1)
        shape.erase(shape.begin());
    return shape;
}

std::string square(const Shape& shape)
{
    return shape.empty() ? std::string("nothing") : shapeText(shape);
}

} // namespace

GraphValue GraphReader::linear(const Node& node, HostTensor weight, std::optional<HostTensor> bias)
{
    Feature input = feature(node, 0);
    if (m_error)
        return {};
    if (input.shape.size() != 1 || weight.shape[1] != input.shape[0]) {
        refuse("a product with " + shapeText(weight.shape) + " numbers does not fit an input of "
            + shapeText(input.shape));
        return {};
    }
    const std::int64_t out = weight.shape[0];
    if (bias) {
        bias->shape = withoutFront(bias->shape);
        if (bias->shape != Shape{out})
            refuse("a bias of " + square(bias->shape) + " does not fit " + std::to_string(out) + " outputs");
    }
    const Feature made = addLayer("linear", {{"out", out}, {"bias", bias.has_value()}}, {settled(input)});
    addTensor(made, "weight", std::move(weight));
    if (bias)
        addTensor(made, "bias", *std::move(bias));
    return made;
}

GraphValue GraphReader::readGemm(const Node& node)
{
    if (node.attributes.real("alpha", 1) != 1 || node.attributes.real("beta", 1) != 1
        || node.attributes.integer("transA", 0) != 0)
        refuse("“Gemm” with alpha, beta or transA has no layer here");
    HostTensor weight = constant(node, 1);
    std::optional<HostTensor> bias;
    if (given(node, 2))
        bias = constant(node, 2);
    if (!m_error && weight.shape.size() != 2)
        refuse("the matrix of “Gemm” has the shape " + square(weight.shape));
    if (m_error)
        return {};
    if (node.attributes.integer("transB", 0) == 0)
        weight = transposed(weight);
    return linear(node, std::move(weight), std::move(bias));
}

GraphValue GraphReader::readMatMul(const Node& node)
{
    const HostTensor weight = constant(node, 1);
    if (!m_error && weight.shape.size() != 2)
        refuse("the matrix of “MatMul” has the shape " + square(weight.shape));
    return m_error ? GraphValue() : linear(node, transposed(weight), {});
}

/// The options that convolutions share, from the node's attributes.
Json GraphReader::window(const Node& node, const HostTensor& weight)
{
    const std::string name = "“" + node.proto.op_type() + "”";
    if (weight.shape.size() != 4 || weight.shape[2] != weight.shape[3]) {
        refuse("the window of " + name + " is no square: its weight is " + square(weight.shape));
        return Json::object();
    }
    const std::int64_t kernel = weight.shape[2];
    const NodeAttributes& attributes = node.attributes;
    const std::vector<std::int64_t> kernels = attributes.integers("kernel_shape");
    std::vector<std::int64_t> strides = attributes.integers("strides");
    std::vector<std::int64_t> pads = attributes.integers("pads");
    strides.resize(std::max<std::size_t>(strides.size(), 1), 1);
    pads.resize(std::max<std::size_t>(pads.size(), 1), 0);
    if (!allAre(kernels, kernel))
        refuse("kernel_shape of " + name + " is not that of its weight");
    if (!allAre(attributes.integers("dilations"), 1))
        refuse(name + " with dilations has no layer here");
    if (!allAre(strides, strides.front()))
        refuse(name + " with other strides down than across has no layer here");
    const std::string padding = attributes.text("auto_pad", "NOTSET");
    if (padding == "SAME_UPPER" && strides.front() == 1 && kernel % 2 == 1 && node.proto.op_type() == "Conv")
        pads.assign(1, kernel / 2);
    else if (padding != "NOTSET" && padding != "VALID")
        refuse("auto_pad “" + padding + "” of " + name + " is not known here");
    if (!allAre(pads, pads.front()))
        refuse(name + " with other padding at one side than at another has no layer here");
    return {{"kernel", kernel}, {"stride", strides.front()}, {"padding", pads.front()}, {"bias", given(node, 2)}};
}

GraphValue GraphReader::readConv(const Node& node)
{
    const Feature input = image(node, 0);
    HostTensor weight = constant(node, 1);
    if (m_error)
        return {};
    Json options = window(node, weight);
    const std::int64_t groups = node.attributes.integer("group", 1);
    if (m_error)
        return {};
    const std::int64_t out = weight.shape[0];
    if (groups < 1 || weight.shape[1] != input.shape[0] / groups || input.shape[0] % groups != 0) {
        refuse("a weight of " + shapeText(weight.shape) + " does not fit an input of " + shapeText(input.shape));
        return {};
    }
    options.update({{"out", out}, {"groups", groups}});
    std::optional<HostTensor> bias;
    if (given(node, 2))
        bias = constant(node, 2, {out});
    const Feature made = addLayer("conv", std::move(options), {input});
    addTensor(made, "weight", std::move(weight));
    if (bias)
        addTensor(made, "bias", *std::move(bias));
    return made;
}

GraphValue GraphReader::readConvTranspose(const Node& node)
{
    const Feature input = image(node, 0);
    HostTensor weight = constant(node, 1);
    if (m_error)
        return {};
    Json options = window(node, weight);
    const std::vector<std::int64_t> more = node.attributes.integers("output_padding");
    if (node.attributes.integer("group", 1) != 1)
        refuse("“ConvTranspose” in groups has no layer here");
    if (!more.empty() && !allAre(more, more.front()))
        refuse("“ConvTranspose” with other output_padding down than across has no layer here");
    if (m_error)
        return {};
    if (weight.shape[0] != input.shape[0]) {
        refuse("a weight of " + shapeText(weight.shape) + " does not fit an input of " + shapeText(input.shape));
        return {};
    }
    const std::int64_t out = weight.shape[1];
    options.update({{"out", out}, {"output_padding", more.empty() ? 0 : more.front()}});
    std::optional<HostTensor> bias;
    if (given(node, 2))
        bias = constant(node, 2, {out});
    const Feature made = addLayer("conv_transpose", std::move(options), {input});
    addTensor(made, "weight", std::move(weight));
    if (bias)
        addTensor(made, "bias", *std::move(bias));
    return made;
}

/// A norm at the end of the layer before, where it may be changed, or as a layer of its own.
GraphValue GraphReader::norm(const Node& node, const char* kind, std::map<const char*, HostTensor> tensors)
{
    const Feature input = settled(feature(node, 0));
    const Json own = {{"norm", kind}, {"norm_epsilon", node.attributes.real("epsilon", 1e-5)}};
    if (m_error)
        return {};
    Feature made = input;
    LayerDescription* before = open(node, 0);
    const bool joins =
        before && before->options.contains("norm") && before->options["norm"] == "none" && before->kind != "norm";
    if (joins) {
        before->options.update(own);
        if (before->options["activation"] != "none")
            before->options["order"] = "activation_first";
    } else {
        made = addLayer("norm", own, {input});
    }
    for (auto& [name, tensor] : tensors)
        addTensor(made, name, std::move(tensor));
    return made;
}

GraphValue GraphReader::readBatchNorm(const Node& node)
{
    const Feature input = feature(node, 0);
    if (m_error)
        return {};
    if (node.attributes.integer("training_mode", 0) != 0)
        refuse("a batch norm that computes its statistics anew makes each sample depend on the others",
            "export the generator in evaluation mode");
    node.attributes.passOver("momentum");
    node.attributes.passOver("spatial");
    const Shape channels{input.shape.front()};
    return norm(node, "batch",
        {{"norm.weight", constant(node, 1, channels)}, {"norm.bias", constant(node, 2, channels)},
            {"norm.running_mean", constant(node, 3, channels)}, {"norm.running_var", constant(node, 4, channels)},
            {"norm.num_batches_tracked", {DType::I64, {}, std::vector<std::byte>(8)}}});
}

GraphValue GraphReader::readInstanceNorm(const Node& node)
{
    const Feature input = feature(node, 0);
    if (m_error)
        return {};
    const Shape channels{input.shape.front()};
    return norm(
        node, "instance", {{"norm.weight", constant(node, 1, channels)}, {"norm.bias", constant(node, 2, channels)}});
}

GraphValue GraphReader::readLayerNorm(const Node& node)
{
    const Feature input = feature(node, 0);
    if (m_error)
        return {};
    const std::int64_t axis = node.attributes.integer("axis", -1);
    if (axis != 1 && axis != -static_cast<std::int64_t>(input.shape.size()))
        refuse("a “LayerNormalization” over part of a sample has no layer here");
    node.attributes.passOver("stash_type");
    HostTensor scale = constant(node, 1, input.shape);
    HostTensor shift{DType::F32, scale.shape, std::vector<std::byte>(scale.data.size())};
    if (given(node, 2))
        shift = constant(node, 2, input.shape);
    return norm(node, "layer", {{"norm.weight", std::move(scale)}, {"norm.bias", std::move(shift)}});
}

GraphValue GraphReader::readActivation(const Node& node)
{
    const Feature input = settled(feature(node, 0));
    if (m_error)
        return {};
    const std::string type = node.proto.op_type();
    Json own = {{"activation",
        type == "Relu"            ? "relu"
            : type == "LeakyRelu" ? "leaky_relu"
            : type == "Elu"       ? "elu"
            : type == "Tanh"      ? "tanh"
                                  : "sigmoid"}};
    if (type == "LeakyRelu") {
        const double slope = node.attributes.real("alpha", 0.01);
        if (!(slope >= 0 && slope <= 1))
            refuse("a “LeakyRelu” with a slope outside 0 to 1 has no layer here");
        own["slope"] = slope;
    }
    if (type == "Elu" && node.attributes.real("alpha", 1) != 1)
        refuse("“Elu” with an alpha other than 1 has no layer here");
    if (m_error)
        return {};
    LayerDescription* before = open(node, 0);
    if (before && before->options.contains("activation") && before->options["activation"] == "none") {
        before->options.update(own);
        return input;
    }
    return addLayer("activation", std::move(own), {input});
}

GraphValue GraphReader::readAdd(const Node& node)
{
    const bool constants = given(node, 1) && std::holds_alternative<HostTensor>(*node.inputs[1]);
    const bool first = given(node, 0) && std::holds_alternative<HostTensor>(*node.inputs[0]);
    if (node.inputs.size() == 2 && (constants || first)) {
        const std::size_t place = constants ? 0 : 1;
        HostTensor bias = constant(node, 1 - place);
        LayerDescription* before = m_error ? nullptr : open(node, place);
        if (m_error)
            return {};
        const Feature seen = feature(node, place);
        bias.shape = withoutFront(bias.shape);
        Shape expected(seen.shape.size(), 1);
        expected.front() = seen.shape.front();
        if (!before || !isBare(*before) || !before->options.contains("bias") || before->options["bias"] != false
            || bias.shape != expected) {
            refuse("adding a constant of " + square(bias.shape) + " has no layer here");
            return {};
        }
        bias.shape = {expected.front()};
        before->options["bias"] = true;
        addTensor(seen, "bias", std::move(bias));
        return seen;
    }
    std::vector<Feature> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
        inputs.push_back(settled(feature(node, i)));
    if (!m_error && inputs.size() == 1)
        return inputs.front();
    return addLayer("add", Json::object(), inputs);
}

/// A learned image a channel, times one number each; or sizes that are multiplied.
GraphValue GraphReader::readMul(const Node& node)
{
    const auto* left = given(node, 0) ? std::get_if<Integers>(node.inputs[0]) : nullptr;
    const auto* right = given(node, 1) ? std::get_if<Integers>(node.inputs[1]) : nullptr;
    if (left && right) {
        Integers product{{}, left->scalar && right->scalar};
        const std::size_t count = std::max(left->values.size(), right->values.size());
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t a = left->values.size() == 1 ? left->values[0]
                : i < left->values.size()                   ? left->values[i]
                                                            : 0;
            const std::int64_t b = right->values.size() == 1 ? right->values[0]
                : i < right->values.size()                   ? right->values[i]
                                                             : 0;
            std::int64_t value = 0;
            if (a == Integers::batch || b == Integers::batch || __builtin_mul_overflow(a, b, &value))
                refuse("it computes with the size of the batch");
            product.values.push_back(value);
        }
        return product;
    }
    const std::size_t place = given(node, 0) && std::holds_alternative<HostTensor>(*node.inputs[0]) ? 1 : 0;
    HostTensor images = constant(node, 1 - place);
    const Feature seen = feature(node, place);
    if (m_error)
        return {};
    images.shape = withoutFront(images.shape);
    const bool point = seen.shape.size() == 3 && seen.shape[1] == 1 && seen.shape[2] == 1;
    const bool last = seen.layer >= 0 && seen.layer == static_cast<int>(m_network.layers.size()) - 1;
    LayerDescription* before = last ? &m_network.layers.back() : nullptr;
    if (!before || !point || before->kind != "linear" || !isBare(*before) || before->options["bias"] != false
        || m_uses[node.proto.input(static_cast<int>(place))] != 1 || images.shape.size() != 3
        || images.shape[0] != seen.shape[0] || images.shape[1] != images.shape[2]) {
        refuse("multiplying has no layer here");
        return {};
    }
    // The linear layer before becomes this one.
    const std::vector<std::string> inputs = before->inputs;
    const int source = inputs.empty() ? seen.layer - 1
        : inputs.front() == "input"   ? networkInput
        : inputs.front() == "label"   ? networkLabel
                                      : std::stoi(inputs.front());
    m_network.layers.pop_back();
    m_shapes.pop_back();
    const Feature made =
        addLayer("basis", {{"out", images.shape[0]}, {"size", images.shape[1]}}, {{source, shapeOf(source)}});
    addTensor(made, "basis", std::move(images));
    return made;
}

} // namespace saddle
