// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/winograd.h"

#include "core/models/layers/convolution_function.h"
#include "core/models/layers/winograd_kernels.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace saddle {

namespace {

constexpr auto channelsLast = torch::MemoryFormat::ChannelsLast;

/// Fewer channels, as a whole or in one group of several, are not worth the transforms.
constexpr std::int64_t leastChannels = 32;
constexpr std::int64_t leastOfGroup = 16;

/// Tiles that one thread takes at a time: their 36 planes are to stay in its second-level cache.
constexpr std::int64_t mostTiles = 48;

/// Channels of groups that are taken together.
constexpr std::int64_t channelsAtOnce = 64;

/// What the planes of the tiles whose products are summed up may take of the third-level cache, in floats.
constexpr std::int64_t chunkFloats = 1 << 20;

torch::TensorOptions floats()
{
    return torch::TensorOptions().dtype(torch::kFloat);
}

/// How many groups are taken together: a few channels alone would leave most of what a memory access brings unused.
std::int64_t groupsAtOnce(std::int64_t channels, std::int64_t groups)
{
    std::int64_t together = std::clamp<std::int64_t>(channelsAtOnce / channels, 1, groups);
    while (groups % together != 0)
        --together;
    return together;
}

/// The first `together` of the groups of a map.
winograd::Map mapOf(const torch::Tensor& images, std::int64_t groups, std::int64_t together)
{
    return {images.size(0), images.size(2), images.size(3), images.size(1) / groups, together, images.size(1)};
}

/// The output for windows that lead from `first.in` channels to `first.out` in each group; `first` are those of the
/// first one.
torch::Tensor slideTiles(
    const torch::Tensor& input, const winograd::Windows& first, std::int64_t groups, const float* bias)
{
    const std::int64_t together = groupsAtOnce(first.in, groups);
    const winograd::Map from = mapOf(input, groups, together);
    torch::Tensor output = at::empty({from.count, groups * first.out, from.height, from.width}, floats(), channelsLast);
    const winograd::Map to = mapOf(output, groups, together);
    const std::int64_t windows = winograd::points * first.in * first.out;
    const std::int64_t columns = first.out / winograd::lanes;
    const torch::Tensor changed = at::empty({groups * windows}, floats());
    auto* const changedData = changed.mutable_data_ptr<float>();
    at::parallel_for(0, groups * columns, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            winograd::Windows own = first;
            own.data += i / columns * 9 * first.in * first.out;
            winograd::transformWindows(own, i % columns, changedData + i / columns * windows);
        }
    });
    const std::int64_t threads = at::get_num_threads();
    const std::int64_t tiles = to.tiles();
    const std::int64_t block = std::clamp<std::int64_t>((tiles + threads - 1) / threads, 1, mostTiles);
    const std::int64_t scratchSize = winograd::convolveScratch(block, from, to);
    const torch::Tensor scratch = at::empty({threads, scratchSize}, floats());
    const torch::Tensor zeros = at::zeros({from.all()}, floats());
    const auto* const inputData = input.const_data_ptr<float>();
    const auto* const zeroData = zeros.const_data_ptr<float>();
    auto* const scratchData = scratch.mutable_data_ptr<float>();
    auto* const outputData = output.mutable_data_ptr<float>();
    const std::int64_t parts = groups / together;
    at::parallel_for(0, (tiles + block - 1) / block * parts, 1, [&](std::int64_t begin, std::int64_t end) {
        float* const own = scratchData + at::get_thread_num() * scratchSize;
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t part = i % parts;
            const std::int64_t tile = i / parts * block;
            winograd::convolve(inputData + part * from.all(), from, changedData + part * together * windows,
                bias ? bias + part * to.all() : nullptr, zeroData, outputData + part * to.all(), to, tile,
                std::min(block, tiles - tile), own);
        }
    });
    return output;
}

torch::Tensor convolution(
    const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, std::int64_t groups)
{
    const std::int64_t in = weight.size(1);
    const std::int64_t out = weight.size(0) / groups;
    RECORD_FUNCTION("saddle::winograd", std::vector<c10::IValue>({input, out}));
    const torch::Tensor windows = weight.contiguous(channelsLast);
    const torch::Tensor shift = bias.defined() ? bias.contiguous() : bias;
    return slideTiles(input.contiguous(channelsLast), {windows.const_data_ptr<float>(), in, out, 1, 9 * in, in}, groups,
        shift.defined() ? shift.const_data_ptr<float>() : nullptr);
}

/// The gradient of the input: windows turned by half a turn lead back from outputs to inputs.
torch::Tensor inputGradient(const torch::Tensor& gradient, const torch::Tensor& weight, std::int64_t groups)
{
    const std::int64_t in = weight.size(1);
    const std::int64_t out = weight.size(0) / groups;
    RECORD_FUNCTION("saddle::winograd_input_gradient", std::vector<c10::IValue>({gradient, in}));
    const torch::Tensor windows = weight.contiguous(channelsLast);
    return slideTiles(gradient.contiguous(channelsLast),
        {windows.const_data_ptr<float>() + 8 * in, out, in, 9 * in, 1, -in}, groups, nullptr);
}

/// Sums up the products of inputs and gradients of groups that lie side by side.
class WeightSums {
public:
    WeightSums(const winograd::Map& from, const winograd::Map& to)
        : m_from(from)
        , m_to(to)
        , m_chunk(std::clamp<std::int64_t>(chunkFloats / (winograd::points * (from.all() + to.all())), 16, 128))
        , m_inputPlane(winograd::planeOf(from, m_chunk))
        , m_gradientPlane(winograd::planeOf(to, m_chunk))
        , m_input(at::empty({winograd::points * m_inputPlane}, floats()))
        , m_gradient(at::empty({winograd::points * m_gradientPlane}, floats()))
        , m_sums(at::empty({from.groups * winograd::points * from.channels * to.channels}, floats()))
        , m_zeros(at::zeros({std::max(from.all(), to.all())}, floats()))
    {
    }

