// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and grids of a run for other programs: one CSV, and event files, read again by a reader of the test's own.
#include "core/runs/export/metrics_export.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/io/image.h"
#include "core/runs/columns.h"
#include "core/runs/export/record_file.h"
#include "tests/support/record_reader.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"
#include "tests/support/written_run.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : std::string();
}

std::vector<fs::path> filesIn(const fs::path& folder)
{
    std::vector<fs::path> files;
    if (fs::exists(folder)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder))
            files.push_back(entry.path());
    }
    return files;
}

/// What an event file says.
struct ReadEvents {
    std::string version;
    std::map<std::string, std::map<std::int64_t, float>> scalars; ///< by tag and step
    std::map<std::string, std::string> labels; ///< by tag
    std::map<std::int64_t, ReadMessage> images; ///< by step
    std::map<std::int64_t, double> times; ///< by step
};

ReadEvents readEvents(const fs::path& file)
{
    ReadEvents read;
    for (const std::string& record : readRecords(contents(file))) {
        const ReadMessage event(record);
        if (!event.text(3).empty())
            read.version = event.text(3);
        const auto step = static_cast<std::int64_t>(event.number(2));
        const ReadMessage summary(event.text(5));
        for (auto [value, end] = summary.texts.equal_range(1); value != end; ++value) {
            const ReadMessage one(value->second);
            read.labels[one.text(1)] = ReadMessage(one.text(9)).text(2);
            if (!one.text(4).empty())
                read.images.emplace(step, ReadMessage(one.text(4)));
            else
                read.scalars[one.text(1)][step] = std::bit_cast<float>(static_cast<std::uint32_t>(one.number(2)));
            read.times[step] = std::bit_cast<double>(event.number(1));
        }
    }
    return read;
}

} // namespace

class TestMetricsExport : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { writtenRun(m_run = m_scratch.path("run")); }
    void checksums();
    void tornRecordsAreFound();
    void eventsOfARun();
    void csvOfARun();
    void unfinishedRows();
    void notWritten();

private:
    Scratch m_scratch;
    fs::path m_run;
};

void TestMetricsExport::checksums()
{
    // RFC 3720, appendix B.4, and the check value that catalogues of checksums give.
    QCOMPARE(crc32c("123456789"), 0xe3069283U);
    QCOMPARE(crc32c(std::string(32, '\0')), 0x8a9136aaU);
    QCOMPARE(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
    std::string rising;
    std::string falling;
    for (int i = 0; i < 32; ++i) {
        rising += static_cast<char>(i);
        falling += static_cast<char>(31 - i);
    }
    QCOMPARE(crc32c(rising), 0x46dd794eU);
    QCOMPARE(crc32c(falling), 0x113fdb5cU);
    QCOMPARE(crc32c(""), 0U);
    for (const std::string_view text : {"", "a", "saddle", "123456789"})
        QCOMPARE(crc32c(text), slowCrc32c(text));
    QCOMPARE(maskedCrc32c("123456789"), (0xe3069283U >> 15 | 0xe3069283U << 17) + 0xa282ead8U);
}

void TestMetricsExport::tornRecordsAreFound()
{
    Result<RecordFile> file = RecordFile::create(m_scratch.path("records"));
    QVERIFY_OK(file);
    const std::vector<std::string> records{"one", "", std::string(70000, 'x')};
    for (const std::string& record : records)
        QVERIFY_OK(file->append(record));
    QVERIFY(!fs::exists(m_scratch.path("records")));
    QVERIFY_OK(file->commit());
    std::string bytes = contents(m_scratch.path("records"));
    QCOMPARE(readRecords(bytes), records);
    bytes[13] ^= 1;
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, readRecords(bytes));
}

void TestMetricsExport::eventsOfARun()
{
    const fs::path folder = m_scratch.path("events");
    QVERIFY_OK(exportTensorBoard(m_run, folder, fakeCatalog(), unwatched));
    const std::vector<fs::path> files = filesIn(folder);
    QCOMPARE(files.size(), std::size_t{1});
    QVERIFY(files.front().filename().string().find("tfevents") != std::string::npos);
    const ReadEvents events = readEvents(files.front());
    QCOMPARE(events.version, std::string("brain.Event:2"));
    const auto& losses = events.scalars.at("loss/D loss");
    QCOMPARE(losses.size(), std::size_t{20});
    for (const auto& [step, value] : losses)
        QCOMPARE(value, static_cast<float>(writtenValues(step)[0]));
    QCOMPARE(events.scalars.at("loss/G loss").size(), std::size_t{14}); // every third is empty
    QVERIFY(!events.scalars.at("loss/G loss").contains(3));
    QCOMPARE(events.scalars.at("progress/Images").at(20), 80.0F);
    QCOMPARE(events.scalars.at("progress/Epoch").at(20), 2.5F);
    QCOMPARE(events.labels.at("loss/D loss"), std::string("D loss"));
    // "rate" is a column that the experiment does not account for.
    QCOMPARE(events.scalars.at("other/rate").at(7), 2e-4F);
    QCOMPARE(events.images.size(), std::size_t{4});
    for (const auto& [step, image] : events.images) {
        const std::string png = contents(m_run / "samples" / (stepName(step) + ".png"));
        const Result<Image> decoded = decodePng(png, "samples");
        QVERIFY_OK(decoded);
        QVERIFY(image.text(4) == png);
        QCOMPARE(static_cast<int>(image.number(1)), decoded->height);
        QCOMPARE(static_cast<int>(image.number(2)), decoded->width);
        QCOMPARE(static_cast<int>(image.number(3)), decoded->channels);
    }
    // Half a second a step, from the moment that the log's first line tells.
    QCOMPARE(events.times.at(11) - events.times.at(1), 5.0);
    const auto now = static_cast<double>(std::time(nullptr));
    QVERIFY(events.times.at(1) > now - 600 && events.times.at(1) < now + 600);
}

