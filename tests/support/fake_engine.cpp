// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_engine.h"

#include <chrono>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace saddle::test {

namespace {

constexpr double noValue = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t batch = 4;

} // namespace

bool FakeEngineProbe::wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& until)
{
    return m_changed.wait_for(lock, std::chrono::seconds(30), until);
}

void FakeEngineProbe::seen()
{
    const std::lock_guard lock(m_mutex);
    if (m_thread == std::thread::id())
        m_thread = std::this_thread::get_id();
    m_oneThread = m_oneThread && m_thread == std::this_thread::get_id() && m_thread != m_maker;
}

void FakeEngineProbe::closeGate()
{
    const std::lock_guard lock(m_mutex);
    m_gate = true;
}

void FakeEngineProbe::openGate()
{
    const std::lock_guard lock(m_mutex);
    m_gate = false;
    m_changed.notify_all();
}

void FakeEngineProbe::permit(int phases)
{
    const std::lock_guard lock(m_mutex);
    m_permits += phases;
    m_changed.notify_all();
}

bool FakeEngineProbe::waitForPhase()
{
    std::unique_lock lock(m_mutex);
    return wait(lock, [this] { return m_waiting && m_permits == 0; });
}

void FakeEngineProbe::holdLoading()
{
    const std::lock_guard lock(m_mutex);
    m_loadHeld = true;
}

void FakeEngineProbe::letLoad()
{
    const std::lock_guard lock(m_mutex);
    m_loadHeld = false;
    m_changed.notify_all();
}

bool FakeEngineProbe::waitForLoading()
{
    std::unique_lock lock(m_mutex);
    return wait(lock, [this] { return m_loading; });
}

std::vector<AppliedValue> FakeEngineProbe::applied() const
{
    const std::lock_guard lock(m_mutex);
    return m_applied;
}

int FakeEngineProbe::samplesTaken() const
{
    const std::lock_guard lock(m_mutex);
    return m_samples;
}

int FakeEngineProbe::publications() const
{
    const std::lock_guard lock(m_mutex);
    return m_publications;
}

int FakeEngineProbe::saves() const
{
    const std::lock_guard lock(m_mutex);
    return m_saves;
}

std::int64_t FakeEngineProbe::phasesDone() const
{
    const std::lock_guard lock(m_mutex);
    return m_phases;
}

bool FakeEngineProbe::alive() const
{
    const std::lock_guard lock(m_mutex);
    return m_alive;
}

bool FakeEngineProbe::oneThread() const
{
    const std::lock_guard lock(m_mutex);
    return m_oneThread;
}

