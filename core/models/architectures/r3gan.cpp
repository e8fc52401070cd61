// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

#include <cmath>
#include <numeric>

namespace saddle {

namespace {

struct R3ganOptions {
    std::int64_t width = 128;
    std::int64_t blocks = 2;
};

/// Both networks: stages of residual blocks, each x → x + conv 1×1(conv 3×3 in groups(conv 1×1(x))) with twice the
/// channels inside, leaky ReLU of slope 0.2 with a bias between them, and no normalisation anywhere. So that nothing
/// grows with depth, the last convolution of a block starts at zero and the others at a gain of
/// √(2 / (1 + 0.2²)) L^(-1/4), where L blocks are in the network.
class Modern {
public:
    Modern(const R3ganOptions& options, const NetworkFit& fit, std::int64_t stages)
        : m_list(fit)
        , m_options(options)
        , m_gain(std::sqrt(2 / (1 + 0.2 * 0.2)) / std::pow(static_cast<double>(options.blocks * stages), 0.25))
    {
    }

    LayerList& list() { return m_list; }

    static Json weights(double gain = 1) { return {{"bias", false}, {"initial", "fan_in"}, {"gain", gain}}; }

    void addStage(std::int64_t side)
    {
        for (std::int64_t i = 1; i <= m_options.blocks; ++i) {
            m_list.block("residual " + std::to_string(side) + " px, " + std::to_string(i));
            const std::string trunk = m_list.last();
            const std::int64_t inside = 2 * m_options.width;
            const Json biased = with(weights(m_gain), {{"bias", true}, {"activation", "leaky_relu"}, {"slope", 0.2}});
            m_list.add("conv", with(sameConv(inside, 1), biased));
            // 16 channels a group, as published, or as many as divide the width.
            m_list.add("conv", with(with(sameConv(inside), biased), {{"groups", inside / std::gcd(inside, 16)}}));
            m_list.add("conv", with(sameConv(m_options.width, 1), weights(0)));
            m_list.add("add", Json::object(), {trunk, m_list.last()});
        }
        m_list.block("");
    }

private:
    LayerList m_list;
    R3ganOptions m_options;
    double m_gain;
};

Result<Json> generator(const R3ganOptions& o, const NetworkFit& fit)
{
    const Result<int> count = halvings("R3GAN", fit.output, 7);
    if (!count)
        return count.error();
    const std::int64_t side = fit.output[1] >> *count;
    Modern network(o, fit, *count + 1);
    network.list().add("basis", {{"out", o.width}, {"size", side}});
    network.addStage(side);
    for (int i = 1; i <= *count; ++i) {
        network.list().add("upsample", {{"factor", 2}, {"mode", "bilinear"}});
        network.addStage(side << i);
    }
    network.list().add("conv", with(sameConv(fit.output[0], 1), Modern::weights()));
    return network.list().json();
}

Result<Json> discriminator(const R3ganOptions& o, const NetworkFit& fit)
{
    const Result<int> count = halvings("R3GAN", fit.input, 7);
    if (!count)
        return count.error();
    const std::int64_t side = fit.input[1] >> *count;
    Modern network(o, fit, *count + 1);
    network.list().add("conv", with(sameConv(o.width, 1), Modern::weights()));
    network.addStage(fit.input[1]);
    for (int i = 1; i <= *count; ++i) {
        network.list().add("downsample");
        network.addStage(fit.input[1] >> i);
    }
    const Json basis = {{"out", o.width}, {"kernel", side}, {"stride", 1}, {"padding", 0}, {"groups", o.width}};
    network.list().add("conv", with(basis, Modern::weights())).add("flatten");
    network.list().add("linear", with(Modern::weights(), {{"out", elementCount(fit.output)}}));
    return network.list().json();
}

} // namespace

ArchitectureInfo r3ganArchitecture(const Registry<LayerInfo>& layers)
{
    using O = R3ganOptions;
    return describeArchitecture<O>("r3gan", "R3GAN")
        .help("Residual blocks with grouped convolutions and no normalisation, for relativistic losses with R1 and R2. "
              "The width is the same at every size; the published network for 32 pixels is 768 wide")
        .source("Huang et al. 2024, arXiv:2501.05441")
        .parameter("width", &O::width,
            {.label = "Width",
                .help = "Channels between the blocks. Published: 768; less is a reduced network",
                .min = 1,
                .max = 4096})
        .parameter("blocks", &O::blocks,
            {.label = "Blocks", .help = "Residual blocks at each size. Published: 2", .min = 1, .max = 16})
        .build(layers, [](const O& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return discriminator(o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("R3GAN");
        });
}

} // namespace saddle
