// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/builtin.h"
#include "core/training/trainer.h"

#include "tests/support/idx_images.h"
#include "tests/support/scratch.h"

#include <ATen/Parallel.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace saddle::test {

/// Points, two small MLPs, one thread: a step takes well under a millisecond.
inline Json pointsExperiment()
{
    return {{"data", {{"source", "gaussians-8"}, {"count", 200}}}, {"latent", {{"dimensions", 4}}},
        {"generator", {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}, {"initialisation", "default"}}},
        {"discriminator",
            {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}, {"activation", "leaky_relu"},
                {"initialisation", "default"}}},
        {"training", {{"batch_size", 16}, {"threads", 1}, {"device", "cpu"}}}};
}

/// Images of 16 × 16 pixels from an IDX file, DCGAN of width 4 with batch norm in both networks.
inline Json imagesExperiment(const Scratch& scratch)
{
    const std::filesystem::path images = scratch.write("small-images", idxImages(40, 16));
    return {{"data", {{"source", "idx"}, {"images", images.string()}}}, {"latent", {{"dimensions", 4}}},
        {"generator", {{"architecture", "dcgan"}, {"width", 4}}},
        {"discriminator", {{"architecture", "dcgan"}, {"width", 4}}},
        {"training", {{"batch_size", 8}, {"threads", 1}, {"device", "cpu"}}}};
}

inline Json with(Json document, const std::vector<std::pair<std::string, Json>>& changes)
{
    for (const auto& [path, value] : changes)
        setPath(document, path, value);
    return document;
}

/// A trainer whose inputs a test may put its hands on.
class OpenTrainer : public Trainer {
public:
    using Trainer::Trainer;

    std::function<torch::Tensor(const DrawKey&, torch::Tensor)> onDraw; ///< all of them; the others are then not asked
    std::function<torch::Tensor(torch::Tensor)> onReal;
    std::function<torch::Tensor(const std::string& phase, std::int64_t update, torch::Tensor)> onLatents;
    std::function<torch::Tensor(const std::string& phase, const std::string& which, std::int64_t update, torch::Tensor)>
        onNoise;

protected:
    torch::Tensor drawn(const DrawKey& key, torch::Tensor value) override
    {
        if (onDraw)
            return onDraw(key, std::move(value));
        if (key.name == "real")
            return onReal ? onReal(std::move(value)) : value;
        if (key.name == "latent")
            return onLatents ? onLatents(key.phase, key.update, std::move(value)) : value;
        if (key.name.rfind("noise_", 0) == 0)
            return onNoise ? onNoise(key.phase, key.name.substr(6), key.update, std::move(value)) : value;
        return value;
    }
};

/// Throws what an experiment is refused for.
inline std::unique_ptr<OpenTrainer> makeOpenTrainer(const Json& document, torch::ScalarType type = torch::kFloat,
    std::shared_ptr<StepGraphMaker> graphs = nullptr, std::shared_ptr<WorkerGroup> workers = nullptr,
    std::shared_ptr<SideStream> side = nullptr)
{
    at::set_num_threads(1);
    Result<Experiment> experiment = buildExperiment(document, builtinCatalog());
    if (!experiment)
        throw std::runtime_error(experiment.error().sentence());
    Result<Dataset> dataset = experiment->dataSource->load(experiment->section("data"), unwatched);
    if (!dataset)
        throw std::runtime_error(dataset.error().sentence());
    ChosenDevice device;
    device.name = "CPU, 1 thread";
    device.graphs = std::move(graphs);
    device.side = std::move(side);
    device.bfloat16 = experiment->training.bfloat16; // every processor can, if slowly
    return std::make_unique<OpenTrainer>(
        *std::move(experiment), builtinCatalog(), *std::move(dataset), device, type, std::move(workers));
}

/// Whole steps; throws a fault's sentence.
inline std::vector<MetricRow> trainSteps(Engine& engine, std::int64_t steps, const std::string& only = {})
{
    std::vector<MetricRow> rows;
    for (std::int64_t done = 0; done < steps;) {
        const Engine::Advance advanced = engine.advance(only);
        if (advanced.fault)
            throw std::runtime_error(advanced.fault->error.sentence());
        if (!advanced.stepDone)
            continue;
        ++done;
        if (const std::optional<Fault> fault = engine.takeRows(rows))
            throw std::runtime_error(fault->error.sentence());
    }
    return rows;
}

/// Every tensor of a trainer by its name in a checkpoint: weights, buffers, optimisers' state, average.
inline TensorMap tensorsOf(Engine& engine)
{
    Result<CheckpointData> saved = engine.save();
    if (!saved)
        throw std::runtime_error(saved.error().sentence());
    return std::move(saved->tensors);
}

/// Names of the tensors that are not the same to the last bit, or not in both.
inline std::vector<std::string> differing(const TensorMap& one, const TensorMap& other)
{
    std::vector<std::string> names;
    for (const auto& [name, tensor] : one) {
        const auto found = other.find(name);
        if (found == other.end() || !(found->second == tensor))
            names.push_back(name);
    }
    for (const auto& [name, tensor] : other) {
        if (!one.contains(name))
            names.push_back(name);
    }
    return names;
}

inline QString joined(const std::vector<std::string>& names)
{
    QStringList list;
    for (const std::string& name : names)
        list << QString::fromStdString(name);
    return list.join(QStringLiteral(", "));
}

/// Rows with every number written out to the last bit, empty cells alike.
inline QStringList exactly(const std::vector<MetricRow>& rows)
{
    QStringList lines;
    for (const MetricRow& row : rows) {
        QString line = QStringLiteral("%1 %2 %3").arg(row.step).arg(row.epoch, 0, 'g', 17).arg(row.images);
        for (const double value : row.values)
            line += QStringLiteral(" %1").arg(value, 0, 'g', 17);
        lines << line;
    }
    return lines;
}

/// The value of a column in a row.
inline double cell(const Engine& engine, const MetricRow& row, const std::string& column)
{
    const std::vector<ColumnInfo>& columns = engine.info().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].key == column)
            return row.values[i];
    }
    throw std::runtime_error("no such column: " + column);
}

inline torch::Tensor tensorFrom(const HostTensor& host)
{
    const torch::ScalarType type = host.dtype == DType::F64 ? torch::kDouble
        : host.dtype == DType::I64                          ? torch::kLong
                                                            : torch::kFloat;
    if (host.dtype != DType::F64 && host.dtype != DType::I64 && host.dtype != DType::F32)
        throw std::runtime_error("a tensor of another type than these tests know");
    return torch::from_blob(const_cast<std::byte*>(host.data.data()), host.shape, type).clone();
}

} // namespace saddle::test

/// Fails unless the two sets of tensors are the same to the last bit.
#define QVERIFY_SAME_TENSORS(one, other)                                                                               \
    do {                                                                                                               \
        const auto names_ = saddle::test::differing(one, other);                                                       \
        QVERIFY2(names_.empty(), qPrintable(QStringLiteral("different: ") + saddle::test::joined(names_)));            \
    } while (false)
