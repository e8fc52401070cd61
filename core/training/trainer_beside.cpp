// SPDX-License-Identifier: GPL-3.0-or-later
// What a trainer has its device do beside the steps that follow: samples, and a checkpoint's way to the host. Both work
// on copies, which the device makes in no time, so that training waits for neither.
#include "core/io/csv.h"
#include "core/latent/network/generate.h"
#include "core/training/host_tensors.h"
#include "core/training/trainer.h"

#include <cstring>

namespace saddle {

namespace {

/// Tensors on their way to the host.
struct Coming {
    std::vector<NamedTensor> copies; ///< on the device, row-major
    torch::Tensor bytes; ///< on the host: all of them, each from a multiple of `alignment` on
};

constexpr std::int64_t alignment = 64; ///< bytes

std::int64_t room(const torch::Tensor& tensor)
{
    return (static_cast<std::int64_t>(tensor.nbytes()) + alignment - 1) / alignment * alignment;
}

/// Memory of the host that a device writes into by itself.
torch::Tensor hostBytes(at::IntArrayRef sizes, torch::Device from)
{
    return at::empty(sizes, torch::TensorOptions().dtype(torch::kByte).pinned_memory(!from.is_cpu()));
}

void bring(const Coming& coming)
{
    const torch::NoGradGuard guard;
    std::int64_t begin = 0;
    for (const NamedTensor& copy : coming.copies) {
        const auto size = static_cast<std::int64_t>(copy.tensor.nbytes());
        if (size > 0) {
            coming.bytes.narrow(0, begin, size)
                .view(copy.tensor.scalar_type())
                .view(copy.tensor.sizes())
                .copy_(copy.tensor, true);
        }
        begin += room(copy.tensor);
    }
}

TensorMap tensorsOf(const Coming& coming)
{
    TensorMap tensors;
    const auto* bytes = static_cast<const std::byte*>(coming.bytes.const_data_ptr());
    for (const NamedTensor& copy : coming.copies) {
        tensors.emplace(copy.name,
            HostTensor{
                dtypeOf(copy.tensor.scalar_type()), copy.tensor.sizes().vec(), {bytes, bytes + copy.tensor.nbytes()}});
        bytes += room(copy.tensor);
    }
    return tensors;
}

} // namespace

bool Trainer::beginSamples()
{
    // Points come with a map of D, which changes as well.
    if (!m_side || m_experiment.dataShape.size() == 1)
        return false;
    if (m_begun)
        return true;
    try {
        BegunSamples begun;
        begun.samples = nextSamples();
        if (!m_shown)
            m_shown = buildIdle("generator");
        copyNumbers(samplingNetwork(), *m_shown);
        begun.bytes = std::make_shared<torch::Tensor>();
        begun.work = m_side->ask([this, bytes = begun.bytes, count = samplesInGrid()] {
            const torch::Tensor images = byteImages(generate(*m_shown, count));
            *bytes = hostBytes(images.sizes(), m_device);
            bytes->copy_(images, true);
        });
        m_begun = std::move(begun);
        return true;
    } catch (const std::exception&) {
        return false; // sample() says what is wrong
    }
}

std::optional<Result<Samples>> Trainer::takeBegunSamples()
{
    try {
        if (!m_begun || !m_begun->work->isDone())
            return std::nullopt;
        BegunSamples begun = *std::exchange(m_begun, std::nullopt);
        if (begun.outdated)
            return std::nullopt;
        putImages(begun.samples, *begun.bytes);
        return Result<Samples>(std::move(begun.samples));
    } catch (const std::exception& thrown) {
        m_begun.reset();
        return Result<Samples>(noSamples(thrown));
    }
}

std::function<TensorMap()> Trainer::tensorsNow()
{
    const auto held = std::make_shared<TensorMap>();
    for (const NamedTensor& tensor : stateTensors())
        held->emplace(tensor.name, toHost(tensor.tensor));
    return [held] { return std::move(*held); };
}

std::function<TensorMap()> Trainer::tensorsBeside()
{
    const torch::NoGradGuard guard;
    const auto coming = std::make_shared<Coming>();
    std::int64_t size = 0;
    for (const NamedTensor& tensor : stateTensors()) {
        coming->copies.push_back({tensor.name, tensor.tensor.clone(torch::MemoryFormat::Contiguous)});
        size += room(tensor.tensor);
    }
    coming->bytes = hostBytes({size}, m_device);
    const std::shared_ptr<SideWork> work = m_side->ask([coming] { bring(*coming); });
    return [coming, work] {
        work->wait();
        return tensorsOf(*coming);
    };
}

Result<Snapshot> Trainer::snapshot()
{
    try {
        Snapshot snapshot;
        Json& state = snapshot.state;
        state["batches"] = m_batches;
        // A pause may have cut a round: the phase that is due, and how often it was done.
        state["round"] = {{"phase", m_phase}, {"repeat", m_repeat}, {"only", m_only}};
        for (const PhaseState& phase : m_phases)
            state["updates"][phase.info.key] = phase.updates;
        for (const auto& [column, value] : m_cells)
            state["cells"].push_back({m_info.columns[column].key, formatNumber(value.item<double>())});
        describeState(state);
        try {
            snapshot.tensors = m_side ? tensorsBeside() : tensorsNow();
        } catch (const c10::OutOfMemoryError&) {
            snapshot.tensors = tensorsNow(); // the device has no room for copies
        }
        return snapshot;
    } catch (const std::exception& thrown) {
        return Error{
            std::string("the checkpoint could not be made: ") + thrown.what(), "", "free some memory, then try again"};
    }
}

} // namespace saddle
