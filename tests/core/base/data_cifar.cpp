// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sources.h"
#include "tests/core/base/data_options.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <filesystem>

#include <sys/stat.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// Records whose label is `first`, first+1, ... and whose planes are filled with 10, 20, 30 plus the record's number.
std::string records(int count, int first = 0)
{
    std::string bytes;
    for (int i = 0; i < count; ++i) {
        bytes += static_cast<char>((first + i) % 10);
        for (const int plane : {10, 20, 30})
            bytes += std::string(1024, static_cast<char>(plane + i));
    }
    return bytes;
}

} // namespace

class TestDataCifar : public QObject {
    Q_OBJECT

private slots:
    void folder();
    void singleFile();
    void manyRecords();
    void parts();
    void searchedFolders();
    void wrongSizes();
    void wrongLabel();
    void missing();
    void cancelled();

private:
    fs::path writeAll(const std::string& name)
    {
        for (int i = 1; i <= 5; ++i)
            m_scratch.write(name + "/data_batch_" + std::to_string(i) + ".bin", records(2, i));
        return m_scratch.write(name + "/test_batch.bin", records(3)).parent_path();
    }

    const SourceInfo m_source = cifar10Source();
    Scratch m_scratch;
};

void TestDataCifar::folder()
{
    const Json options = resolved(m_source, {{"folder", writeAll("all").string()}, {"flip", true}});
    const Result<DataHeader> header = m_source.header(options);
    QVERIFY_OK(header);
    QCOMPARE(header->shape, (Shape{3, 32, 32}));
    QCOMPARE(header->count, 10);
    QCOMPARE(header->classes, 10);
    const Result<Dataset> data = m_source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->count, 10);
    QCOMPARE(data->classNames.size(), std::size_t{10});
    QCOMPARE(data->classNames[6], std::string("frog"));
    QCOMPARE(data->labels, (std::vector<std::int32_t>{1, 2, 2, 3, 3, 4, 4, 5, 5, 6}));
    QCOMPARE(data->description, std::string("CIFAR-10, 10 images"));
    QVERIFY(data->flip);
    // The fourth picture is the second of its file: planes of 11, 21, 31.
    QCOMPARE(data->pixels.size(), std::size_t{10 * 3072});
    for (std::size_t i = 0; i < 3072; ++i)
        QCOMPARE(int{data->pixels[3 * 3072 + i]}, static_cast<int>(i / 1024 * 10 + 11));
}

void TestDataCifar::singleFile()
{
    const Json options = resolved(m_source, {{"folder", m_scratch.write("one.bin", records(1, 9)).string()}});
    QCOMPARE(m_source.header(options)->count, 1);
    const Result<Dataset> data = m_source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->labels, (std::vector<std::int32_t>{9}));
    QVERIFY(!data->flip);
}

/// More than are read at once.
void TestDataCifar::manyRecords()
{
    std::string bytes = records(700);
    const Json options = resolved(m_source, {{"folder", m_scratch.write("many.bin", bytes).string()}});
    const Result<Dataset> data = m_source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->count, 700);
    for (std::size_t i = 0; i < 700; ++i) {
        QCOMPARE(data->labels[i], static_cast<int>(i % 10));
        const auto picture = bytes.substr(i * 3073 + 1, 3072);
        QVERIFY(std::equal(picture.begin(), picture.end(), data->pixels.begin() + static_cast<std::ptrdiff_t>(i * 3072),
            [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
    }
}

void TestDataCifar::parts()
{
    const std::string folder = writeAll("parts").string();
    QCOMPARE(m_source.load(resolved(m_source, {{"folder", folder}, {"part", "test"}}), unwatched)->count, 3);
    QCOMPARE(m_source.load(resolved(m_source, {{"folder", folder}, {"part", "all"}}), unwatched)->count, 13);
}

void TestDataCifar::searchedFolders()
{
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString(m_scratch.path("home").string()));
    const Json options = resolved(m_source, Json::object());
    SAYS(m_source.header(options), m_scratch.path("home/saddle/data/cifar-10").string(), "data_batch_1.bin",
        "binary version");
    writeAll("home/saddle/data/cifar-10/cifar-10-batches-bin"); // as the archive unpacks
    QCOMPARE(m_source.header(options)->count, 10);
}

void TestDataCifar::wrongSizes()
{
    const auto given = [&](std::string_view bytes) {
        return resolved(m_source, {{"folder", m_scratch.write("size.bin", bytes).string()}});
    };
    const std::string whole = records(2);
    for (const std::string& bytes : {whole.substr(0, whole.size() - 1), whole + "x", whole.substr(0, 1)}) {
        SAYS(m_source.header(given(bytes)), "size.bin", "multiple of the 3,073", "binary version");
        SAYS(m_source.load(given(bytes), unwatched), "size.bin", "multiple of the 3,073");
    }
    SAYS(m_source.header(given("")), "size.bin", "empty");
    SAYS(m_source.header(given(std::string(3074, '\0'))), "size.bin", "CIFAR-100");
    // A file that only claims its size costs nothing before it is refused.
    fs::resize_file(m_scratch.write("huge.bin", ""), 3073ull << 30);
    SAYS(m_source.load(resolved(m_source, {{"folder", m_scratch.path("huge.bin").string()}}), unwatched), "huge.bin",
        "at most");
}

void TestDataCifar::wrongLabel()
{
    std::string bytes = records(3);
    bytes[2 * 3073] = '\x0a';
    const fs::path file = m_scratch.write("label.bin", bytes);
    SAYS(m_source.load(resolved(m_source, {{"folder", file.string()}}), unwatched), file.string(), "record 2",
        "label 10", "0 to 9", "download it again");
}

void TestDataCifar::missing()
{
    const fs::path folder = writeAll("gap");
    fs::remove(folder / "data_batch_4.bin");
    SAYS(m_source.header(resolved(m_source, {{"folder", folder.string()}})), "data_batch_4.bin", "missing");
    const fs::path python = m_scratch.write("python/data_batch_1", "x").parent_path();
    SAYS(m_source.header(resolved(m_source, {{"folder", python.string()}})), "Python version", "binary version");
    SAYS(m_source.header(resolved(m_source, {{"folder", m_scratch.path("nowhere").string()}})), "nowhere",
        "data_batch_1.bin", "data.folder");
    const fs::path pipe = m_scratch.path("pipes/test_batch.bin");
    fs::create_directories(pipe.parent_path());
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    const Json options = resolved(m_source, {{"folder", pipe.parent_path().string()}, {"part", "test"}});
    SAYS(m_source.load(options, unwatched), pipe.string(), "not a regular file");
}

void TestDataCifar::cancelled()
{
    int left = 2;
    const Json options = resolved(m_source, {{"folder", writeAll("stop").string()}});
    SAYS(m_source.load(options, [&](double, const std::string&) { return left-- > 0; }), "cancelled");
    QCOMPARE(left, -1);
}

QTEST_GUILESS_MAIN(TestDataCifar)
#include "data_cifar.moc"
