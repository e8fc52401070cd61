// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sources.h"
#include "tests/core/base/data_options.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <filesystem>
#include <map>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

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

class TestDataIdx : public QObject {
    Q_OBJECT

private slots:
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
    void classesComeFromTheLabels();
    void cancelled();
    void mnist();
    void mnistLabelsOutOfRange();
    void notesTellWhatWasPassedOver();

private:
    Scratch m_scratch;
};

void TestDataIdx::idxAsItIs()
{
    const SourceInfo source = idxSource();
    const Json options =
        resolved(source, pair(m_scratch.write("a.images", images(3, 2, 5)), m_scratch.write("a.labels", labels(3))));
    QCOMPARE(source.header(options)->shape, (Shape{1, 2, 5}));
    const Result<Dataset> data = source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->shape, (Shape{1, 2, 5}));
    QCOMPARE(data->count, 3);
    QCOMPARE(data->pixels.size(), std::size_t{30});
    QCOMPARE(data->pixels[29], 30);
    QCOMPARE(data->labels, (std::vector<std::int32_t>{0, 1, 2}));
    QVERIFY(!data->isPoints());
}

void TestDataIdx::idxPadded_data()
{
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("size");
    QTest::newRow("28 to 32") << 28 << 28 << 32;
    QTest::newRow("exactly") << 28 << 28 << 28;
    QTest::newRow("odd rest") << 5 << 4 << 8;
    QTest::newRow("one side only") << 4 << 8 << 8;
}

void TestDataIdx::idxPadded()
{
    QFETCH(int, height);
    QFETCH(int, width);
    QFETCH(int, size);
    const SourceInfo source = idxSource();
    const Json options = resolved(source,
        pair(m_scratch.write(
                 "p.images", images(2, static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width))),
            {}, size));
    QCOMPARE(source.header(options)->shape, (Shape{1, size, size}));
    const Result<Dataset> data = source.load(options, unwatched);
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

void TestDataIdx::idxWithoutLabels()
{
    const SourceInfo source = idxSource();
    const Result<Dataset> data =
        source.load(resolved(source, pair(m_scratch.write("n.images", images(2, 2, 2)), {})), unwatched);
    QVERIFY_OK(data);
    QVERIFY(data->labels.empty());
}

void TestDataIdx::idxTooSmall()
{
    const SourceInfo source = idxSource();
    const fs::path file = m_scratch.write("s.images", images(1, 3, 5));
    const Json options = resolved(source, pair(file, {}, 4));
    SAYS(source.header(options), file.string(), "5 × 3", "size of 4");
    SAYS(source.load(options, unwatched), file.string(), "5 × 3", "size of 4");
}

void TestDataIdx::idxCountsDisagree()
{
    const SourceInfo source = idxSource();
    const fs::path three = m_scratch.write("c.images", images(3, 2, 2));
    const fs::path four = m_scratch.write("c.labels", labels(4));
    SAYS(source.load(resolved(source, pair(three, four)), unwatched), three.string(), four.string(), "3 images",
        "4 labels");
    SAYS(source.load(resolved(source, pair(four, three)), unwatched), four.string(), "label file");
    SAYS(source.load(resolved(source, pair(three, three)), unwatched), three.string(), "image file");
}

void TestDataIdx::idxMissing()
{
    const SourceInfo source = idxSource();
    const fs::path none = m_scratch.path("nowhere");
    SAYS(source.header(resolved(source, pair(none, {}))), none.string(), "cannot be opened");
    SAYS(source.load(resolved(source, pair(none, {})), unwatched), none.string(), "cannot be opened");
    SAYS(source.load(resolved(source, pair(m_scratch.write("m.images", images(1, 1, 1)), none)), unwatched),
        none.string());
    SAYS(source.header(resolved(source, Json::object())), "data.images", "no file of images");
    SAYS(source.header(resolved(source, pair(m_scratch.path(), {}))), m_scratch.path().string(), "folder");
}

void TestDataIdx::idxRotten()
{
    const SourceInfo source = idxSource();
    const fs::path cut = m_scratch.write("r.images", images(3, 4, 4).substr(0, 40));
    SAYS(source.load(resolved(source, pair(cut, {})), unwatched), cut.string(), "24");
    // The header alone is right.
    QVERIFY_OK(source.header(resolved(source, pair(cut, {}))));
}

void TestDataIdx::fashion()
{
    const SourceInfo source = fashionMnistSource();
    const Json options = resolved(source, {{"size", 32}});
    if (!fs::exists(fs::path(options["folder"].get<std::string>()) / "train-images-idx3-ubyte.gz"))
        QSKIP("the package dataset-fashion-mnist is not installed");
    QCOMPARE(source.header(options)->shape, (Shape{1, 32, 32}));
    QCOMPARE(source.header(resolved(source, Json::object()))->shape, (Shape{1, 28, 28}));
    const Result<Dataset> data = source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->count, 60000);
    QCOMPARE(data->shape, (Shape{1, 32, 32}));
    QCOMPARE(data->labels.size(), std::size_t{60000});
    std::map<int, int> counts;
    for (const std::int32_t label : data->labels)
        ++counts[label];
    QCOMPARE(counts.size(), std::size_t{10});
    for (const auto& [label, count] : counts)
        QCOMPARE(count, 6000);
    QCOMPARE(int{data->labels[0]}, 9); // the first picture is an ankle boot
    QCOMPARE(data->description, std::string("Fashion-MNIST, 60,000 images"));
}

