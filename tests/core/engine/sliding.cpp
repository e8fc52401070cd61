// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions with derivatives of our own making: PyTorch's own give the same, to the third order.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/models/layers/sliding.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/torch.h>

#include <QtTest>
#endif

using namespace saddle;

namespace {

struct Case {
    Sliding sliding;
    torch::Tensor input;
    torch::Tensor weight;
    torch::Tensor bias; ///< or undefined
};

torch::Tensor library(const Case& given)
{
    const Sliding& s = given.sliding;
    if (s.outputPadding > 0) { // PyTorch 2.11 has no second derivatives of these: cut out of a larger image
        const torch::Tensor whole = at::convolution(
            given.input, given.weight, given.bias, {s.stride, s.stride}, {0, 0}, {1, 1}, true, {0, 0}, 1);
        const auto side = [&](int axis) { return whole.size(axis) - 2 * s.padding + s.outputPadding; };
        return whole.narrow(2, s.padding, side(2)).narrow(3, s.padding, side(3));
    }
    return at::convolution(given.input, given.weight, given.bias, {s.stride, s.stride}, {s.padding, s.padding}, {1, 1},
        s.transposed, {s.outputPadding, s.outputPadding}, s.groups);
}

torch::Tensor ours(const Case& given)
{
    return slide(given.input, given.weight, given.bias, given.sliding);
}

std::vector<torch::Tensor> learned(const Case& given)
{
    std::vector<torch::Tensor> all{given.input, given.weight};
    if (given.bias.defined())
        all.push_back(given.bias);
    return all;
}

torch::Tensor squares(const std::vector<torch::Tensor>& tensors)
{
    torch::Tensor sum = torch::zeros({}, torch::kDouble);
    for (const torch::Tensor& tensor : tensors)
        sum = sum + (tensor * tensor.detach().cos()).square().sum(); // each number has a weight of its own
    return sum;
}

/// The output, and gradients of squared gradients, three times over.
std::vector<torch::Tensor> derivatives(const Case& given, torch::Tensor (*convolve)(const Case&))
{
    const torch::Tensor output = convolve(given);
    std::vector<torch::Tensor> all{output};
    torch::Tensor value = output.sin().sum();
    for (int order = 1; order <= 3; ++order) {
        const std::vector<torch::Tensor> found =
            torch::autograd::grad({value}, learned(given), {}, std::nullopt, order < 3, true);
        for (const torch::Tensor& gradient : found) {
            if (gradient.defined())
                all.push_back(gradient);
        }
        if (order < 3)
            value = squares(found);
    }
    return all;
}

} // namespace

class TestSliding : public QObject {
    Q_OBJECT

private slots:
    void givesWhatTheLibraryGives_data()
    {
        QTest::addColumn<Sliding>("sliding");
        QTest::addColumn<QList<int>>("sizes"); ///< channels in and out, kernel, height, width
        QTest::addColumn<bool>("bias");
        QTest::newRow("1 × 1") << Sliding{} << QList<int>{3, 5, 1, 4, 3} << false;
        QTest::newRow("1 × 1 with a bias") << Sliding{} << QList<int>{3, 5, 1, 4, 3} << true;
        QTest::newRow("halving") << Sliding{.stride = 2, .padding = 1} << QList<int>{2, 4, 4, 8, 6} << true;
        QTest::newRow("a rest at the edge") << Sliding{.stride = 2, .padding = 1} << QList<int>{2, 4, 4, 9, 7} << true;
        QTest::newRow("groups") << Sliding{.padding = 1, .groups = 2} << QList<int>{4, 6, 3, 5, 5} << true;
        QTest::newRow("each channel by itself")
            << Sliding{.stride = 2, .padding = 1, .groups = 4} << QList<int>{4, 4, 4, 6, 6} << false;
        QTest::newRow("doubling") << Sliding{.stride = 2, .padding = 1, .transposed = true} << QList<int>{4, 3, 4, 3, 4}
                                  << true;
        QTest::newRow("with output padding")
            << Sliding{.stride = 2, .padding = 1, .outputPadding = 1, .transposed = true} << QList<int>{4, 3, 3, 3, 4}
            << false;
        QTest::newRow("transposed groups")
            << Sliding{.stride = 2, .padding = 1, .groups = 2, .transposed = true} << QList<int>{4, 6, 4, 3, 3} << true;
    }

    void givesWhatTheLibraryGives()
    {
        QFETCH(Sliding, sliding);
        QFETCH(QList<int>, sizes);
        QFETCH(bool, bias);
        at::set_num_threads(1);
        torch::manual_seed(2);
        const std::int64_t in = sizes[0];
        const std::int64_t out = sizes[1];
        for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
            Case given{sliding, at::randn({2, in, sizes[3], sizes[4]}, torch::kDouble),
                at::randn({sliding.transposed ? in : out, (sliding.transposed ? out : in) / sliding.groups, sizes[2],
                              sizes[2]},
                    torch::kDouble),
                bias ? at::randn({out}, torch::kDouble).requires_grad_(true) : torch::Tensor()};
            given.input = given.input.contiguous(format).requires_grad_(true);
            given.weight = given.weight.contiguous(format).requires_grad_(true);
            const std::vector<torch::Tensor> expected = derivatives(given, library);
            const std::vector<torch::Tensor> found = derivatives(given, ours);
            QCOMPARE(found.size(), expected.size());
            QVERIFY(expected.size() >= 7);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                const double scale = expected[i].abs().max().item<double>();
                QVERIFY((found[i] - expected[i]).abs().max().item<double>() <= 1e-12 * scale);
            }
        }
    }

    void onlyWhatIsAskedFor()
    {
        const torch::Tensor input = at::randn({2, 3, 6, 6}, torch::kDouble).requires_grad_(true);
        const torch::Tensor frozen = at::randn({4, 3, 4, 4}, torch::kDouble);
        const Sliding halving{.stride = 2, .padding = 1};
        QVERIFY(!slide(input.detach(), frozen, {}, halving).requires_grad());
        const torch::Tensor gradient = torch::autograd::grad(
            {slide(input, frozen, at::randn({4}, torch::kDouble), halving).square().sum()}, {input}, {}, true, true)[0];
        const torch::Tensor penalty = torch::autograd::grad({gradient.square().sum()}, {input})[0];
        QVERIFY(penalty.defined());
    }
};

QTEST_GUILESS_MAIN(TestSliding)
#include "sliding.moc"
