// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/export/layer_graphs.h"

#include <cmath>
#include <cstring>
#include <map>

namespace saddle {

namespace {

using Value = GraphWriter::Value;
using Values = std::vector<Value>;

HostTensor tensorOf(const std::vector<float>& values, const Shape& shape)
{
    HostTensor tensor{DType::F32, shape, std::vector<std::byte>(values.size() * sizeof(float))};
    std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    return tensor;
}

std::vector<float> floatsOf(const HostTensor& tensor)
{
    std::vector<float> values(tensor.data.size() / sizeof(float));
    std::memcpy(values.data(), tensor.data.data(), values.size() * sizeof(float));
    return values;
}

Value normalise(LayerSource& layer, const Value& x, const std::string& norm)
{
    const double epsilon = layer.options.at("norm_epsilon").get<double>();
    const Shape shape = norm == "layer" ? layer.output : Shape{layer.output.front()};
    const Value scale = layer.weight("norm.weight", shape);
    const Value shift = layer.weight("norm.bias", shape);
    if (norm == "layer")
        return layer.writer.layerNorm(x, scale, shift, layer.output, epsilon);
    if (norm == "instance")
        return layer.writer.instanceNorm(x, scale, shift, epsilon);
    return layer.writer.batchNorm(
        x, scale, shift, layer.weight("norm.running_mean", shape), layer.weight("norm.running_var", shape), epsilon);
}

/// What may follow the arithmetic of a layer.
Value tail(LayerSource& layer, Value x)
{
    const std::string norm = layer.text("norm", "none");
    const std::string activation = layer.text("activation", "none");
    const auto activate = [&] {
        if (activation != "none")
            x = layer.writer.activation(x, activation, layer.options.at("slope").get<double>());
    };
    if (norm == "none") {
        activate();
    } else if (layer.text("order", "norm_first") == "norm_first") {
        x = normalise(layer, x, norm);
        activate();
    } else {
        activate();
        x = normalise(layer, x, norm);
    }
    return x;
}

/// The weight to compute with: under spectral norm it is divided by uᵀ W v, W as a matrix with one row an output.
Value weightOf(LayerSource& layer, const Shape& shape, std::size_t outputAxis)
{
    if (!layer.flag("spectral_norm"))
        return layer.weight("weight", shape);
    std::vector<float> weight = floatsOf(layer.tensor("weight", shape));
    const std::int64_t outputs = shape[outputAxis];
    const std::int64_t all = elementCount(shape);
    const std::vector<float> left = floatsOf(layer.tensor("weight_u", {outputs}));
    const std::vector<float> right = floatsOf(layer.tensor("weight_v", {all / outputs}));
    // The matrix is that of the axes swapped: with the outputs second, rows of one input stand one after the other.
    const std::int64_t inner = outputAxis == 0 ? all / outputs : all / outputs / shape[0];
    double largest = 0;
    for (std::int64_t i = 0; i < all; ++i) {
        const std::int64_t row = i / inner % outputs;
        const std::int64_t column = i / (inner * outputs) * inner + i % inner;
        largest += static_cast<double>(weight[static_cast<std::size_t>(i)])
            * static_cast<double>(left[static_cast<std::size_t>(row)])
            * static_cast<double>(right[static_cast<std::size_t>(column)]);
    }
    for (float& value : weight)
        value = static_cast<float>(static_cast<double>(value) / largest);
    return layer.weight("weight", tensorOf(weight, shape));
}

Value linear(LayerSource& layer, const Values& in)
{
    const std::int64_t out = layer.number("out");
    const Value weight = weightOf(layer, {out, layer.inputs[0][0]}, 0);
    const Value bias = layer.flag("bias") ? layer.weight("bias", Shape{out}) : Value();
    return tail(layer, layer.writer.linear(in[0], weight, bias));
}

Window windowOf(const LayerSource& layer)
{
    return {layer.number("kernel"), layer.number("stride"), layer.number("padding"), 1, 0};
}

Value convolution(LayerSource& layer, const Values& in)
{
    Window window = windowOf(layer);
    window.groups = layer.number("groups");
    const std::int64_t out = layer.number("out");
    const Value weight = weightOf(layer, {out, layer.inputs[0][0] / window.groups, window.kernel, window.kernel}, 0);
    const Value bias = layer.flag("bias") ? layer.weight("bias", Shape{out}) : Value();
    return tail(layer, layer.writer.convolution(in[0], weight, bias, window));
}

Value transposedConvolution(LayerSource& layer, const Values& in)
{
    Window window = windowOf(layer);
    window.outputPadding = layer.number("output_padding");
    const std::int64_t out = layer.number("out");
    const Value weight = weightOf(layer, {layer.inputs[0][0], out, window.kernel, window.kernel}, 1);
    const Value bias = layer.flag("bias") ? layer.weight("bias", Shape{out}) : Value();
    return tail(layer, layer.writer.transposedConvolution(in[0], weight, bias, window));
}

/// The filter [1 3 3 1] / 8 in both directions, a channel at a time.
Value downsample(LayerSource& layer, const Values& in)
{
    const std::int64_t channels = layer.inputs[0][0];
    constexpr float row[] = {0.125F, 0.375F, 0.375F, 0.125F};
    std::vector<float> filter;
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        for (const float y : row) {
            for (const float x : row)
                filter.push_back(y * x);
        }
    }
    const Value weight = layer.weight("filter", tensorOf(filter, {channels, 1, 4, 4}));
    return layer.writer.convolution(in[0], weight, {}, {4, 2, 1, channels, 0});
}

Value basis(LayerSource& layer, const Values& in)
{
    const std::int64_t out = layer.number("out");
    const std::int64_t size = layer.number("size");
    const Value factors = layer.writer.linear(in[0], layer.weight("weight", {out, layer.inputs[0][0]}), {});
    return layer.writer.multiply(layer.writer.reshape(factors, {out, 1, 1}), layer.weight("basis", {out, size, size}));
}

Value labelMap(LayerSource& layer, const Values& in)
{
    const Value maps =
        layer.writer.spread(layer.writer.reshape(in[1], {layer.inputs[1][0], 1, 1}), layer.output[1], layer.output[2]);
    return layer.writer.concat({in[0], maps});
}

Value maxPool(LayerSource& layer, const Values& in)
{
    const std::int64_t size = layer.number("size");
    const std::int64_t stride = layer.number("stride");
    return layer.writer.maxPool(in[0], {size, stride > 0 ? stride : size, layer.number("padding"), 1, 0});
}

Value add(LayerSource& layer, const Values& in)
{
    Value sum = in[0];
    for (std::size_t i = 1; i < in.size(); ++i)
        sum = layer.writer.add(sum, in[i]);
    return sum;
}

constexpr const char* comparing = "it compares the samples of a batch, and elsewhere a sample is made alone";

} // namespace