    /// `result`: all outputs × 3 × 3 × the inputs of a group.
    void find(const float* input, const float* gradient, float* result)
    {
        const auto* const zeros = m_zeros.const_data_ptr<float>();
        auto* const inputs = m_input.mutable_data_ptr<float>();
        auto* const gradients = m_gradient.mutable_data_ptr<float>();
        m_sums.zero_();
        for (std::int64_t first = 0; first < m_from.tiles(); first += m_chunk) {
            const std::int64_t tiles = std::min(m_chunk, m_from.tiles() - first);
            at::parallel_for(0, tiles, 1, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t tile = begin; tile < end; ++tile) {
                    winograd::transformInput(input, m_from, zeros, first + tile, tile, m_chunk, inputs);
                    winograd::transformGradient(gradient, m_to, zeros, first + tile, tile, m_chunk, gradients);
                }
            });
            // Each sum belongs to one thread, so that their number does not change it.
            at::parallel_for(0, winograd::points, 1, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t point = begin; point < end; ++point)
                    accumulate(point, tiles);
            });
        }
        const std::int64_t columns = m_from.channels / winograd::lanes;
        at::parallel_for(0, m_from.groups * columns, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                const std::int64_t group = i / columns;
                winograd::finishWindows(m_sums.const_data_ptr<float>() + group * winograd::points * square(),
                    m_from.channels, m_to.channels, i % columns, result + group * 9 * square());
            }
        });
    }

private:
    std::int64_t square() const { return m_from.channels * m_to.channels; }

    void accumulate(std::int64_t point, std::int64_t tiles)
    {
        for (std::int64_t group = 0; group < m_from.groups; ++group) {
            winograd::accumulate(
                m_input.const_data_ptr<float>() + point * m_inputPlane + group * m_from.channels * m_chunk,
                m_gradient.const_data_ptr<float>() + point * m_gradientPlane + group * m_to.channels * m_chunk,
                m_from.channels, m_to.channels, tiles, m_chunk,
                m_sums.mutable_data_ptr<float>() + (group * winograd::points + point) * square());
        }
    }

    winograd::Map m_from;
    winograd::Map m_to;
    std::int64_t m_chunk; ///< tiles at a time
    std::int64_t m_inputPlane;
    std::int64_t m_gradientPlane;
    torch::Tensor m_input;
    torch::Tensor m_gradient;
    torch::Tensor m_sums;
    torch::Tensor m_zeros;
};

torch::Tensor weightGradient(const torch::Tensor& input, const torch::Tensor& gradient, std::int64_t groups)
{
    const torch::Tensor from = input.contiguous(channelsLast);
    const torch::Tensor to = gradient.contiguous(channelsLast);
    const std::int64_t together = groupsAtOnce(from.size(1) / groups, groups);
    const winograd::Map inputs = mapOf(from, groups, together);
    const winograd::Map outputs = mapOf(to, groups, together);
    RECORD_FUNCTION("saddle::winograd_weight_gradient", std::vector<c10::IValue>({input, outputs.channels}));
    torch::Tensor result = at::empty({outputs.pitch, inputs.channels, 3, 3}, floats(), channelsLast);
    const auto* const fromData = from.const_data_ptr<float>();
    const auto* const toData = to.const_data_ptr<float>();
    auto* const resultData = result.mutable_data_ptr<float>();
    // Several groups are shared out among the threads; one uses all of them.
    const auto some = [&](std::int64_t begin, std::int64_t end) {
        WeightSums sums(inputs, outputs);
        for (std::int64_t part = begin; part < end; ++part) {
            sums.find(fromData + part * inputs.all(), toData + part * outputs.all(),
                resultData + part * outputs.all() * 9 * inputs.channels);
        }
    };
    if (groups > together)
        at::parallel_for(0, groups / together, 1, some);
    else
        some(0, 1);
    return result;
}

struct WinogradKernels {
    static torch::Tensor forward(
        const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, const Sliding& sliding)
    {
        return convolution(input, weight, bias, sliding.groups);
    }

    static std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> gradients(const torch::Tensor& gradient,
        const torch::Tensor& input, const torch::Tensor& weight, const std::array<bool, 3>& wanted,
        const Sliding& sliding)
    {
        return {wanted[0] ? inputGradient(gradient, weight, sliding.groups) : torch::Tensor(),
            wanted[1] ? weightGradient(input, gradient, sliding.groups) : torch::Tensor(),
            wanted[2] ? gradient.sum({0, 2, 3}) : torch::Tensor()};
    }
};

} // namespace

bool winogradFits(const torch::Tensor& input, const torch::Tensor& weight, std::int64_t groups)
{
    static const bool supported = winograd::supported();
    const auto wide = [least = groups > 1 ? leastOfGroup : leastChannels](
                          std::int64_t channels) { return channels >= least && channels % winograd::lanes == 0; };
    return supported && input.is_cpu() && !at::autocast::is_autocast_enabled(at::kCPU)
        && input.scalar_type() == torch::kFloat && weight.size(2) == 3 && weight.size(3) == 3
        && wide(weight.size(0) / groups) && wide(weight.size(1));
}

torch::Tensor winogradConvolution(
    const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, std::int64_t groups)
{
    return ConvolutionFunctions<WinogradKernels>::apply(input, weight, bias, {.padding = 1, .groups = groups});
}

} // namespace saddle
