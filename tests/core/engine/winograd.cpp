// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions by fewer products give what the library's give: values, first and second derivatives.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/models/layers/winograd.h"
#include "core/models/layers/winograd_kernels.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/torch.h>

#include <QtTest>
#endif

using namespace saddle;

namespace {

constexpr auto channelsLast = torch::MemoryFormat::ChannelsLast;

struct Case {
    torch::Tensor input;
    torch::Tensor weight;
    torch::Tensor bias;
    torch::Tensor direction; ///< what outputs are weighed with
    std::int64_t groups = 1;
};

/// float64; values of order 1 after the convolution.
Case makeCase(std::int64_t count, std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width,
    std::int64_t groups = 1)
{
    torch::manual_seed(1);
    const auto options = torch::TensorOptions().dtype(torch::kDouble);
    return {at::randn({count, in, height, width}, options),
        at::randn({out, in / groups, 3, 3}, options) / std::sqrt(9.0 * static_cast<double>(in / groups)),
        at::randn({out}, options), at::randn({count, out, height, width}, options), groups};
}

Case inFloat(const Case& wide)
{
    const auto learned = [](const torch::Tensor& tensor) {
        torch::Tensor copy = tensor.to(torch::kFloat);
        return (copy.dim() == 4 ? copy.contiguous(channelsLast) : copy).requires_grad_(true);
    };
    return {learned(wide.input), learned(wide.weight), learned(wide.bias), learned(wide.direction), wide.groups};
}

Case learning(Case wide)
{
    for (torch::Tensor* tensor : {&wide.input, &wide.weight, &wide.bias, &wide.direction})
        tensor->requires_grad_(true);
    return wide;
}

/// Output; gradients; and the gradients of the squared length of the input's gradient, as penalties take them.
std::vector<torch::Tensor> derivatives(const Case& given, bool fewer)
{
    const torch::Tensor output = fewer
        ? winogradConvolution(given.input, given.weight, given.bias, given.groups)
        : at::conv2d(given.input, given.weight, given.bias, {1, 1}, {1, 1}, {1, 1}, given.groups);
    const torch::Tensor loss = (output.square() * given.direction).sum();
    const auto first = torch::autograd::grad({loss}, {given.input, given.weight, given.bias}, {}, true, true);
    const torch::Tensor penalty = first[0].square().sum() + first[1].square().sum();
    const auto second =
        torch::autograd::grad({penalty}, {given.input, given.weight, given.bias, given.direction}, {}, true);
    std::vector<torch::Tensor> all{output};
    all.insert(all.end(), first.begin(), first.end());
    all.insert(all.end(), second.begin(), second.end());
    return all;
}

/// The largest difference, relative to the largest value.
double difference(const torch::Tensor& found, const torch::Tensor& expected)
{
    const torch::Tensor wide = expected.detach();
    return (found.detach().to(torch::kDouble) - wide).abs().max().item<double>() / wide.abs().max().item<double>();
}

} // namespace

class TestWinograd : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void givesWhatTheLibraryGives_data();
    void givesWhatTheLibraryGives();
    void takesOnlyWhatItCan();
    void needsNoBias();
    void computesOnlyWhatIsAskedFor();
    void aSampleDependsOnNothingElse_data();
    void aSampleDependsOnNothingElse();
};

void TestWinograd::initTestCase()
{
    if (!winograd::supported())
        QSKIP("this processor lacks AVX2 or FMA: the library's convolutions are used");
}

void TestWinograd::givesWhatTheLibraryGives_data()
{
    QTest::addColumn<QList<int>>("sizes"); ///< count, channels in and out, height, width, groups
    QTest::newRow("whole tiles") << QList<int>{3, 32, 32, 8, 8, 1};
    QTest::newRow("more out") << QList<int>{2, 32, 64, 8, 12, 1};
    QTest::newRow("fewer out") << QList<int>{2, 64, 48, 4, 4, 1};
    QTest::newRow("pieces of tiles") << QList<int>{2, 32, 48, 7, 13, 1};
    QTest::newRow("one pixel") << QList<int>{5, 32, 32, 1, 1, 1};
    QTest::newRow("groups") << QList<int>{3, 64, 64, 9, 8, 4};
    QTest::newRow("groups of other sizes in and out") << QList<int>{2, 96, 32, 13, 20, 2};
    QTest::newRow("groups of more tiles than a thread takes") << QList<int>{1, 32, 64, 60, 33, 2};
    QTest::newRow("more tiles than a thread takes") << QList<int>{1, 32, 32, 60, 33, 1};
}

