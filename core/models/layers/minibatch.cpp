// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that let a discriminator see how alike the samples of a batch are. A sample's output depends on its batch in
// evaluation too.
#include "core/models/layers/closeness.h"
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"
#include "core/workers/group/worker_group.h"

#include <algorithm>

namespace saddle {

namespace {

enum class Discrimination { Tensor, Map };

struct DiscriminationOptions {
    Discrimination mode = Discrimination::Tensor;
    std::int64_t features = 100;
    std::int64_t kernelDims = 5;
};

struct StddevOptions {
    std::int64_t group = 4;
};

/// The samples of the whole batch, those of other workers too.
torch::Tensor everySample(const torch::Tensor& own, const Pass& pass)
{
    return pass.workers ? wholeBatch(own, *pass.workers) : own;
}

/// Of as many rows as the whole batch has, those of this worker's samples.
torch::Tensor ownSamples(const torch::Tensor& every, const Pass& pass)
{
    if (!pass.workers)
        return every;
    const std::int64_t count = every.size(0) / pass.workers->size();
    return every.narrow(0, pass.workers->rank() * count, count);
}

/// Salimans et al. 2016: M[i] = x[i] T, with T of A × (B C), as B rows of C numbers;
/// o[i, b] = Σ_{j ≠ i} exp(-‖M[i, b] - M[j, b]‖₁). Gives x and o side by side, A + B numbers. Memory: N² B C.
/// T starts from N(0, 1 / A), which keeps the distances of order C.
class TensorDiscrimination : public Layer {
public:
    TensorDiscrimination(const DiscriminationOptions& options, std::int64_t in)
        : m_options(options)
    {
        addParameter("weight", {in, options.features * options.kernelDims}, {Role::Weight, in, Draw::FanIn});
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass& pass) override
    {
        const torch::Tensor& input = inputs.front();
        const torch::Tensor rows = at::mm(input, parameter(0)).view({-1, m_options.features, m_options.kernelDims});
        const torch::Tensor distances = (rows.unsqueeze(0) - everySample(rows, pass).unsqueeze(1)).abs().sum(-1);
        // Each sample is at distance 0 of itself.
        return at::cat({input, distances.neg().exp().sum(0) - 1}, 1);
    }

private:
    DiscriminationOptions m_options;
};

class MapDiscrimination : public Layer {
public:
    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass& pass) override
    {
        const torch::Tensor& input = inputs.front();
        const torch::Tensor map = ownSamples(closenessMap(everySample(input, pass)), pass);
        return inFormat(at::cat({input, map}, 1), memoryFormat());
    }
};

/// Karras et al. 2018: the standard deviation of each number over a group of samples, averaged over all numbers, as one
/// more map, or one more number of a list. The batch is split into groups of one size, the largest that divides it and
/// is not above the one asked for; samples i and i + N/size share a group.
class MinibatchStddev : public Layer {
public:
    explicit MinibatchStddev(const StddevOptions& options)
        : m_group(options.group)
    {
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass& pass) override
    {
        const torch::Tensor& input = inputs.front();
        const torch::Tensor every = everySample(input, pass);
        const std::int64_t batch = every.size(0);
        std::int64_t group = m_group == 0 ? batch : std::min(m_group, batch);
        while (batch % group != 0)
            --group;
        const torch::Tensor groups = every.reshape({group, batch / group, -1});
        const torch::Tensor variance = (groups - groups.mean(0, true)).square().mean(0);
        const torch::Tensor deviation = (variance + 1e-8).sqrt().mean(1); // as many as there are groups
        std::vector<std::int64_t> sizes(static_cast<std::size_t>(input.dim()), 1);
        sizes[0] = batch;
        const torch::Tensor appended = ownSamples(deviation.repeat({group}).view(sizes), pass);
        sizes.assign(input.sizes().begin(), input.sizes().end());
        sizes[1] = 1;
        return inFormat(at::cat({input, appended.expand(sizes)}, 1), memoryFormat());
    }

private:
    std::int64_t m_group;
};

Result<LayerShape> discriminationShape(const DiscriminationOptions& o, const Shape& in)
{
    LayerShape shape{in, 0, 0};
    shape.mixing = Mixing::Always;
    if (o.mode == Discrimination::Map) {
        if (in.size() != 3) {
            return Error{"the map form takes an image, but its input is " + shapeText(in), "",
                "choose the learned tensor, or put the layer before the flatten layer"};
        }
        // The counts are of one sample: its pairs are those with a batch of 64.
        shape.flops = 4 * 64 * elementCount(in);
        shape.output[0] += 1;
        return shape;
    }
    if (in.size() != 1) {
        return Error{"the learned tensor takes a list of numbers, but its input is " + shapeText(in), "",
            "put a flatten layer before it, or choose the map"};
    }
    shape.output[0] += o.features;
    shape.parameters = in[0] * o.features * o.kernelDims;
    shape.flops = 2 * shape.parameters + 3 * 64 * o.features * o.kernelDims;
    return shape;
}

} // namespace

LayerInfo minibatchDiscriminationLayer()
{
    using O = DiscriminationOptions;
    return describeLayer<O>("minibatch_discrimination", "Minibatch discrimination")
        .help("Appends how near each sample is to the others of its batch, so that copies give themselves away")
        .source("Salimans et al. 2016, arXiv:1606.03498")
        .parameter("mode", &O::mode,
            {.label = "Form",
                .help = "What is compared",
                .choices = {{"tensor", "Learned tensor", "Lists of numbers, after a learned product"},
                    {"map", "Map", "Images, pixel by pixel, without weights"}}})
        .parameter("features", &O::features,
            {.label = "Features",
                .help = "Numbers appended",
                .min = 1,
                .max = 4096,
                .visibleWhen = {"mode", {"tensor"}}})
        .parameter("kernel_dims", &O::kernelDims,
            {.label = "Kernel size",
                .help = "Numbers compared for each feature",
                .min = 1,
                .max = 256,
                .visibleWhen = {"mode", {"tensor"}}})
        .build(
            [](const O& o) {
                return o.mode == Discrimination::Map
                    ? std::string("minibatch map")
                    : "minibatch " + std::to_string(o.features) + " × " + std::to_string(o.kernelDims);
            },
            [](const O& o, const std::vector<Shape>& in) { return discriminationShape(o, in[0]); },
            [](const O& o, const std::vector<Shape>& in) -> std::unique_ptr<Layer> {
                if (o.mode == Discrimination::Map)
                    return std::make_unique<MapDiscrimination>();
                return std::make_unique<TensorDiscrimination>(o, in[0][0]);
            });
}

LayerInfo minibatchStddevLayer()
{
    using O = StddevOptions;
    return describeLayer<O>("minibatch_stddev", "Minibatch deviation")
        .help("Appends how much the samples of a group differ, as one more map")
        .source("Karras et al. 2018, arXiv:1710.10196")
        .parameter("group", &O::group,
            {.label = "Group",
                .help = "Samples compared; 0 takes the whole batch. The largest size up to it that divides the batch "
                        "is used",
                .min = 0,
                .max = 65536})
        .build([](const O&) { return std::string("minibatch deviation"); },
            [](const O&, const std::vector<Shape>& in) -> Result<LayerShape> {
                LayerShape shape{in[0], 0, 5 * elementCount(in[0])};
                shape.output[0] += 1;
                shape.mixing = Mixing::Always;
                return shape;
            },
            [](const O& o, const std::vector<Shape>&) { return std::make_unique<MinibatchStddev>(o); });
}

} // namespace saddle
