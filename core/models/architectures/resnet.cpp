// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

namespace saddle {

namespace {

enum class ResidualNorm { Published, Batch, Layer, Instance, Spectral, None };

struct ResnetOptions {
    std::int64_t width = 128;
    ResidualNorm norm = ResidualNorm::Published;
};

/// Both networks, block by block. Each block is, with n a norm where there is one,
/// x → conv(ReLU(n(resize(conv(ReLU(n(x))))))) + resize(conv 1×1(x)).
class Residual {
public:
    Residual(const ResnetOptions& options, const NetworkFit& fit, ResidualNorm published)
        : m_list(fit)
        , m_width(options.width)
        , m_norm(options.norm == ResidualNorm::Published ? published : options.norm)
        , m_weights{{"spectral_norm", m_norm == ResidualNorm::Spectral}}
    {
    }

    LayerList& list() { return m_list; }
    const Json& weights() const { return m_weights; }

    void addActivation()
    {
        static constexpr const char* names[]{"none", "batch", "layer", "instance", "none", "none"};
        const std::string norm = names[static_cast<std::size_t>(m_norm)];
        if (norm == "none")
            m_list.add("activation", {{"activation", "relu"}});
        else
            m_list.add("norm", {{"norm", norm}, {"activation", "relu"}});
    }

    void addUp(std::int64_t side)
    {
        m_list.block("residual to " + std::to_string(side) + " px");
        const std::string trunk = m_list.last();
        addActivation();
        m_list.add("upsample", {{"factor", 2}});
        addConv(3);
        addActivation();
        addConv(3);
        const std::string branch = m_list.last();
        m_list.add("upsample", {{"factor", 2}}, {trunk});
        addConv(1);
        join(branch);
    }

    /// The first block of a discriminator sees pixels: it has no activation in front.
    void addDown(std::int64_t side, bool first)
    {
        m_list.block("residual to " + std::to_string(side) + " px");
        const std::string trunk = m_list.last();
        if (!first)
            addActivation();
        addConv(3);
        if (first)
            m_list.add("activation", {{"activation", "relu"}});
        else
            addActivation();
        addConv(3);
        m_list.add("average_pool", {{"size", 2}});
        const std::string branch = m_list.last();
        m_list.add("average_pool", {{"size", 2}}, {trunk});
        addConv(1);
        join(branch);
    }

    void addSame(int number)
    {
        m_list.block("residual " + std::to_string(number));
        const std::string trunk = m_list.last();
        addActivation();
        addConv(3);
        addActivation();
        addConv(3);
        join(trunk);
    }

private:
    void addConv(std::int64_t kernel) { m_list.add("conv", with(m_weights, sameConv(m_width, kernel))); }

    void join(const std::string& other)
    {
        m_list.add("add", Json::object(), {m_list.last(), other});
        m_list.block("");
    }

    LayerList m_list;
    std::int64_t m_width;
    ResidualNorm m_norm;
    Json m_weights;
};

Result<Json> generator(const ResnetOptions& o, const NetworkFit& fit)
{
    const Result<int> count = halvings("the residual network", fit.output, 7);
    if (!count)
        return count.error();
    const std::int64_t side = fit.output[1] >> *count;
    Residual network(o, fit, ResidualNorm::Batch);
    network.list().add("linear", with(network.weights(), {{"out", o.width * side * side}}));
    network.list().add("reshape", {{"shape", {o.width, side, side}}});
    for (int i = 1; i <= *count; ++i)
        network.addUp(side << i);
    network.addActivation();
    network.list().add("conv", with(network.weights(), with(sameConv(fit.output[0]), {{"activation", "tanh"}})));
    return network.list().json();
}

Result<Json> discriminator(const ResnetOptions& o, const NetworkFit& fit)
{
    const Result<int> count = halvings("the residual network", fit.input, 8);
    if (!count)
        return count.error();
    Residual network(o, fit, ResidualNorm::Spectral);
    for (int i = 1; i <= *count; ++i)
        network.addDown(fit.input[1] >> i, i == 1);
    for (int i = 1; i <= 2; ++i)
        network.addSame(i);
    network.list().add("activation", {{"activation", "relu"}});
    network.list().add("average_pool", {{"size", fit.input[1] >> *count}}).add("flatten");
    network.list().add("linear", with(network.weights(), {{"out", elementCount(fit.output)}}));
    return network.list().json();
}

} // namespace

ArchitectureInfo resnetArchitecture(const Registry<LayerInfo>& layers)
{
    using O = ResnetOptions;
    return describeArchitecture<O>("resnet", "Residual")
        .help("Residual blocks of one width, as published for images of 32 pixels; other sizes take more blocks. The "
              "discriminator ends in the mean over its last map")
        .source("Gulrajani et al. 2017, arXiv:1704.00028; Miyato et al. 2018, arXiv:1802.05957")
        .parameter("width", &O::width,
            {.label = "Width",
                .help = "Channels of every block. Published: 256 in the generator, 128 in the discriminator",
                .min = 1,
                .max = 4096})
        .parameter("norm", &O::norm,
            {.label = "Norm",
                .help = "In every block. Under a gradient penalty the discriminator wants layer norm or none",
                .choices = {{"published", "Batch in the generator, spectral in the discriminator"},
                    {"batch", "Batch norm"}, {"layer", "Layer norm"}, {"instance", "Instance norm"},
                    {"spectral", "Spectral norm"}, {"none", "None"}}})
        .build(layers, [](const O& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return discriminator(o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("the residual network");
        });
}

} // namespace saddle
