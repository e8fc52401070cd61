// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/group/leading_engine.h"

#include "core/training/builtin.h"
#include "core/training/faults.h"
#include "core/training/trainer.h"
#include "core/workers/group/orders.h"

#include <utility>

namespace saddle {

namespace {

/// Does with its own trainer what it is asked for, and has the others do the same first.
class LeadingEngine : public Engine {
public:
    LeadingEngine(std::unique_ptr<Engine> own, std::shared_ptr<WorkerGroup> workers)
        : m_own(std::move(own))
        , m_workers(std::move(workers))
    {
    }
    ~LeadingEngine() override
    {
        order({{"do", orders::end}});
        m_workers->leave();
    }

    const EngineInfo& info() const override { return m_own->info(); }
    EngineProgress progress() const override { return m_own->progress(); }
    std::int64_t memoryBytes() const override { return m_own->memoryBytes(); }
    int pendingRows() const override { return m_own->pendingRows(); }
    int rowCapacity() const override { return m_own->rowCapacity(); }
    Result<Samples> sample() override { return m_own->sample(); }
    bool beginSamples() override { return m_own->beginSamples(); }
    std::optional<Result<Samples>> takeBegunSamples() override { return m_own->takeBegunSamples(); }
    Result<Samples> realSamples() override { return m_own->realSamples(); }
    Result<Snapshot> snapshot() override { return m_own->snapshot(); }
    Result<CheckpointData> publish() override { return m_own->publish(); }

    Advance advance(const std::string& only) override
    {
        if (!order({{"do", orders::advance}, {"only", only}}))
            return {false, lost()};
        Advance advanced = m_own->advance(only);
        // What befell this worker alone leaves the others in the middle of the phase.
        if (advanced.fault && advanced.fault->kind != Fault::Kind::NonFinite) {
            m_workers->leave();
            m_parted = true;
        }
        return advanced;
    }

    std::optional<Fault> takeRows(std::vector<MetricRow>& rows) override
    {
        order({{"do", orders::takeRows}});
        return m_own->takeRows(rows);
    }

    Status apply(const std::string& path, const Json& value) override
    {
        if (!order({{"do", orders::apply}, {"path", path}, {"value", value}}))
            return lost().error;
        return m_own->apply(path, value);
    }

    Status restore(const CheckpointData& checkpoint) override
    {
        if (!order({{"do", orders::restore}}, &checkpoint))
            return lost().error;
        return m_own->restore(checkpoint);
    }

    Status beginFrom(const CheckpointData& checkpoint) override
    {
        if (!order({{"do", orders::beginFrom}}, &checkpoint))
            return lost().error;
        return m_own->beginFrom(checkpoint);
    }

    Result<TensorFile> trace() override
    {
        return Error{
            "a step is laid open where one worker trains alone", "", "train this run with one worker to trace it"};
    }

private:
    /// False where the others can no longer be told.
    bool order(const Json& what, const CheckpointData* checkpoint = nullptr)
    {
        if (m_parted)
            return false;
        try {
            m_workers->tell(what.dump());
            if (checkpoint)
                m_workers->tell(packed(*checkpoint));
            return true;
        } catch (const WorkerGone& gone) {
            m_parted = true;
            m_reason = gone.what();
            return false;
        }
    }

    Fault lost() const { return faultFrom(WorkerGone(m_reason), m_own->progress().step + 1); }

    std::unique_ptr<Engine> m_own;
    std::shared_ptr<WorkerGroup> m_workers;
    bool m_parted = false;
    std::string m_reason = "the workers have parted";
};

} // namespace

Result<std::unique_ptr<Engine>> makeLeadingEngine(
    const Json& document, const LoadMonitor& monitor, const WorkerPlace& place, const WorkersComing& coming)
{
    Result<std::unique_ptr<WorkerGroup>> met = connectWorkers(place, [&](int here) -> Status {
        if (Status awaited = coming(); !awaited)
            return awaited;
        const std::string words =
            "Waiting for the other workers: " + std::to_string(here) + " of " + std::to_string(place.size);
        return monitor(0, words) ? Status() : loadingCancelled();
    });
    if (!met)
        return met.error();
    const std::shared_ptr<WorkerGroup> workers = *std::move(met);
    try {
        // The others of this machine find what this one has decoded and kept.
        Result<std::unique_ptr<Engine>> own = makeSharingTrainer(document, monitor, place, workers);
        workers->tell(own ? document.dump() : std::string());
        if (!own)
            return own.error();
        const std::string problems = workers->agree("");
        if (!problems.empty())
            return Error{"another worker could not begin: " + problems, "", "put that right, then start again"};
        static_cast<Trainer&>(**own).beginAsTheFirst();
        return std::unique_ptr<Engine>(std::make_unique<LeadingEngine>(*std::move(own), workers));
    } catch (const WorkerGone& gone) {
        return Error{std::string(gone.what()) + " before training began", "", "see what it said, then start again"};
    }
}

} // namespace saddle
