// SPDX-License-Identifier: GPL-3.0-or-later
// A generator without torch, for tests of what explores one.
#pragma once

#include "core/latent/directions.h"
#include "core/latent/inversion.h"
#include "core/latent/latent_tools.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace saddle::test {

/// What fake generators are to do, and what they were asked. Shared with the lab's threads.
struct GeneratorProbe {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false; ///< long work waits until this is false
    bool waiting = false;
    int searches = 0;
    PrincipalRequest principal;
    InversionRequest inversion;

    void hold(bool on)
    {
        const std::lock_guard lock(mutex);
        held = on;
        changed.notify_all();
    }
    bool isWaiting()
    {
        const std::lock_guard lock(mutex);
        return waiting;
    }
    int searched()
    {
        const std::lock_guard lock(mutex);
        return searches;
    }
    void passBy()
    {
        std::unique_lock lock(mutex);
        waiting = held;
        changed.wait_for(lock, std::chrono::seconds(30), [this] { return !held; });
        waiting = false;
    }
};

/// Grey pictures of 4 × 4 pixels from three numbers: pixel i is in the shade of number i mod 3. Its directions are the
/// axes; at odd steps they come in the other order and turned round.
class FakeGenerator : public Generator {
public:
    FakeGenerator(const GeneratorModel& model, GeneratorProbe& probe)
        : m_probe(probe)
    {
        static_cast<GeneratorHead&>(m_info) = model.head;
    }

    static GeneratorModel model(const std::filesystem::path& origin, std::int64_t step)
    {
        GeneratorModel made;
        made.head.origin = origin;
        made.head.step = step;
        made.head.latent.dimensions = 3;
        made.head.shape = {1, 4, 4};
        return made;
    }
    static LatentTools tools(GeneratorProbe& probe)
    {
        LatentTools made;
        made.openModel = [&probe](const GeneratorModel& opened) -> Result<std::unique_ptr<Generator>> {
            return std::unique_ptr<Generator>(std::make_unique<FakeGenerator>(opened, probe));
        };
        return made;
    }
    static Samples pictureOf(const Latents& latents)
    {
        Samples samples;
        samples.count = 1;
        samples.width = samples.height = 4;
        samples.channels = 1;
        for (std::size_t i = 0; i < 16; ++i) {
            samples.pixels.push_back(
                static_cast<std::uint8_t>(std::clamp(std::lround(128 + 40 * latents.values[i % 3]), 0L, 255L)));
        }
        return samples;
    }
    static Direction axis(std::size_t number, double sign, const std::string& name, DirectionKind kind)
    {
        Direction direction{name, kind, std::vector<double>(3, 0), 1, 0.5 / static_cast<double>(number + 1)};
        direction.values[number] = sign;
        return direction;
    }

    const GeneratorInfo& info() const override { return m_info; }
    Result<Latents> draw(const LatentRequest& request) const override
    {
        const auto value = static_cast<float>(request.seed % 7) / 7;
        return Latents{3, {value, -value, value / 2}, {}};
    }
    Result<Samples> make(const Latents& latents) override { return pictureOf(latents); }
    Result<Image> paint(const CanvasRequest&, const PaintMonitor&) override { return Error{}; }
    Status adopt(const TensorMap&, std::int64_t step) override
    {
        m_info.step = step;
        return {};
    }
    std::vector<DirectionLayer> directionLayers() const override
    {
        return {{"0", "linear", {8}}, {"1", "conv", {4, 2, 2}}};
    }
    Result<std::vector<Direction>> principalDirections(
        const PrincipalRequest& request, const LoadMonitor& monitor) override
    {
        {
            const std::lock_guard lock(m_probe.mutex);
            ++m_probe.searches;
            m_probe.principal = request;
        }
        if (!monitor(0.25, "half way"))
            return loadingCancelled();
        m_probe.passBy();
        if (!monitor(0.5, "half way"))
            return loadingCancelled();
        return axes("PCA", DirectionKind::Principal, request.count);
    }
    Result<std::vector<Direction>> factorDirections(std::int64_t count) override
    {
        return axes("Factor", DirectionKind::Factor, count);
    }
    /// Numbers whose picture has the target's first three pixels; before them some that are worse.
    Result<Inversion> invert(const InversionRequest& request, const InversionMonitor& monitor, Discriminator*) override
    {
        {
            const std::lock_guard lock(m_probe.mutex);
            ++m_probe.searches;
            m_probe.inversion = request;
        }
        Inversion found;
        found.latents.dimensions = 3;
        for (std::size_t i = 0; i < 3; ++i)
            found.latents.values.push_back(static_cast<float>(request.target.pixels[i] - 128) / 40);
        Latents worse{3, {0, 0, 0}, {}};
        for (std::int64_t step = 1; step <= request.steps; ++step) {
            found.losses.push_back(1);
            if (step == 2)
                m_probe.passBy();
            if (!monitor({step, request.steps, 0.25, worse})) {
                found.latents = worse;
                found.error = 0.25;
                found.cancelled = true;
                break;
            }
        }
        found.picture = pictureOf(found.latents);
        return found;
    }

private:
    std::vector<Direction> axes(const std::string& name, DirectionKind kind, std::int64_t count) const
    {
        const bool odd = m_info.step % 2 != 0;
        std::vector<Direction> all;
        for (std::size_t i = 0; i < 3 && i < static_cast<std::size_t>(count); ++i)
            all.push_back(axis(odd ? 2 - i : i, odd ? -1 : 1, name + " " + std::to_string(i + 1), kind));
        return all;
    }

    GeneratorProbe& m_probe;
    GeneratorInfo m_info;
};

} // namespace saddle::test