void TestMetricsExport::csvOfARun()
{
    const fs::path file = m_scratch.path("all.csv");
    QVERIFY_OK(exportMetricsCsv(m_run, file, unwatched));
    QCOMPARE(contents(file), contents(m_run / "metrics.csv"));
}

void TestMetricsExport::unfinishedRows()
{
    const fs::path run = m_scratch.path("torn");
    fs::copy(m_run, run, fs::copy_options::recursive);
    QVERIFY_OK(writeFileWhole(run / "metrics.csv", contents(run / "metrics.csv") + "21,2.5,8"));
    QVERIFY_OK(exportMetricsCsv(run, m_scratch.path("torn.csv"), unwatched));
    QCOMPARE(contents(m_scratch.path("torn.csv")), contents(m_run / "metrics.csv"));
    QVERIFY_OK(exportTensorBoard(run, m_scratch.path("torn events"), fakeCatalog(), unwatched));
    // Without a log and an experiment there is less to tell, but all the numbers.
    fs::remove(run / "events.jsonl");
    fs::remove(run / "experiment.json");
    QVERIFY_OK(exportTensorBoard(run, m_scratch.path("bare events"), fakeCatalog(), unwatched));
    QCOMPARE(
        readEvents(filesIn(m_scratch.path("bare events")).front()).scalars.at("other/d_loss").size(), std::size_t{20});
    // A row in the middle is another thing.
    QVERIFY_OK(writeFileWhole(run / "metrics.csv", "step,epoch,images,seconds,d_loss\n1,2\n2,1,1,1,1\n"));
    SAYS(exportMetricsCsv(run, m_scratch.path("x.csv"), unwatched), "metrics.csv", "damaged");
    SAYS(exportTensorBoard(run, m_scratch.path("x"), fakeCatalog(), unwatched), "metrics.csv", "damaged");
    QVERIFY_OK(writeFileWhole(run / "metrics.csv", ""));
    SAYS(exportMetricsCsv(run, m_scratch.path("x.csv"), unwatched), "metrics.csv");
    QVERIFY(!fs::exists(m_scratch.path("x.csv")) && !fs::exists(m_scratch.path("x")));
}

void TestMetricsExport::notWritten()
{
    const auto never = [](double, const std::string&) { return false; };
    SAYS(exportMetricsCsv(m_run, m_scratch.path("never.csv"), never), "cancelled");
    SAYS(exportTensorBoard(m_run, m_scratch.path("never"), fakeCatalog(), never), "cancelled");
    QVERIFY(!fs::exists(m_scratch.path("never.csv")) && !fs::exists(m_scratch.path("never")));
    // Nothing is written over, and a picture that is a link is not given away.
    SAYS(exportTensorBoard(m_run, m_run, fakeCatalog(), unwatched), "something here already");
    const fs::path run = m_scratch.path("linked");
    fs::copy(m_run, run, fs::copy_options::recursive);
    fs::create_symlink(m_run / "samples" / "00000005.png", run / "samples" / "00000017.png");
    QVERIFY_OK(exportTensorBoard(run, m_scratch.path("without"), fakeCatalog(), unwatched));
    QVERIFY(!readEvents(filesIn(m_scratch.path("without")).front()).images.contains(17));
    QVERIFY_OK(writeFileWhole(m_scratch.path("linked/samples/00000005.png"), "no picture"));
    SAYS(exportTensorBoard(run, m_scratch.path("never"), fakeCatalog(), unwatched), "00000005.png");
    QVERIFY(!fs::exists(m_scratch.path("never")));
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("a small disk cannot be mounted here");
    disk.fill();
    SAYS(exportMetricsCsv(m_run, disk.path() / "all.csv", unwatched), "space");
    SAYS(exportTensorBoard(m_run, disk.path() / "events", fakeCatalog(), unwatched), "space");
    QCOMPARE(filesIn(disk.path()).size(), std::size_t{1});
}

QTEST_GUILESS_MAIN(TestMetricsExport)
#include "metrics_export.moc"
