// SPDX-License-Identifier: GPL-3.0-or-later
// What a trainer has its device do beside the steps that follow, from copies that the device makes at once: samples,
// and a checkpoint's way to the host.
#include "core/io/csv.h"
#include "core/latent/network/generate.h"
#include "core/training/host_tensors.h"
#include "core/training/trainer.h"

namespace saddle {

namespace {

/// Of what a device has free: copies must not take what the next steps need.
constexpr double mostForCopies = 0.5;

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
            // Into memory that the device reaches by itself, so that the host waits for nothing.
            *bytes =
                at::empty(images.sizes(), torch::TensorOptions().dtype(torch::kByte).pinned_memory(!m_device.is_cpu()));
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
    if (!m_begun)
        return std::nullopt;
    const std::int64_t step = m_begun->samples.step;
    try {
        if (!m_begun->work->isDone())
            return std::nullopt;
        BegunSamples begun = *std::exchange(m_begun, std::nullopt);
        if (begun.outdated)
            return std::nullopt;
        putImages(begun.samples, *begun.bytes);
        return Result<Samples>(std::move(begun.samples));
    } catch (const std::exception& thrown) {
        m_begun.reset();
        return Result<Samples>(noSamples(thrown, step));
    }
}

std::function<TensorMap()> Trainer::tensorsNow()
{
    const auto held = std::make_shared<TensorMap>();
    for (const NamedTensor& tensor : stateTensors())
        held->emplace(tensor.name, toHost(tensor.tensor));
    return [held] { return std::move(*held); };
}

/// Nothing where the device has little room, or cannot: tensorsNow() says what is wrong.
std::function<TensorMap()> Trainer::tensorsBeside()
{
    if (!m_side)
        return {};
    const std::vector<NamedTensor> tensors = stateTensors();
    double bytes = 0;
    for (const NamedTensor& tensor : tensors)
        bytes += static_cast<double>(tensor.tensor.nbytes());
    if (const std::int64_t room = freeMemory(m_device); room > 0 && bytes > mostForCopies * static_cast<double>(room))
        return {};
    try {
        const torch::NoGradGuard guard;
        auto copies = std::make_shared<std::vector<NamedTensor>>();
        for (const NamedTensor& tensor : tensors)
            copies->push_back({tensor.name, tensor.tensor.clone()});
        const std::shared_ptr<SideWork> copied = m_side->ask([] {});
        return [copies, copied]() mutable {
            copied->wait();
            // Whoever asks need not keep the device's memory until the file is written.
            const auto taken = std::exchange(copies, nullptr);
            TensorMap held;
            for (const NamedTensor& copy : *taken)
                held.emplace(copy.name, toHost(copy.tensor));
            return held;
        };
    } catch (const std::exception&) {
        return {};
    }
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
        snapshot.tensors = tensorsBeside();
        if (!snapshot.tensors)
            snapshot.tensors = tensorsNow();
        return snapshot;
    } catch (const std::exception& thrown) {
        return noCheckpoint(thrown);
    }
}

} // namespace saddle