class FakeEngine : public Engine {
public:
    static Result<std::unique_ptr<Engine>> load(
        const std::shared_ptr<FakeEngineProbe>& probe, const Json& document, const LoadMonitor& monitor)
    {
        probe->seen();
        if (!monitor(0.5, "Loading nothing"))
            return Error{"loading was cancelled", "", ""};
        {
            std::unique_lock lock(probe->m_mutex);
            probe->m_loading = true;
            probe->m_changed.notify_all();
            probe->wait(lock, [&probe] { return !probe->m_loadHeld; });
        }
        if (probe->throwWhileLoading)
            throw std::runtime_error("loading fell over");
        if (!monitor(0.9, "Loading more of it"))
            return Error{"loading was cancelled", "", ""};
        if (!probe->loadError.empty())
            return Error{probe->loadError, "nowhere", "try something else"};
        return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(probe, document));
    }

    FakeEngine(std::shared_ptr<FakeEngineProbe> probe, Json document)
        : m_probe(std::move(probe))
        , m_document(std::move(document))
    {
        m_info.columns = fakeColumns();
        m_info.phases = {{"discriminator", "D", {"discriminator"}, "d_loss", "training.discriminator_steps"},
            {"generator", "G", {"generator"}, "g_loss", "training.generator_steps"}};
        m_info.device = "nothing";
        m_info.data = "nothing at all";
        m_info.dataCount = m_probe->stepsPerEpoch * batch;
        m_info.dataShape = {1, 4, 4};
        m_info.resolved = m_probe->resolved;
        m_info.measure = m_probe->measure;
        const std::lock_guard lock(m_probe->m_mutex);
        m_probe->m_alive = true;
    }

    ~FakeEngine() override
    {
        m_probe->seen();
        const std::lock_guard lock(m_probe->m_mutex);
        m_probe->m_alive = false;
    }

    const EngineInfo& info() const override { return m_info; }

    EngineProgress progress() const override
    {
        if (m_thrown && m_probe->throwFromProgress)
            throw std::runtime_error("progress fell over as well");
        EngineProgress progress;
        progress.step = m_step;
        progress.images = m_images;
        progress.epoch = static_cast<double>(m_images) / static_cast<double>(m_info.dataCount);
        if (m_phase > 0 || m_repeat > 0) {
            progress.duePhase = m_info.phases[m_phase].key;
            progress.repeatsDone = m_repeat;
            progress.inRound =
                m_info.phases[m_phase].label + " " + std::to_string(m_repeat + 1) + " of " + std::to_string(repeats());
        }
        return progress;
    }

    Advance advance(const std::string& only) override
    {
        m_probe->seen();
        {
            std::unique_lock lock(m_probe->m_mutex);
            m_probe->m_waiting = true;
            m_probe->m_changed.notify_all();
            m_probe->wait(lock, [this] { return !m_probe->m_gate || m_probe->m_permits > 0; });
            m_probe->m_waiting = false;
            if (m_probe->m_gate && m_probe->m_permits > 0)
                --m_probe->m_permits;
        }
        if (m_step + 1 == m_probe->throwAtStep) {
            m_thrown = true;
            throw std::runtime_error("the engine fell over");
        }
        if (m_step + 1 == m_probe->faultAtStep && !m_faulted) {
            m_faulted = true;
            return {false,
                Fault{Fault::Kind::NonFinite, m_step + 1,
                    {"the loss is not finite", "step " + std::to_string(m_step + 1), "lower the learning rate"}}};
        }
        if (m_phase == 0 && m_repeat == 0 && m_only < 0 && !only.empty()) {
            m_only = only == "generator" ? 1 : 0;
            m_phase = static_cast<std::size_t>(m_only);
        }
        runPhase();
        if (m_only < 0) {
            if (++m_repeat < repeats())
                return {};
            m_repeat = 0;
            if (++m_phase < m_info.phases.size())
                return {};
        }
        m_phase = 0;
        m_only = -1;
        ++m_step;
        m_row.step = m_step;
        m_row.images = m_images;
        m_row.epoch = static_cast<double>(m_images) / static_cast<double>(m_info.dataCount);
        m_rows.push_back(std::exchange(m_row, emptyRow()));
        return {true, std::nullopt};
    }

    int pendingRows() const override { return static_cast<int>(m_rows.size()); }
    int rowCapacity() const override { return 64; }

    std::optional<Fault> takeRows(std::vector<MetricRow>& rows) override
    {
        rows.insert(rows.end(), m_rows.begin(), m_rows.end());
        m_rows.clear();
        if (m_probe->faultInRowsAtStep > 0 && m_step >= m_probe->faultInRowsAtStep && !m_faulted) {
            m_faulted = true;
            return Fault{
                Fault::Kind::NonFinite, m_step, {"a loss was not finite", "step " + std::to_string(m_step), "wait"}};
        }
        return std::nullopt;
    }

    Status apply(const std::string& path, const Json& value) override
    {
        m_probe->seen();
        if (path == m_probe->refusedPath)
            return Error{"this engine does not want it", path, "leave it"};
        setPath(m_document, path, value);
        const std::lock_guard lock(m_probe->m_mutex);
        m_probe->m_applied.push_back({path, value, m_step, m_probe->m_phases});
        return {};
    }

    Result<Samples> sample() override
    {
        {
            const std::lock_guard lock(m_probe->m_mutex);
            ++m_probe->m_samples;
        }
        return pictures(static_cast<std::uint8_t>(m_step), false);
    }
    Result<Samples> realSamples() override { return pictures(255, true); }

    Result<TensorFile> trace() override
    {
        TensorFile file;
        for (bool done = false; !done;) {
            const Advance advanced = advance({});
            if (advanced.fault)
                return advanced.fault->error;
            if (m_step + 1 == m_probe->traceFailsAtStep && !m_faulted) {
                m_faulted = true;
                return Error{"there is no memory for the trace", "step " + std::to_string(m_step + 1), "free some"};
            }
            done = advanced.stepDone;
        }
        HostTensor loss{DType::F64, {}, std::vector<std::byte>(sizeof(double))};
        std::memcpy(loss.data.data(), &m_rows.back().values[0], sizeof(double));
        file.tensors.emplace("metric/d_loss", std::move(loss));
        file.metadata = {{"step", std::to_string(m_step)}, {"experiment", m_document.dump()}};
        return file;
    }

    Result<Snapshot> snapshot() override
    {
        Snapshot data;
        data.state["images"] = m_images;
        data.state["round"] = {{"phase", m_phase}, {"repeat", m_repeat}};
        for (const double value : m_row.values) // of the round under way; NaN becomes null
            data.state["row"].push_back(value);
        HostTensor tensor{DType::U8, {static_cast<std::int64_t>(m_probe->checkpointBytes)},
            std::vector<std::byte>(m_probe->checkpointBytes)};
        std::memcpy(tensor.data.data(), &m_step, sizeof m_step);
        data.tensors = [tensor, lost = m_step > 0 && m_step == m_probe->tensorsLostAtStep] {
            if (lost)
                throw std::runtime_error("the device fell over");
            return TensorMap{{"generator/weight", tensor}};
        };
        const std::lock_guard lock(m_probe->m_mutex);
        ++m_probe->m_saves;
        return data;
    }

    Result<CheckpointData> publish() override
    {
        CheckpointData data;
        data.state["step"] = m_step;
        const std::lock_guard lock(m_probe->m_mutex);
        ++m_probe->m_publications;
        return data;
    }

    Status restore(const CheckpointData& checkpoint) override
    {
        const auto found = checkpoint.tensors.find("generator/weight");
        if (found == checkpoint.tensors.end() || found->second.data.size() < sizeof m_step)
            return Error{
                "the weights of the generator are missing", "tensors.safetensors", "choose another checkpoint"};
        std::memcpy(&m_step, found->second.data.data(), sizeof m_step);
        m_images = checkpoint.state["images"];
        m_phase = checkpoint.state["round"]["phase"];
        m_repeat = checkpoint.state["round"]["repeat"];
        m_row = emptyRow();
        for (std::size_t i = 0; i < m_row.values.size(); ++i) {
            if (const Json& value = checkpoint.state["row"][i]; !value.is_null())
                m_row.values[i] = value;
        }
        return {};
    }

