// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sources.h"
#include "core/params/schema.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

Json resolved(const SourceInfo& source, const Json& given)
{
    const Result<Json> options = resolveParameters(source.parameters, given, "data");
    return options ? *options : Json(options.error().sentence());
}

std::string sizes(std::initializer_list<std::uint32_t> words)
{
    std::string bytes;
    for (const std::uint32_t word : words) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(word >> shift & 0xff);
    }
    return bytes;
}

/// `count` images in which every pixel says where it was: 1, 2, 3 ...
std::string images(std::uint32_t count, std::uint32_t height, std::uint32_t width)
{
    std::string bytes = sizes({0x803, count, height, width});
    for (std::uint32_t i = 0; i < count * height * width; ++i)
        bytes += static_cast<char>(1 + i % 255);
    return bytes;
}

std::string labels(std::uint32_t count)
{
    std::string bytes = sizes({0x801, count});
    for (std::uint32_t i = 0; i < count; ++i)
        bytes += static_cast<char>(i % 10);
    return bytes;
}

Json pair(const fs::path& imagesFile, const fs::path& labelsFile, int size = 0)
{
    return {{"images", imagesFile.string()}, {"labels", labelsFile.string()}, {"size", size}};
}

} // namespace

class TestDataSources : public QObject {
    Q_OBJECT

private slots:
    void ringHasItsModes_data();
    void ringHasItsModes();
    void ringSpreads();
    void ringIsTheSameEachTime();
    void ringOfOnePoint();
    void idxAsItIs();
    void idxPadded_data();
    void idxPadded();
    void idxWithoutLabels();
    void idxTooSmall();
    void idxCountsDisagree();
    void idxMissing();
    void idxRotten();
    void fashion();
    void fashionMissing();
    void fashionUnpacked();

private:
    Scratch m_scratch;
};

void TestDataSources::ringHasItsModes_data()
{
    QTest::addColumn<int>("modes");
    QTest::addColumn<double>("radius");
    QTest::newRow("the usual ring") << 8 << 1.0;
    QTest::newRow("three, far out") << 3 << 20.0;
    QTest::newRow("as many as there are labels") << 255 << 100.0;
}

void TestDataSources::ringHasItsModes()
{
    QFETCH(int, modes);
    QFETCH(double, radius);
    const SourceInfo source = gaussiansSource();
    const Json options = resolved(source, {{"modes", modes}, {"radius", radius}, {"count", modes * 1000}});
    QCOMPARE(*source.shape(options), (Shape{2}));
    const Result<Dataset> data = source.load(options);
    QVERIFY_OK(data);
    QCOMPARE(data->count, std::int64_t{modes} * 1000);
    QVERIFY(data->isPoints());
    QCOMPARE(data->values.size(), static_cast<std::size_t>(modes) * 2000);
    QVERIFY(data->pixels.empty());
    std::map<int, std::pair<double, double>> sums;
    std::map<int, int> counts;
    for (std::size_t i = 0; i < data->labels.size(); ++i) {
        auto& [x, y] = sums[data->labels[i]];
        x += static_cast<double>(data->values[2 * i]);
        y += static_cast<double>(data->values[2 * i + 1]);
        ++counts[data->labels[i]];
    }
    // As many modes as asked for, equally often, each at its own angle: the last is not the first again.
    QCOMPARE(sums.size(), static_cast<std::size_t>(modes));
    for (const auto& [mode, sum] : sums) {
        QCOMPARE(counts[mode], 1000);
        const double angle = 2 * std::numbers::pi * mode / modes;
        const double distance =
            std::hypot(sum.first / 1000 - radius * std::cos(angle), sum.second / 1000 - radius * std::sin(angle));
        QVERIFY2(distance < 0.003, qPrintable(QString::number(mode))); // the mean of 1000 with σ 0.01: 0.0003
    }
}