void TestWinograd::givesWhatTheLibraryGives()
{
    QFETCH(QList<int>, sizes);
    at::set_num_threads(1);
    const Case wide = learning(makeCase(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]));
    const Case narrow = inFloat(makeCase(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]));
    QVERIFY(winogradFits(narrow.input, narrow.weight, narrow.groups));
    const std::vector<torch::Tensor> expected = derivatives(wide, false);
    const std::vector<torch::Tensor> found = derivatives(narrow, true);
    static const char* const names[] = {"output", "input's gradient", "weight's gradient", "bias's gradient",
        "second, input", "second, weight", "second, bias", "second, direction"};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double off = difference(found[i], expected[i]);
        QVERIFY2(off < 3e-5, qPrintable(QStringLiteral("%1 is off by %2").arg(QLatin1String(names[i])).arg(off)));
    }
    QVERIFY(found[0].is_contiguous(channelsLast));
    QVERIFY(found[2].is_contiguous(channelsLast));
}

void TestWinograd::takesOnlyWhatItCan()
{
    const auto fits = [](std::int64_t out, std::int64_t in, std::int64_t side, torch::ScalarType type,
                          std::int64_t groups = 1) {
        return winogradFits(at::empty({1, in, 8, 8}, type), at::empty({out, in / groups, side, side}, type), groups);
    };
    QVERIFY(fits(32, 64, 3, torch::kFloat));
    QVERIFY(!fits(32, 64, 3, torch::kDouble));
    QVERIFY(!fits(32, 64, 4, torch::kFloat));
    QVERIFY(!fits(32, 3, 3, torch::kFloat));
    QVERIFY(!fits(16, 64, 3, torch::kFloat));
    QVERIFY(!fits(72, 64, 3, torch::kFloat));
    QVERIFY(fits(64, 32, 3, torch::kFloat, 2));
    QVERIFY(!fits(64, 32, 3, torch::kFloat, 4));
    QVERIFY(!fits(32, 64, 3, torch::kFloat, 4));
}

void TestWinograd::needsNoBias()
{
    const Case given = inFloat(makeCase(2, 32, 32, 8, 8));
    const torch::Tensor expected = at::conv2d(given.input, given.weight, {}, {1, 1}, {1, 1});
    QVERIFY(difference(winogradConvolution(given.input, given.weight, {}, 1), expected.to(torch::kDouble)) < 1e-5);
}

/// A network that does not learn costs no gradients of its weights.
void TestWinograd::computesOnlyWhatIsAskedFor()
{
    const Case given = inFloat(makeCase(2, 32, 32, 8, 8));
    const torch::Tensor frozen = given.weight.detach();
    const torch::Tensor output = winogradConvolution(given.input, frozen, given.bias.detach(), 1);
    QVERIFY(torch::autograd::grad({output.sum()}, {given.input}).front().defined());
    QVERIFY(!winogradConvolution(given.input.detach(), frozen, {}, 1).requires_grad());
}

void TestWinograd::aSampleDependsOnNothingElse_data()
{
    QTest::addColumn<int>("groups");
    QTest::newRow("one group") << 1;
    QTest::newRow("two groups") << 2;
}

void TestWinograd::aSampleDependsOnNothingElse()
{
    QFETCH(int, groups);
    const Case given = inFloat(makeCase(9, 96, 64, 12, 12, groups));
    const auto all = [&](int threads) {
        at::set_num_threads(threads);
        return derivatives(given, true);
    };
    const std::vector<torch::Tensor> one = all(1);
    const std::vector<torch::Tensor> two = all(2);
    for (std::size_t i = 0; i < one.size(); ++i)
        QVERIFY(torch::equal(one[i], two[i]));
    at::set_num_threads(1);
    const torch::NoGradGuard guard;
    const torch::Tensor last = winogradConvolution(
        given.input.narrow(0, 8, 1).contiguous(channelsLast), given.weight, given.bias, given.groups);
    QVERIFY(torch::equal(last, one[0].narrow(0, 8, 1)));
}

QTEST_GUILESS_MAIN(TestWinograd)
#include "winograd.moc"
