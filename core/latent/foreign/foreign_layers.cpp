// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_layers.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace saddle {

namespace {

using StepKind = ForeignStep::Kind;

class LayerBuilder {
public:
    LayerBuilder(const ForeignChain& chain, const SizePlan* plan, const ForeignSettings& settings, const Shape& image,
        ForeignProposal& proposal)
        : m_chain(chain)
        , m_plan(plan)
        , m_settings(settings)
        , m_image(image)
        , m_proposal(proposal)
    {
    }

    Json build()
    {
        if (m_plan)
            m_map = m_plan->start;
        addInput();
        for (std::size_t i = 0; i < m_chain.steps.size(); ++i)
            addStep(i);
        if (!m_chain.endsAsMap && m_image.size() > 1) {
            m_layers.push_back({{"kind", "reshape"}, {"shape", m_image}});
            guess(grouped(m_chain.output) + " numbers are an image of " + shapeText(m_image));
        }
        describeAll();
        return std::move(m_layers);
    }

private:
    void guess(std::string sentence) { m_proposal.guesses.push_back(std::move(sentence)); }

    /// A layer's id from its module's name, which may hold anything.
    std::string idOf(const ForeignModule& module)
    {
        std::string id;
        for (const char letter : module.path.substr(0, 64)) {
            const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-';
            id += plain ? letter : '_';
        }
        static const std::set<std::string> taken{"", "input", "label", "code"};
        if (taken.contains(id) || std::isdigit(static_cast<unsigned char>(id.front())) != 0)
            id = id.empty() ? "layer" : "layer_" + id; // numbers name layers without an id
        std::string unique = id;
        for (int i = 2; !m_ids.insert(unique).second; ++i)
            unique = id + "_" + std::to_string(i);
        return unique;
    }

    void take(const ForeignModule& module, const std::string& name, const std::string& as)
    {
        if (module.has(name))
            m_proposal.model.tensors[as] = *toFloat32(module.tensors.at(name)->tensor);
    }

    void takeNorm(const ForeignModule& norm, const std::string& id)
    {
        const std::int64_t channels = norm.channels();
        take(norm, "running_mean", id + ".norm.running_mean");
        take(norm, "running_var", id + ".norm.running_var");
        for (const char* name : {"weight", "bias"}) {
            if (norm.has(name)) {
                take(norm, name, id + ".norm." + name);
                continue;
            }
            // Without a scale and a shift of its own: those that change nothing.
            const float value = std::string_view(name) == "weight" ? 1.F : 0.F;
            HostTensor same{DType::F32, {channels}, {}};
            for (std::int64_t i = 0; i < channels; ++i) {
                const auto* bytes = reinterpret_cast<const std::byte*>(&value);
                same.data.insert(same.data.end(), bytes, bytes + sizeof value);
            }
            m_proposal.model.tensors[id + ".norm." + name] = std::move(same);
        }
        // How often its statistics were updated changes nothing either, and old files do not say.
        HostTensor batches{DType::I64, {}, std::vector<std::byte>(8)};
        const auto given = norm.tensors.find("num_batches_tracked");
        if (given != norm.tensors.end() && given->second->tensor.dtype == DType::I64
            && given->second->tensor.shape.empty())
            batches = given->second->tensor;
        m_proposal.model.tensors[id + ".norm.num_batches_tracked"] = std::move(batches);
    }

    /// What is beside the latent, and the map that a first convolution reads.
    void addInput()
    {
        std::int64_t latent = m_chain.input - m_settings.classes;
        std::string label = "label";
        if (const ForeignModule* table = m_chain.embedding) {
            // A row of a table for each class is a linear layer without bias on the one-hot label.
            label = idOf(*table);
            latent = m_chain.input - table->size(1);
            m_layers.push_back(
                {{"kind", "linear"}, {"id", label}, {"inputs", {"label"}}, {"out", table->size(1)}, {"bias", false}});
            addTable(*table, label + ".weight");
            guess(table->shownWeight() + " is a table of " + counted(table->size(1), "number")
                + " a class, which stand beside the latent");
        }
        m_proposal.model.head.latent.dimensions = latent;
        if (m_settings.classes > 0) {
            Json inputs = m_settings.labelFirst ? Json{label, "input"} : Json{"input", label};
            m_layers.push_back({{"kind", "concat"}, {"inputs", std::move(inputs)}});
        }
        if (m_chain.startsAsMap)
            m_layers.push_back({{"kind", "reshape"}, {"shape", {m_chain.input, 1, 1}}});
    }