const LayerGraph* layerGraph(const std::string& kind)
{
    static const std::map<std::string, LayerGraph> graphs{
        {"linear", {linear}},
        {"conv", {convolution}},
        {"conv_transpose", {transposedConvolution}},
        {"norm", {[](LayerSource& l, const Values& in) { return tail(l, in[0]); }}},
        {"activation", {[](LayerSource& l, const Values& in) { return tail(l, in[0]); }}},
        {"reshape", {[](LayerSource& l, const Values& in) { return l.writer.reshape(in[0], l.output); }}},
        {"flatten", {[](LayerSource& l, const Values& in) { return l.writer.reshape(in[0], l.output); }}},
        {"upsample", {[](LayerSource& l, const Values& in) {
             return l.writer.upsample(in[0], l.number("factor"), l.text("mode", "nearest"));
         }}},
        {"downsample", {downsample}},
        {"pixel_shuffle",
            {[](LayerSource& l, const Values& in) { return l.writer.pixelShuffle(in[0], l.number("factor")); }}},
        {"average_pool",
            {[](LayerSource& l, const Values& in) { return l.writer.averagePool(in[0], l.number("size")); }}},
        {"max_pool", {maxPool}},
        {"dropout", {[](LayerSource&, const Values& in) { return in[0]; }}}, // only while training
        {"basis", {basis}},
        {"add", {add}},
        {"concat", {[](LayerSource& l, const Values& in) { return l.writer.concat(in); }}},
        {"label_map", {labelMap}},
        {"minibatch_discrimination", {{}, comparing}},
        {"minibatch_stddev", {{}, comparing}},
    };
    const auto found = graphs.find(kind);
    return found == graphs.end() ? nullptr : &found->second;
}

LayerSource::LayerSource(const GeneratorModel& model, const LayerReport& report, const Json& layerOptions,
    std::vector<Shape> inputShapes, GraphWriter& graphWriter)
    : options(layerOptions)
    , inputs(std::move(inputShapes))
    , output(report.shape.output)
    , writer(graphWriter)
    , m_model(model)
    , m_name(report.name)
{
}

std::string LayerSource::text(const char* option, const char* otherwise) const
{
    const auto found = options.find(option);
    return found == options.end() ? otherwise : found->get<std::string>();
}

HostTensor LayerSource::tensor(const std::string& name, const Shape& shape)
{
    const std::string whole = m_name + "." + name;
    const auto found = m_model.tensors.find(whole);
    const auto bytes = static_cast<std::size_t>(elementCount(shape)) * sizeof(float);
    if (found != m_model.tensors.end() && found->second.dtype == DType::F32 && found->second.shape == shape
        && found->second.data.size() == bytes)
        return found->second;
    if (!m_error) {
        const bool missing = found == m_model.tensors.end();
        m_error =
            Error{"the tensor “" + whole + (missing ? "” is missing" : "” has another shape or type than this layer's"),
                m_model.head.origin.string(), "choose another file or checkpoint"};
    }
    return {DType::F32, shape, std::vector<std::byte>(bytes)};
}

GraphWriter::Value LayerSource::weight(const std::string& name, const Shape& shape)
{
    return weight(name, tensor(name, shape));
}

GraphWriter::Value LayerSource::weight(const std::string& name, const HostTensor& tensor)
{
    return writer.weight(m_name + "." + name, tensor);
}

} // namespace saddle