void TestDataSources::ringSpreads()
{
    const SourceInfo source = gaussiansSource();
    for (const double deviation : {0.01, 0.5}) {
        const Result<Dataset> data =
            source.load(resolved(source, {{"modes", 1}, {"deviation", deviation}, {"count", 40000}}));
        QVERIFY_OK(data);
        double mean[2]{};
        double square[2]{};
        double product = 0;
        for (std::size_t i = 0; i < 40000; ++i) {
            const double x = static_cast<double>(data->values[2 * i]) - 1;
            const double y = static_cast<double>(data->values[2 * i + 1]);
            mean[0] += x / 40000;
            mean[1] += y / 40000;
            square[0] += x * x / 40000;
            square[1] += y * y / 40000;
            product += x * y / 40000;
        }
        for (const int axis : {0, 1}) {
            QVERIFY(std::abs(mean[axis]) < 5 * deviation / 200);
            // The sample's deviation is within σ / √(2n) of the true one.
            QVERIFY(std::abs(std::sqrt(square[axis]) / deviation - 1) < 5 / std::sqrt(80000.0));
        }
        QVERIFY(std::abs(product) < 5 * deviation * deviation / 200);
    }
}

void TestDataSources::ringIsTheSameEachTime()
{
    const SourceInfo source = gaussiansSource();
    const Result<Dataset> once = source.load(resolved(source, {{"count", 100}}));
    const Result<Dataset> more = source.load(resolved(source, {{"count", 200}}));
    QVERIFY_OK(once);
    QVERIFY_OK(more);
    QVERIFY(std::equal(once->values.begin(), once->values.end(), more->values.begin()));
}

void TestDataSources::ringOfOnePoint()
{
    const SourceInfo source = gaussiansSource();
    const Result<Dataset> data = source.load(resolved(source, {{"count", 1}, {"deviation", 0}}));
    QVERIFY_OK(data);
    QCOMPARE(data->values, (std::vector<float>{1, 0}));
}

void TestDataSources::idxAsItIs()
{
    const SourceInfo source = idxSource();
    const Json options =
        resolved(source, pair(m_scratch.write("a.images", images(3, 2, 5)), m_scratch.write("a.labels", labels(3))));
    QCOMPARE(*source.shape(options), (Shape{1, 2, 5}));
    const Result<Dataset> data = source.load(options);
    QVERIFY_OK(data);
    QCOMPARE(data->shape, (Shape{1, 2, 5}));
    QCOMPARE(data->count, 3);
    QCOMPARE(data->pixels.size(), std::size_t{30});
    QCOMPARE(data->pixels[29], 30);
    QCOMPARE(data->labels, (std::vector<std::uint8_t>{0, 1, 2}));
    QVERIFY(!data->isPoints());
}

void TestDataSources::idxPadded_data()
{
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("size");
    QTest::newRow("28 to 32") << 28 << 28 << 32;
    QTest::newRow("exactly") << 28 << 28 << 28;
    QTest::newRow("odd rest") << 5 << 4 << 8;
    QTest::newRow("one side only") << 4 << 8 << 8;
}

void TestDataSources::idxPadded()
{
    QFETCH(int, height);
    QFETCH(int, width);
    QFETCH(int, size);
    const SourceInfo source = idxSource();
    const Json options = resolved(source,
        pair(m_scratch.write(
                 "p.images", images(2, static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width))),
            {}, size));
    QCOMPARE(*source.shape(options), (Shape{1, size, size}));
    const Result<Dataset> data = source.load(options);
    QVERIFY_OK(data);
    QCOMPARE(data->shape, (Shape{1, size, size}));
    QCOMPARE(data->pixels.size(), static_cast<std::size_t>(2 * size * size));
    const int top = (size - height) / 2;
    const int left = (size - width) / 2;
    for (int i = 0; i < 2; ++i) {
        for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x) {
                const bool inside = y >= top && y < top + height && x >= left && x < left + width;
                const int wanted = inside ? 1 + ((i * height + y - top) * width + x - left) % 255 : 0;
                QCOMPARE(int{data->pixels[static_cast<std::size_t>((i * size + y) * size + x)]}, wanted);
            }
        }
    }
}

void TestDataSources::idxWithoutLabels()
{
    const SourceInfo source = idxSource();
    const Result<Dataset> data = source.load(resolved(source, pair(m_scratch.write("n.images", images(2, 2, 2)), {})));
    QVERIFY_OK(data);
    QVERIFY(data->labels.empty());
}

