// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/libonnx/read.h"

#include "core/base/files.h"
#include "core/latent/generator_file.h"
#include "core/latent/image_shape.h"
#include "core/onnx/libonnx/graph_reader.h"

#include <algorithm>
#include <cctype>

namespace saddle {

namespace {

constexpr std::size_t largestFile = (std::size_t{1} << 31) - 1; ///< of the format
constexpr std::int64_t mostLatents = 4096;
constexpr std::int64_t mostClasses = 4096;

struct GraphInputs {
    const onnx::ValueInfoProto* latent = nullptr;
    const onnx::ValueInfoProto* label = nullptr;
    Shape latentShape;
    Shape labelShape;
};

bool soundsLikeLabel(std::string name)
{
    std::transform(
        name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.find("label") != std::string::npos || name.find("class") != std::string::npos || name == "y"
        || name == "c";
}

/// The shape of one sample of an input. Only the batch may be left open.
Result<Shape> sampleShape(const onnx::ValueInfoProto& input, const std::string& where)
{
    const std::string place = where + ": input “" + input.name() + "”";
    const onnx::TypeProto::Tensor& type = input.type().tensor_type();
    if (type.elem_type() != onnx::TensorProto::FLOAT) {
        return Error{"it takes no numbers of float32", place,
            "export a generator of float32, with labels as one-hot vectors where it takes any"};
    }
    Shape shape;
    constexpr int largestRank = 8;
    for (int i = 1; i < std::min(type.shape().dim_size(), largestRank); ++i)
        shape.push_back(type.shape().dim(i).dim_value());
    const bool open = std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 1; });
    if (shape.empty() || open) {
        return Error{"it does not say how many numbers a sample takes", place,
            "export it with fixed sizes; only that of the batch may be left open"};
    }
    return shape;
}

Result<GraphInputs> inputsOf(const onnx::GraphProto& graph, const std::string& where)
{
    std::set<std::string> constants;
    for (const onnx::TensorProto& tensor : graph.initializer())
        constants.insert(tensor.name());
    std::vector<const onnx::ValueInfoProto*> inputs;
    for (const onnx::ValueInfoProto& input : graph.input()) {
        if (!constants.contains(input.name()))
            inputs.push_back(&input);
    }
    if (inputs.empty() || inputs.size() > 2) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(inputs.size(), 4); ++i)
            names += (i > 0 ? ", “" : " (“") + inputs[i]->name() + "”";
        return Error{"it takes " + std::to_string(inputs.size()) + " inputs" + names + (names.empty() ? "" : ")"),
            where, "a generator takes a latent, and perhaps a label as a one-hot vector"};
    }
    GraphInputs found;
    const bool swapped =
        inputs.size() == 2 && soundsLikeLabel(inputs[0]->name()) && !soundsLikeLabel(inputs[1]->name());
    found.latent = inputs[swapped ? 1 : 0];
    Result<Shape> latent = sampleShape(*found.latent, where);
    if (!latent)
        return latent.error();
    found.latentShape = *std::move(latent);
    if (elementCount(found.latentShape) > mostLatents) {
        return Error{"its input of " + shapeText(found.latentShape) + " is too large for a latent", where,
            "open a generator, whose latent has at most " + std::to_string(mostLatents) + " numbers"};
    }
    if (inputs.size() == 2) {
        found.label = inputs[swapped ? 0 : 1];
        Result<Shape> label = sampleShape(*found.label, where);
        if (!label)
            return label.error();
        found.labelShape = *std::move(label);
        if (found.labelShape.size() != 1 || found.labelShape[0] > mostClasses) {
            return Error{"its second input of " + shapeText(found.labelShape) + " is no label", where,
                "a generator takes a latent, and perhaps a label as a one-hot vector"};
        }
    }
    return found;
}

/// The activation that the output went through last; behind it, numbers are only moved, picked or averaged.
std::string lastActivation(const NetworkDescription& network)
{
    for (auto layer = network.layers.rbegin(); layer != network.layers.rend(); ++layer) {
        const auto found = layer->options.find("activation");
        if (found != layer->options.end())
            return found->get<std::string>();
    }
    return "none";
}

