// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_proposal.h"

#include "core/latent/foreign/layer_tensors.h"

namespace saddle {

namespace {

const char* const where = "generator.layers";

Result<NetworkReport> checkShapes(const GeneratorModel& model, const Registry<LayerInfo>& layers)
{
    Result<NetworkReport> report = inspectNetwork(
        layers, model.network, {model.head.latent.dimensions}, where, static_cast<int>(model.head.classes.size()));
    if (!report)
        return report;
    if (Status taken = checkAllTaken(*report, where); !taken)
        return taken.error();
    if (report->output != model.head.shape) {
        return Error{
            "the last layer gives " + shapeText(report->output) + ", and not images of " + shapeText(model.head.shape),
            where, "change strides, paddings and enlargements, or the size of the images"};
    }
    return report;
}

/// Whether a layer's tensors are there and of the sizes it needs.
Status checkTensors(const GeneratorModel& model, const NetworkReport& report, std::size_t layer)
{
    const LayerReport& row = report.layers[layer];
    const std::string place = std::string(where) + ": layer " + std::to_string(layer) + ", " + row.title;
    std::vector<Shape> inputs;
    for (const int number : row.inputs)
        inputs.push_back(report.shapeOf(number));
    for (const LayerTensor& needed : layerTensors(model.network.layers[layer], inputs, row.shape.output)) {
        const std::string name = row.name + "." + needed.name;
        const auto found = model.tensors.find(name);
        if (found == model.tensors.end()) {
            return Error{"the file has no tensor “" + name + "”, which this layer needs", place,
                "change the layer, or give it the id under which its tensors are"};
        }
        if (found->second.shape != needed.shape || found->second.dtype != needed.dtype) {
            return Error{"this layer needs “" + name + "” as " + shapeText(needed.shape) + ", but it is "
                    + shapeText(found->second.shape),
                place, "change the layer so that the two agree"};
        }
    }
    return {};
}

} // namespace

Result<NetworkReport> checkProposal(const GeneratorModel& model, const Registry<LayerInfo>& layers)
{
    Result<NetworkReport> report = checkShapes(model, layers);
    if (!report)
        return report;
    for (std::size_t i = 0; i < report->layers.size(); ++i) {
        if (Status fits = checkTensors(model, *report, i); !fits)
            return fits.error();
    }
    return report;
}

int layerWithoutTensors(const GeneratorModel& model, const Registry<LayerInfo>& layers)
{
    const Result<NetworkReport> report = checkShapes(model, layers);
    for (std::size_t i = 0; report && i < report->layers.size(); ++i) {
        if (!checkTensors(model, *report, i))
            return static_cast<int>(i);
    }
    return -1;
}

} // namespace saddle
