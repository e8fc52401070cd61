// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/export/graph_writer.h"

#include "core/latent/export/layer_graphs.h"
#include "core/latent/generator_file.h"

namespace saddle {

Status exportable(const std::string& layerKind)
{
    const LayerGraph* graph = layerGraph(layerKind);
    if (graph && graph->write)
        return {};
    return Error{
        "a layer of the kind “" + layerKind + "” cannot be exported" + (graph ? ": " + graph->refusal : std::string()),
        "", "export it as safetensors, which holds layers of any kind"};
}

Result<GraphWriter::Value> writeGraph(const GeneratorModel& model, const Catalog& catalog, GraphWriter& writer,
    const GraphWriter::Value& latent, const GraphWriter::Value& label)
{
    const Result<NetworkReport> report = checkModel(model, catalog);
    if (!report)
        return report.error();
    const std::string where = model.head.origin.string();
    std::vector<GraphWriter::Value> values;
    for (std::size_t i = 0; i < report->layers.size(); ++i) {
        const LayerReport& row = report->layers[i];
        if (Status known = exportable(row.kind); !known)
            return known.error().in(where + ": layer " + std::to_string(i) + ", " + row.title);
        std::vector<Shape> shapes;
        std::vector<GraphWriter::Value> inputs;
        for (const int number : row.inputs) {
            shapes.push_back(report->shapeOf(number));
            inputs.push_back(number == networkLabel ? label
                    : number == networkInput        ? latent
                                                    : values[static_cast<std::size_t>(number)]);
        }
        writer.beginLayer(row.name);
        LayerSource source(model, row, model.network.layers[i].options, std::move(shapes), writer);
        values.push_back(layerGraph(row.kind)->write(source, inputs));
        if (source.error())
            return *source.error();
    }
    return values.back();
}

} // namespace saddle