    void addTable(const ForeignModule& table, const std::string& as)
    {
        const HostTensor rows = *toFloat32(table.tensors.at("weight")->tensor);
        const auto classes = static_cast<std::size_t>(table.size(0));
        const auto width = static_cast<std::size_t>(table.size(1));
        HostTensor turned{DType::F32, {table.size(1), table.size(0)}, std::vector<std::byte>(rows.data.size())};
        for (std::size_t i = 0; i < classes; ++i) {
            for (std::size_t j = 0; j < width; ++j) {
                const std::byte* from = rows.data.data() + (i * width + j) * sizeof(float);
                std::copy(from, from + sizeof(float), turned.data.data() + (j * classes + i) * sizeof(float));
            }
        }
        m_proposal.model.tensors[as] = std::move(turned);
    }

    void addTail(std::size_t index, Json& layer) const
    {
        const ForeignStep& step = m_chain.steps[index];
        const bool last = index + 1 == m_chain.steps.size();
        const bool taken = !last && m_plan && !m_plan->choices[index + 1].activationBefore && !step.activationFirst;
        const std::string activation = last ? m_settings.output
            : step.activation && !taken     ? m_settings.activation
                                            : "none";
        if (step.norm || step.kind == StepKind::Norm) {
            layer["norm"] = "batch";
            layer["norm_epsilon"] = m_settings.normEpsilon;
            if (step.activationFirst)
                layer["order"] = "activation_first";
        }
        layer["activation"] = activation;
        if (activation == "leaky_relu")
            layer["slope"] = m_settings.slope;
    }

    void addStep(std::size_t index)
    {
        const ForeignStep& step = m_chain.steps[index];
        const std::string name = step.module->shownWeight();
        if (step.reshapeTo > 0) {
            m_layers.push_back({{"kind", "reshape"}, {"shape", {step.reshapeTo, m_map.first, m_map.second}}});
            guess(grouped(m_chain.reshaped) + " numbers become a map of "
                + shapeText({step.reshapeTo, m_map.first, m_map.second}) + " before " + name);
        }
        if (step.shuffle > 1) {
            m_layers.push_back({{"kind", "pixel_shuffle"}, {"factor", step.shuffle}});
            m_map = {m_map.first * step.shuffle, m_map.second * step.shuffle};
            guess("before " + name + ", blocks of " + std::to_string(step.shuffle * step.shuffle)
                + " channels become blocks of pixels (pixel shuffle)");
        }
        const std::string id = idOf(*step.module);
        Json layer = {{"kind",
                          step.kind == StepKind::Linear     ? "linear"
                              : step.kind == StepKind::Norm ? "norm"
                              : step.kind == StepKind::Conv ? "conv"
                                                            : "conv_transpose"},
            {"id", id}};
        if (step.kind == StepKind::Norm) {
            addTail(index, layer);
            takeNorm(*step.module, id);
            m_layers.push_back(std::move(layer));
            return;
        }
        layer["out"] = step.out;
        layer["bias"] = step.module->has("bias");
        if (step.module->spectral())
            layer["spectral_norm"] = true;
        if (step.spatial())
            addWindow(index, layer);
        addTail(index, layer);
        for (const char* tensor : {"weight", "bias", "weight_u", "weight_v"})
            take(*step.module, tensor, id + "." + tensor);
        if (step.norm)
            takeNorm(*step.norm, id);
        m_layers.push_back(std::move(layer));
    }

