// SPDX-License-Identifier: GPL-3.0-or-later
// Optimisers as such: what an update makes of gradients however they lie in memory.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/params/schema.h"
#include "core/training/builtin.h"
#include "core/training/optimiser.h"
#include "core/training/random_streams.h"

#include "tests/support/scratch.h"

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

torch::Tensor values(const std::string& name)
{
    return RandomStreams(5, torch::kCPU).normal(name, 0, {6, 4, 3, 2}).to(torch::kDouble);
}

/// The weight and the optimiser's state after two updates with a gradient in a given order of axes in memory.
std::vector<torch::Tensor> updated(
    const OptimiserInfo& info, torch::MemoryFormat format, std::vector<std::int64_t> order)
{
    ParameterSet parameters;
    parameters.names = {"0.weight"};
    parameters.tensors = {values("weight").contiguous(format)};
    const Result<Json> options = resolveParameters(info.parameters, Json::object(), info.kind);
    const std::unique_ptr<Optimiser> optimiser = info.create(*options, parameters);
    std::vector<std::int64_t> back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    for (const char* name : {"first", "second"})
        optimiser->step({values(name).permute(order).contiguous().permute(back)}, torch::zeros({}, torch::kFloat));
    std::vector<torch::Tensor> result{parameters.tensors.front()};
    for (const NamedTensor& state : optimiser->state())
        result.push_back(state.tensor);
    return result;
}

} // namespace

class TestOptimisers : public QObject {
    Q_OBJECT

private slots:
    void orderInMemory_data();
    void orderInMemory();
    void aBeta2ThatMoves();
};

void TestOptimisers::orderInMemory_data()
{
    QTest::addColumn<QString>("kind");
    for (const OptimiserInfo& info : builtinCatalog().optimisers.items())
        QTest::addRow("%s", info.kind.c_str()) << QString::fromStdString(info.kind);
}

/// Second derivatives of convolutions give weight gradients whose first two axes lie the other way round in memory.
void TestOptimisers::orderInMemory()
{
    QFETCH(QString, kind);
    const OptimiserInfo& info = *builtinCatalog().optimisers.find(kind.toStdString());
    const std::vector<torch::Tensor> expected = updated(info, torch::MemoryFormat::Contiguous, {0, 1, 2, 3});
    QVERIFY(!torch::equal(expected.front(), values("weight")));
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
        for (const std::vector<std::int64_t>& order :
            {std::vector<std::int64_t>{0, 1, 2, 3}, {1, 0, 2, 3}, {0, 2, 3, 1}, {3, 2, 1, 0}}) {
            const std::vector<torch::Tensor> given = updated(info, format, order);
            QCOMPARE(given.size(), expected.size());
            for (std::size_t i = 0; i < given.size(); ++i)
                QVERIFY(torch::allclose(given[i], expected[i], 1e-14, 1e-15));
        }
    }
}

/// Adam with β₂ in a tensor against the sums of the paper, written out for one number.
void TestOptimisers::aBeta2ThatMoves()
{
    const OptimiserInfo& info = *builtinCatalog().optimisers.find("adam");
    const Json options = *resolveParameters(info.parameters,
        {{"learning_rate", 0.01}, {"beta1", 0.3}, {"beta2", 0.9}, {"epsilon", 1e-3}, {"weight_decay", 0.2}}, "adam");
    ParameterSet parameters;
    parameters.names = {"0.weight", "1.weight"};
    parameters.tensors = {torch::full({2, 3}, 0.7, torch::kDouble), torch::full({4}, 0.7, torch::kDouble)};
    const std::unique_ptr<Optimiser> optimiser = info.create(options, parameters);
    optimiser->setBeta2Moves(true);
    const torch::Tensor go = torch::zeros({}, torch::kFloat);
    const torch::Tensor skip = torch::ones({}, torch::kFloat);
    double weight = 0.7;
    double first = 0;
    double second = 0;
    for (int step = 1; step <= 5; ++step) {
        const double beta2 = 0.9 + 0.015 * step;
        const double gradient = std::sin(step);
        QVERIFY(optimiser->set("beta2", beta2));
        const auto given = [&](double value) {
            return std::vector<torch::Tensor>{
                torch::full({2, 3}, value, torch::kDouble), torch::full({4}, value, torch::kDouble)};
        };
        optimiser->step(given(std::nan("")), skip); // leaves no trace, not even before the first update
        optimiser->step(given(gradient), go);
        const double direction = gradient + 0.2 * weight;
        first = 0.3 * first + 0.7 * direction;
        second = beta2 * second + (1 - beta2) * direction * direction;
        const double mean = first / (1 - std::pow(0.3, step));
        const double square = second / (1 - std::pow(beta2, step));
        weight -= 0.01 * mean / (std::sqrt(square) + 1e-3);
        for (const torch::Tensor& tensor : parameters.tensors)
            QVERIFY(torch::allclose(tensor, torch::full_like(tensor, weight), 1e-12, 0));
    }
}

QTEST_GUILESS_MAIN(TestOptimisers)
#include "optimisers.moc"
