// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/libonnx/write.h"

#include "core/base/whole_file.h"
#include "core/latent/export/graph_writer.h"
#include "core/latent/generator_file.h"

#include <onnx/onnx_pb.h>

namespace saddle {

namespace {

constexpr int opset = 17;
constexpr int formatVersion = 8; ///< of the file, the first with this opset

class OnnxWriter : public GraphWriter {
public:
    explicit OnnxWriter(onnx::GraphProto& graph)
        : m_graph(graph)
    {
    }

    void beginLayer(const std::string& name) override
    {
        m_layer = name;
        m_count = 0;
    }

    Value weight(const std::string& name, const HostTensor& tensor) override
    {
        onnx::TensorProto& proto = *m_graph.add_initializer();
        proto.set_name(name);
        proto.set_data_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t size : tensor.shape)
            proto.add_dims(size);
        proto.set_raw_data(tensor.data.data(), tensor.data.size());
        return name;
    }

    Value linear(const Value& x, const Value& weight, const Value& bias) override
    {
        onnx::NodeProto& made = node("Gemm", with({x, weight}, bias));
        set(made, "transB", 1);
        return made.output(0);
    }

    Value convolution(const Value& x, const Value& weight, const Value& bias, const Window& window) override
    {
        onnx::NodeProto& made = node("Conv", with({x, weight}, bias));
        slide(made, window);
        set(made, "group", window.groups);
        return made.output(0);
    }

    Value transposedConvolution(const Value& x, const Value& weight, const Value& bias, const Window& window) override
    {
        onnx::NodeProto& made = node("ConvTranspose", with({x, weight}, bias));
        slide(made, window);
        if (window.outputPadding > 0)
            set(made, "output_padding", {window.outputPadding, window.outputPadding});
        return made.output(0);
    }

    Value batchNorm(const Value& x, const Value& scale, const Value& shift, const Value& mean, const Value& variance,
        double epsilon) override
    {
        onnx::NodeProto& made = node("BatchNormalization", {x, scale, shift, mean, variance});
        setReal(made, "epsilon", epsilon);
        return made.output(0);
    }

    Value instanceNorm(const Value& x, const Value& scale, const Value& shift, double epsilon) override
    {
        onnx::NodeProto& made = node("InstanceNormalization", {x, scale, shift});
        setReal(made, "epsilon", epsilon);
        return made.output(0);
    }

    Value layerNorm(const Value& x, const Value& scale, const Value& shift, const Shape&, double epsilon) override
    {
        onnx::NodeProto& made = node("LayerNormalization", {x, scale, shift});
        set(made, "axis", 1);
        setReal(made, "epsilon", epsilon);
        return made.output(0);
    }

    Value activation(const Value& x, const std::string& kind, double slope) override
    {
        const char* type = kind == "relu" ? "Relu"
            : kind == "leaky_relu"        ? "LeakyRelu"
            : kind == "elu"               ? "Elu"
            : kind == "tanh"              ? "Tanh"
                                          : "Sigmoid";
        onnx::NodeProto& made = node(type, {x});
        if (kind == "leaky_relu")
            setReal(made, "alpha", slope);
        return made.output(0);
    }

    Value reshape(const Value& x, const Shape& shape) override
    {
        std::vector<std::int64_t> sizes{-1};
        sizes.insert(sizes.end(), shape.begin(), shape.end());
        return node("Reshape", {x, integers("shape", sizes)}).output(0);
    }

    Value upsample(const Value& x, std::int64_t factor, const std::string& mode) override
    {
        const auto by = static_cast<float>(factor);
        onnx::NodeProto& made = node("Resize", {x, "", reals("scales", {1, 1, by, by})});
        const bool nearest = mode == "nearest";
        set(made, "mode", nearest ? "nearest" : "linear");
        set(made, "coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel");
        if (nearest)
            set(made, "nearest_mode", "floor");
        return made.output(0);
    }

    Value pixelShuffle(const Value& x, std::int64_t factor) override
    {
        onnx::NodeProto& made = node("DepthToSpace", {x});
        set(made, "blocksize", factor);
        set(made, "mode", "CRD");
        return made.output(0);
    }

    Value averagePool(const Value& x, std::int64_t size) override
    {
        onnx::NodeProto& made = node("AveragePool", {x});
        slide(made, {size, size, 0, 1, 0});
        return made.output(0);
    }

    Value maxPool(const Value& x, const Window& window) override
    {
        onnx::NodeProto& made = node("MaxPool", {x});
        slide(made, window);
        return made.output(0);
    }

    Value add(const Value& x, const Value& y) override { return node("Add", {x, y}).output(0); }
    Value multiply(const Value& x, const Value& y) override { return node("Mul", {x, y}).output(0); }

    Value spread(const Value& x, std::int64_t height, std::int64_t width) override
    {
        return node("Expand", {x, integers("shape", {1, 1, height, width})}).output(0);
    }

    Value concat(const std::vector<Value>& values) override
    {
        onnx::NodeProto& made = node("Concat", values);
        set(made, "axis", 1);
        return made.output(0);
    }