    void addWindow(std::size_t index, Json& layer)
    {
        const ForeignStep& step = m_chain.steps[index];
        const SizeChoice& choice = m_plan->choices[index];
        const std::int64_t kernel = step.module->size(2);
        std::string sentence = step.module->shownWeight() + ": ";
        if (choice.upsample > 1) {
            m_layers.push_back({{"kind", "upsample"}, {"factor", choice.upsample}, {"mode", m_settings.upsampling}});
            sentence += "enlarged ×" + std::to_string(choice.upsample) + " before it, ";
        }
        layer["kernel"] = kernel;
        layer["stride"] = choice.stride;
        layer["padding"] = choice.padding;
        if (step.kind == StepKind::Transposed && choice.outputPadding > 0)
            layer["output_padding"] = choice.outputPadding;
        if (step.kind == StepKind::Conv && step.groups > 1)
            layer["groups"] = step.groups;
        const MapSize from = m_map;
        const auto after = [&](std::int64_t side) {
            side *= choice.upsample;
            return step.kind == StepKind::Transposed
                ? (side - 1) * choice.stride - 2 * choice.padding + kernel + choice.outputPadding
                : side + 2 * choice.padding - kernel + 1;
        };
        m_map = {after(from.first), after(from.second)};
        sentence += step.kind == StepKind::Transposed ? "a transposed convolution, " : "a convolution, ";
        if (step.kind == StepKind::Conv && step.groups > 1)
            sentence += counted(step.groups, "group") + ", ";
        guess(sentence + "stride " + std::to_string(choice.stride) + ", padding " + std::to_string(choice.padding)
            + (choice.outputPadding > 0 ? ", output padding " + std::to_string(choice.outputPadding) : "") + ", from "
            + shapeText({from.first, from.second}) + " to " + shapeText({m_map.first, m_map.second}));
    }

    /// What was taken for the network as a whole.
    void describeAll()
    {
        std::string without;
        bool some = false;
        const std::string last = lastId();
        for (const Json& layer : m_layers) {
            if (!layer.contains("activation") || layer.value("id", "") == last)
                continue;
            if (layer["activation"] == "none")
                without += (without.empty() ? "" : ", ") + layer.value("id", "");
            else
                some = true;
        }
        if (some)
            guess("hidden layers are followed by " + m_settings.activation
                + (m_settings.activation == "relu" ? " (leaky ReLU of slope 0.2 is as common)" : ""));
        if (!without.empty())
            guess("no activation follows " + without);
        guess("the last layer is followed by " + m_settings.output + ": black is " + numberText(m_settings.range.low)
            + " and white is " + numberText(m_settings.range.high));
        guess("latents have " + counted(m_proposal.model.head.latent.dimensions, "number") + " from a "
            + (m_settings.distribution == LatentDistribution::Normal ? "normal" : "uniform") + " distribution");
        guess("the layers run in the order of the file");
    }

    std::string lastId() const
    {
        for (auto layer = m_layers.rbegin(); layer != m_layers.rend(); ++layer) {
            if (layer->contains("activation"))
                return layer->value("id", "");
        }
        return {};
    }

    const ForeignChain& m_chain;
    const SizePlan* m_plan;
    const ForeignSettings& m_settings;
    const Shape& m_image;
    ForeignProposal& m_proposal;
    Json m_layers = Json::array();
    std::set<std::string> m_ids;
    MapSize m_map{1, 1};
};

} // namespace

Status buildLayers(const ForeignChain& chain, const SizePlan* plan, const ForeignSettings& settings, const Shape& image,
    const Registry<LayerInfo>& layers, ForeignProposal& proposal)
{
    const Json list = LayerBuilder(chain, plan, settings, image, proposal).build();
    Result<NetworkDescription> network = networkFromJson(layers, list, "generator.layers");
    if (!network)
        return network.error();
    proposal.model.network = *std::move(network);
    return {};
}

} // namespace saddle
