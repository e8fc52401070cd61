// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/builtin.h"
#include "core/training/trainer.h"
#include "core/workers/group/leading_engine.h"
#include "core/workers/group/orders.h"

#include <stdexcept>

namespace saddle {

std::string packed(const CheckpointData& checkpoint)
{
    Result<std::string> bytes = encodeSafetensors(checkpoint.tensors, {{"state", checkpoint.state.dump()}});
    if (!bytes)
        throw std::runtime_error(bytes.error().sentence());
    return *std::move(bytes);
}

CheckpointData unpacked(const std::string& message)
{
    Result<TensorFile> file = decodeSafetensors(message, "the checkpoint of worker 0");
    if (!file)
        throw std::runtime_error(file.error().sentence());
    return {Json::parse(file->metadata.at("state")), std::move(file->tensors)};
}

namespace {

/// Does what worker 0 does. False: it has ended.
Result<bool> obey(Engine& engine, WorkerGroup& workers, const Json& order)
{
    const std::string what = order.at("do");
    if (what == orders::end)
        return false;
    if (what == orders::advance) {
        const Engine::Advance advanced = engine.advance(order.at("only"));
        if (advanced.fault && advanced.fault->kind != Fault::Kind::NonFinite)
            return advanced.fault->error;
    } else if (what == orders::takeRows) {
        std::vector<MetricRow> rows;
        engine.takeRows(rows);
    } else if (what == orders::apply) {
        static_cast<void>(engine.apply(order.at("path"), order.at("value")));
    } else if (what == orders::restore) {
        // Also what is refused here alone, such as for want of memory: it would go on with other weights.
        if (Status restored = engine.restore(unpacked(workers.hear())); !restored)
            return restored.error();
    } else if (what == orders::beginFrom) {
        if (Status begun = engine.beginFrom(unpacked(workers.hear())); !begun)
            return begun.error();
    } else {
        return Error{"worker 0 asks for “" + what + "”, which is not known here", "",
            "start the same version of Saddle as every worker"};
    }
    return true;
}

Status followIn(WorkerGroup& workers, Engine& engine)
{
    while (true) {
        Result<bool> goesOn = obey(engine, workers, Json::parse(workers.hear()));
        if (!goesOn)
            return goesOn.error();
        if (!*goesOn)
            return {};
    }
}

} // namespace

Status follow(const WorkerPlace& place)
{
    const std::string where = "worker " + std::to_string(place.rank);
    Result<std::unique_ptr<WorkerGroup>> met = connectWorkers(place, [](int) { return Status(); });
    if (!met)
        return met.error().in(where);
    const std::shared_ptr<WorkerGroup> workers = *std::move(met);
    Status ended;
    try {
        const std::string document = workers->hear();
        if (document.empty()) // worker 0 could not begin, and says why
            return {};
        Result<std::unique_ptr<Engine>> engine = makeSharingTrainer(Json::parse(document), unwatched, place, workers);
        if (const std::string problems = workers->agree(engine ? "" : engine.error().sentence()); !problems.empty()) {
            ended = engine ? Status() : Status(engine.error());
        } else {
            static_cast<Trainer&>(**engine).beginAsTheFirst();
            ended = followIn(*workers, **engine);
        }
    } catch (const WorkerGone&) {
        ended = Error{"worker 0 has ended", "", ""};
    } catch (const std::exception& thrown) {
        ended = Error{thrown.what(), "", ""};
    }
    workers->leave();
    return ended ? ended : ended.error().in(where);
}

} // namespace saddle
