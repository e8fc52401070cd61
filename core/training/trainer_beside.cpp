// SPDX-License-Identifier: GPL-3.0-or-later
// What a trainer has its device do beside the steps that follow, from copies that the device makes at once: samples,
// and a checkpoint's way to the host.
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
        // In memory that the device reaches by itself, so that the host waits for nothing.
        const Shape& shape = m_experiment.dataShape;
        begun.bytes = at::empty({samplesInGrid(), shape[1], shape[2], shape[0]},
            torch::TensorOptions().dtype(torch::kByte).pinned_memory(!m_device.is_cpu()));
        begun.work = m_side->ask(
            [this, bytes = begun.bytes] { bytes.copy_(byteImages(generate(*m_shown, bytes.size(0))), true); });
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
        putImages(begun.samples, begun.bytes);
        return Result<Samples>(std::move(begun.samples));
    } catch (const std::exception& thrown) {
        m_begun.reset();
        return Result<Samples>(noSamples(thrown, step));
    }
}

/// Nothing where the device has little room, or cannot: whoever fetches them at once is told what is wrong.
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
            return toHost(*std::exchange(copies, nullptr));
        };
    } catch (const std::exception&) {
        return {};
    }
}

} // namespace saddle