void TestDataIdx::fashionMissing()
{
    const SourceInfo source = fashionMnistSource();
    const Json options = resolved(source, {{"folder", m_scratch.path("no-clothes").string()}});
    SAYS(source.header(options), "no-clothes", "apt install dataset-fashion-mnist");
    SAYS(source.load(options, unwatched), "no-clothes", "apt install dataset-fashion-mnist");
    const Json small = resolved(source,
        {{"size", 20},
            {"folder", m_scratch.write("f/train-images-idx3-ubyte", images(1, 28, 28)).parent_path().string()}});
    SAYS(source.header(small), "28 × 28", "size of 20");
}

void TestDataIdx::fashionUnpacked()
{
    const fs::path folder = m_scratch.write("plain/train-images-idx3-ubyte", images(2, 28, 28)).parent_path();
    m_scratch.write("plain/train-labels-idx1-ubyte", labels(2));
    const SourceInfo source = fashionMnistSource();
    const Result<Dataset> data = source.load(resolved(source, {{"folder", folder.string()}}), unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->count, 2);
}

void TestDataIdx::classesComeFromTheLabels()
{
    const SourceInfo source = idxSource();
    const fs::path file = m_scratch.write("k.images", images(3, 2, 2));
    const fs::path few = m_scratch.write("k.labels", sizes({0x801, 3}) + std::string("\x04\x00\x02", 3));
    const Json options = resolved(source, pair(file, few));
    QCOMPARE(source.header(options)->classes, 5);
    QCOMPARE(source.header(options)->count, 3);
    const Result<Dataset> data = source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->classes, 5);
    QCOMPARE(data->labels, (std::vector<std::int32_t>{4, 0, 2}));
    QVERIFY(data->classNames.empty());
    const Json bare = resolved(source, pair(file, {}));
    QCOMPARE(source.header(bare)->classes, 0);
    QCOMPARE(source.load(bare, unwatched)->classes, 0);
    const Json wrong = resolved(source, pair(file, file));
    SAYS(source.header(wrong), file.string(), "image file");
}

void TestDataIdx::cancelled()
{
    const SourceInfo source = idxSource();
    const Json options = resolved(source, pair(m_scratch.write("g.images", images(3, 2, 2)), {}));
    SAYS(source.load(options, [](double, const std::string&) { return false; }), "cancelled");
}

void TestDataIdx::mnist()
{
    // Either spelling of the names, packed or plain.
    const fs::path one = m_scratch.write("data/mnist/train-images-idx3-ubyte", images(2, 28, 28)).parent_path();
    m_scratch.write("data/mnist/train-labels-idx1-ubyte", labels(2));
    const fs::path other = m_scratch.write("points/train-images.idx3-ubyte", images(4, 28, 28)).parent_path();
    m_scratch.write("points/train-labels.idx1-ubyte", labels(4));
    const SourceInfo source = mnistSource();
    const Json given = resolved(source, {{"folder", other.string()}, {"size", 32}});
    QCOMPARE(source.header(given)->count, 4);
    QCOMPARE(source.header(given)->classes, 10);
    QCOMPARE(source.header(given)->shape, (Shape{1, 32, 32}));
    const Result<Dataset> data = source.load(given, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->description, std::string("MNIST, 4 images"));
    QCOMPARE(data->classNames.size(), std::size_t{10});

    // Without a folder, SADDLE_DATA comes first, then the user's data folder.
    const Json nothing = resolved(source, Json::object());
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString(m_scratch.path("home").string()));
    qputenv("SADDLE_DATA", QByteArray::fromStdString(one.parent_path().string()));
    QCOMPARE(source.load(nothing, unwatched)->count, 2);
    qunsetenv("SADDLE_DATA");
    SAYS(source.header(nothing), m_scratch.path("home/saddle/data/mnist").string(), "train-images-idx3-ubyte",
        "data.source=fashion-mnist");
    m_scratch.write("home/saddle/data/mnist/train-images-idx3-ubyte", images(3, 28, 28));
    m_scratch.write("home/saddle/data/mnist/train-labels-idx1-ubyte", labels(3));
    QCOMPARE(source.load(nothing, unwatched)->count, 3);
}

void TestDataIdx::mnistLabelsOutOfRange()
{
    const fs::path folder = m_scratch.write("wild/train-images-idx3-ubyte", images(1, 28, 28)).parent_path();
    const fs::path wild = m_scratch.write("wild/train-labels-idx1-ubyte", sizes({0x801, 1}) + '\x0a');
    const SourceInfo source = mnistSource();
    SAYS(source.load(resolved(source, {{"folder", folder.string()}}), unwatched), wild.string(), "label 10", "0 to 9");
}

void TestDataIdx::notesTellWhatWasPassedOver()
{
    Dataset data;
    QVERIFY(notesOn(data).empty());
    data.skipped = {{"a.png", "it is empty"}};
    QCOMPARE(notesOn(data), (std::vector<std::string>{"1 file was passed over: a.png (it is empty)"}));
    data.skipped.resize(1200, {"b.png", "it is torn"});
    QCOMPARE(notesOn(data),
        (std::vector<std::string>{"1,200 files were passed over: a.png (it is empty); b.png (it is torn); b.png (it is "
                                  "torn); and 1,197 more"}));
}

QTEST_GUILESS_MAIN(TestDataIdx)
#include "data_idx.moc"
