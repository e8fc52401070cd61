// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_proposal.h"

#include "core/latent/foreign/layer_tensors.h"

namespace saddle {

Result<NetworkReport> checkProposal(const GeneratorModel& model, const Registry<LayerInfo>& layers)
{
    const std::string where = "generator.layers";
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
    for (std::size_t i = 0; i < report->layers.size(); ++i) {
        const LayerReport& row = report->layers[i];
        const std::string place = where + ": layer " + std::to_string(i) + ", " + row.title;
        const std::vector<Shape> inputs = [&] {
            std::vector<Shape> shapes;
            for (const int number : row.inputs)
                shapes.push_back(report->shapeOf(number));
            return shapes;
        }();
        for (const LayerTensor& needed : layerTensors(model.network.layers[i], inputs, row.shape.output)) {
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
    }
    return report;
}

} // namespace saddle