private:
    static MetricRow emptyRow() { return {0, 0, 0, 0, {noValue, noValue, noValue}}; }

    void runPhase()
    {
        if (m_phase == 0) {
            m_images += batch;
            m_row.values[0] = static_cast<double>(m_step + 1);
        } else {
            m_row.values[1] = static_cast<double>(m_step + 1) / 2;
            const Json* rate = findPath(m_document, "optimisers.generator.learning_rate");
            m_row.values[2] = rate ? rate->get<double>() : noValue;
        }
        const std::lock_guard lock(m_probe->m_mutex);
        ++m_probe->m_phases;
    }

    std::int64_t repeats() const
    {
        const Json* count = findPath(m_document, m_info.phases[m_phase].repeatsPath);
        return count && m_only < 0 ? count->get<std::int64_t>() : 1;
    }

    Samples pictures(std::uint8_t value, bool real) const
    {
        Samples samples;
        samples.step = m_step;
        samples.real = real;
        samples.count = 4;
        samples.height = samples.width = 4;
        samples.channels = 1;
        samples.columns = 2;
        samples.pixels.assign(64, value);
        return samples;
    }

    std::shared_ptr<FakeEngineProbe> m_probe;
    Json m_document;
    EngineInfo m_info;
    std::int64_t m_step = 0;
    std::int64_t m_images = 0;
    std::size_t m_phase = 0;
    std::int64_t m_repeat = 0;
    int m_only = -1;
    bool m_faulted = false;
    bool m_thrown = false;
    MetricRow m_row = emptyRow();
    std::vector<MetricRow> m_rows;
};

EngineFactory fakeEngineFactory(std::shared_ptr<FakeEngineProbe> probe)
{
    return [probe = std::move(probe)](
               const Json& document, const LoadMonitor& monitor) { return FakeEngine::load(probe, document, monitor); };
}

std::vector<ColumnInfo> fakeColumns()
{
    return {{"d_loss", "D loss", "loss", "discriminator"}, {"g_loss", "G loss", "loss", "generator"},
        {"rate", "G learning rate", "rate", "generator"}};
}

} // namespace saddle::test