void guessRange(GeneratorModel& model)
{
    const std::string last = lastActivation(model.network);
    if (last == "sigmoid")
        model.head.range = {0, 1};
    else if (last != "tanh")
        model.notes.emplace_back("The file does not say which numbers are black and white: −1 and 1 are taken.");
}

/// What the program that wrote the file says beside the graph, if it was this one.
Result<std::optional<GeneratorHead>> ownHead(const onnx::ModelProto& proto, const std::string& where)
{
    for (const onnx::StringStringEntryProto& entry : proto.metadata_props()) {
        if (entry.key() != generatorKey)
            continue;
        const std::string place = where + ": " + generatorKey;
        const Result<Json> json = parseJson(entry.value(), place, documentDepth);
        if (!json)
            return json.error();
        Result<GeneratorHead> head = headFromJson(*json, place);
        if (!head)
            return head.error();
        return std::optional(*std::move(head));
    }
    return std::optional<GeneratorHead>();
}

Result<GeneratorModel> modelFrom(
    const onnx::ModelProto& proto, const std::filesystem::path& path, const Catalog& catalog)
{
    const std::string where = path.string();
    const onnx::GraphProto& graph = proto.graph();
    if (graph.output_size() != 1) {
        return Error{"it gives " + std::to_string(graph.output_size()) + " outputs instead of one image", where,
            "export a generator whose only output is its image"};
    }
    const Result<GraphInputs> inputs = inputsOf(graph, where);
    if (!inputs)
        return inputs.error();
    Result<std::optional<GeneratorHead>> own = ownHead(proto, where);
    if (!own)
        return own.error();
    GraphReader reader(catalog, graph, where);
    reader.addInput(inputs->latent->name(), networkInput, inputs->latentShape);
    if (inputs->label)
        reader.addInput(inputs->label->name(), networkLabel, inputs->labelShape);
    const std::string& output = graph.output(0).name();
    reader.read(output);
    const Shape given = reader.finish(output);
    if (reader.error())
        return *reader.error();
    // A list made of an image is what a classifier gives.
    const bool judges =
        given.size() == 1 && inputs->latentShape.size() == 3 && inputs->latentShape[1] * inputs->latentShape[2] > 1;
    const Shape shape = *own && (*own)->shape == given ? given : judges ? Shape() : imageShape(given);
    if (shape.empty())
        return Error{"it gives " + shapeText(given) + ", which is no image", where, "open a generator of images"};
    reader.finish(output, shape);
    if (reader.error())
        return *reader.error();
    GeneratorModel model;
    model.network = reader.takeNetwork();
    model.tensors = reader.takeTensors();
    if (given != shape)
        model.notes.push_back(
            "Its " + shapeText(given) + " numbers are taken for an image of " + shapeText(shape) + ".");
    if (*own) {
        model.head = **std::move(own);
        model.head.latent.dimensions = elementCount(inputs->latentShape);
    } else {
        model.head.latent.dimensions = elementCount(inputs->latentShape);
        for (std::int64_t i = 0; inputs->label && i < inputs->labelShape[0]; ++i)
            model.head.classes.push_back(std::to_string(i));
        model.notes.emplace_back("The file does not say how latents are drawn: normal ones are taken.");
        guessRange(model);
    }
    model.head.origin = path;
    model.head.shape = shape;
    if (const Result<NetworkReport> sane = checkModel(model, catalog); !sane)
        return sane.error();
    return model;
}

} // namespace

Result<GeneratorModel> readOnnx(const std::filesystem::path& path, const Catalog& catalog)
{
    Result<std::string> bytes = readFile(path, largestFile);
    if (!bytes)
        return bytes.error();
    try {
        onnx::ModelProto proto;
        if (!proto.ParseFromString(*bytes) || !proto.has_graph() || proto.graph().node_size() == 0) {
            return Error{"this is no whole ONNX file", path.string(), "use another copy"};
        }
        bytes->clear();
        bytes->shrink_to_fit();
        return modelFrom(proto, path, catalog);
    } catch (const std::exception& thrown) {
        return Error{std::string("it cannot be read: ") + thrown.what(), path.string(), "use another copy"};
    }
}

} // namespace saddle