    /// Gives a value the name that the graph's output has.
    void name(const Value& value, const char* output)
    {
        m_layer.clear();
        onnx::NodeProto& made = node("Identity", {value});
        made.set_output(0, output);
    }

private:
    static std::vector<Value> with(std::vector<Value> inputs, const Value& bias)
    {
        if (!bias.empty())
            inputs.push_back(bias);
        return inputs;
    }

    std::string unused(const std::string& what)
    {
        return m_layer + "/" + what + (m_count++ > 0 ? "_" + std::to_string(m_count) : std::string());
    }

    onnx::NodeProto& node(const char* type, const std::vector<Value>& inputs)
    {
        onnx::NodeProto& node = *m_graph.add_node();
        node.set_op_type(type);
        node.set_name(unused(type));
        for (const Value& input : inputs)
            node.add_input(input);
        node.add_output(node.name());
        return node;
    }

    static onnx::AttributeProto& attribute(
        onnx::NodeProto& node, const char* name, onnx::AttributeProto::AttributeType type)
    {
        onnx::AttributeProto& added = *node.add_attribute();
        added.set_name(name);
        added.set_type(type);
        return added;
    }

    static void set(onnx::NodeProto& node, const char* name, std::int64_t value)
    {
        attribute(node, name, onnx::AttributeProto::INT).set_i(value);
    }
    static void set(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values)
    {
        onnx::AttributeProto& added = attribute(node, name, onnx::AttributeProto::INTS);
        for (const std::int64_t value : values)
            added.add_ints(value);
    }
    static void set(onnx::NodeProto& node, const char* name, const char* value)
    {
        attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
    }
    static void setReal(onnx::NodeProto& node, const char* name, double value)
    {
        attribute(node, name, onnx::AttributeProto::FLOAT).set_f(static_cast<float>(value));
    }

    static void slide(onnx::NodeProto& node, const Window& window)
    {
        set(node, "kernel_shape", {window.kernel, window.kernel});
        set(node, "strides", {window.stride, window.stride});
        set(node, "pads", {window.padding, window.padding, window.padding, window.padding});
    }

    Value integers(const char* what, const std::vector<std::int64_t>& values)
    {
        onnx::TensorProto& proto = *m_graph.add_initializer();
        proto.set_name(unused(what));
        proto.set_data_type(onnx::TensorProto::INT64);
        proto.add_dims(static_cast<std::int64_t>(values.size()));
        proto.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
        return proto.name();
    }

    Value reals(const char* what, const std::vector<float>& values)
    {
        onnx::TensorProto& proto = *m_graph.add_initializer();
        proto.set_name(unused(what));
        proto.set_data_type(onnx::TensorProto::FLOAT);
        proto.add_dims(static_cast<std::int64_t>(values.size()));
        proto.set_raw_data(values.data(), values.size() * sizeof(float));
        return proto.name();
    }

    onnx::GraphProto& m_graph;
    std::string m_layer;
    int m_count = 0;
};

void describe(onnx::ValueInfoProto& value, const char* name, const Shape& shape)
{
    value.set_name(name);
    onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("N");
    for (const std::int64_t size : shape)
        type.mutable_shape()->add_dim()->set_dim_value(size);
}

} // namespace

Status writeOnnx(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog)
{
    const GeneratorHead& head = model.head;
    onnx::ModelProto proto;
    proto.set_ir_version(formatVersion);
    proto.set_producer_name("Saddle");
    onnx::OperatorSetIdProto& operators = *proto.add_opset_import();
    operators.set_domain("");
    operators.set_version(opset);
    onnx::GraphProto& graph = *proto.mutable_graph();
    graph.set_name("generator");
    const auto classes = static_cast<std::int64_t>(head.classes.size());
    describe(*graph.add_input(), "latent", {head.latent.dimensions});
    if (classes > 0)
        describe(*graph.add_input(), "label", {classes});
    const char* const output = head.shape.size() == 1 ? "points" : "image";
    describe(*graph.add_output(), output, head.shape);
    OnnxWriter writer(graph);
    const Result<GraphWriter::Value> made = writeGraph(model, catalog, writer, "latent", "label");
    if (!made)
        return made.error();
    writer.name(*made, output);
    // What the graph does not say, for whoever knows the key: the latent's distribution, the range, names of classes.
    onnx::StringStringEntryProto& entry = *proto.add_metadata_props();
    entry.set_key(generatorKey);
    std::string bytes;
    try {
        Json document = {{"format", generatorFileVersion}};
        document.update(headToJson(head));
        entry.set_value(document.dump());
        if (!proto.SerializeToString(&bytes))
            return Error{"it is larger than an ONNX file can be", path.string(), "export it as safetensors"};
    } catch (const std::exception&) {
        return Error{"a name in this generator is not UTF-8 text, or it is larger than an ONNX file can be",
            path.string(), "export it as safetensors"};
    }
    Result<WholeFile> file = WholeFile::create(path);
    if (!file)
        return file.error();
    Status status = file->append(bytes.data(), bytes.size());
    return status ? file->commit() : status;
}

} // namespace saddle