void TestDataSources::idxTooSmall()
{
    const SourceInfo source = idxSource();
    const fs::path file = m_scratch.write("s.images", images(1, 3, 5));
    const Json options = resolved(source, pair(file, {}, 4));
    SAYS(source.shape(options), file.string(), "5 × 3", "size of 4");
    SAYS(source.load(options), file.string(), "5 × 3", "size of 4");
}

void TestDataSources::idxCountsDisagree()
{
    const SourceInfo source = idxSource();
    const fs::path three = m_scratch.write("c.images", images(3, 2, 2));
    const fs::path four = m_scratch.write("c.labels", labels(4));
    SAYS(source.load(resolved(source, pair(three, four))), three.string(), four.string(), "3 images", "4 labels");
    SAYS(source.load(resolved(source, pair(four, three))), four.string(), "label file");
    SAYS(source.load(resolved(source, pair(three, three))), three.string(), "image file");
}

void TestDataSources::idxMissing()
{
    const SourceInfo source = idxSource();
    const fs::path none = m_scratch.path("nowhere");
    SAYS(source.shape(resolved(source, pair(none, {}))), none.string(), "cannot be opened");
    SAYS(source.load(resolved(source, pair(none, {}))), none.string(), "cannot be opened");
    SAYS(source.load(resolved(source, pair(m_scratch.write("m.images", images(1, 1, 1)), none))), none.string());
    SAYS(source.shape(resolved(source, Json::object())), "data.images", "no file of images");
    SAYS(source.shape(resolved(source, pair(m_scratch.path(), {}))), m_scratch.path().string(), "folder");
}

void TestDataSources::idxRotten()
{
    const SourceInfo source = idxSource();
    const fs::path cut = m_scratch.write("r.images", images(3, 4, 4).substr(0, 40));
    SAYS(source.load(resolved(source, pair(cut, {}))), cut.string(), "24");
    // The header alone is right.
    QVERIFY_OK(source.shape(resolved(source, pair(cut, {}))));
}

void TestDataSources::fashion()
{
    const SourceInfo source = fashionMnistSource();
    const Json options = resolved(source, {{"size", 32}});
    if (!fs::exists(fs::path(options["folder"].get<std::string>()) / "train-images-idx3-ubyte.gz"))
        QSKIP("the package dataset-fashion-mnist is not installed");
    QCOMPARE(*source.shape(options), (Shape{1, 32, 32}));
    QCOMPARE(*source.shape(resolved(source, Json::object())), (Shape{1, 28, 28}));
    const Result<Dataset> data = source.load(options);
    QVERIFY_OK(data);
    QCOMPARE(data->count, 60000);
    QCOMPARE(data->shape, (Shape{1, 32, 32}));
    QCOMPARE(data->labels.size(), std::size_t{60000});
    std::map<int, int> counts;
    for (const std::uint8_t label : data->labels)
        ++counts[label];
    QCOMPARE(counts.size(), std::size_t{10});
    for (const auto& [label, count] : counts)
        QCOMPARE(count, 6000);
    QCOMPARE(int{data->labels[0]}, 9); // the first picture is an ankle boot
    QCOMPARE(data->description, std::string("Fashion-MNIST, 60,000 images"));
}

void TestDataSources::fashionMissing()
{
    const SourceInfo source = fashionMnistSource();
    const Json options = resolved(source, {{"folder", m_scratch.path("no-clothes").string()}});
    SAYS(source.shape(options), "no-clothes", "apt install dataset-fashion-mnist");
    SAYS(source.load(options), "no-clothes", "apt install dataset-fashion-mnist");
    const Json small = resolved(source,
        {{"size", 20},
            {"folder", m_scratch.write("f/train-images-idx3-ubyte", images(1, 28, 28)).parent_path().string()}});
    SAYS(source.shape(small), "28 × 28", "size of 20");
}

void TestDataSources::fashionUnpacked()
{
    const fs::path folder = m_scratch.write("plain/train-images-idx3-ubyte", images(2, 28, 28)).parent_path();
    m_scratch.write("plain/train-labels-idx1-ubyte", labels(2));
    const SourceInfo source = fashionMnistSource();
    const Result<Dataset> data = source.load(resolved(source, {{"folder", folder.string()}}));
    QVERIFY_OK(data);
    QCOMPARE(data->count, 2);
}

QTEST_GUILESS_MAIN(TestDataSources)
#include "data_sources.moc"
