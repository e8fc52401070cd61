// SPDX-License-Identifier: GPL-3.0-or-later
// A run in one archive and back again; archives that were made to do harm; cancelled; on a full disk.
#include "core/runs/export/run_archive.h"

#include "core/base/files.h"
#include "core/io/zip.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"
#include "tests/support/written_run.h"

#include <zip.h>

#include <map>
#include <sys/stat.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

struct Entry {
    std::string name;
    std::string bytes;
    std::uint32_t type = 0; ///< of Unix, or 0
};

/// An archive of whatever a test wants in it, names included that libzip would not write.
void writeZip(const fs::path& file, const std::vector<Entry>& entries)
{
    const auto numbered = [](std::size_t number, std::size_t length) {
        std::string name = std::to_string(number);
        return name.append(length - std::min(length, name.size()), '#');
    };
    zip_t* archive = ::zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        zip_source_t* source = ::zip_source_buffer(archive, entries[i].bytes.data(), entries[i].bytes.size(), 0);
        const auto index = static_cast<zip_uint64_t>(
            ::zip_file_add(archive, numbered(i, entries[i].name.size()).c_str(), source, ZIP_FL_ENC_UTF_8));
        ::zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, 9);
        if (entries[i].type != 0)
            ::zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, (entries[i].type | 0644) << 16);
    }
    if (::zip_close(archive) != 0)
        qFatal("the archive of the test cannot be written");
    // Each name stands before the file and in the list at the end.
    const Result<std::string> written = readFile(file, std::size_t{64} << 20);
    std::string bytes = written ? *written : std::string();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string name = numbered(i, entries[i].name.size());
        for (std::size_t at = 0; (at = bytes.find(name, at)) != std::string::npos; at += name.size())
            bytes.replace(at, name.size(), entries[i].name);
    }
    if (!writeFileWhole(file, bytes))
        qFatal("the archive of the test cannot be written");
}

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : std::string();
}

/// Every file below a folder with its bytes, the lock of a run aside.
std::map<std::string, std::string> filesIn(const fs::path& folder)
{
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().filename() != "lock")
            files[entry.path().lexically_relative(folder).string()] = contents(entry.path());
    }
    return files;
}

QStringList namesIn(const fs::path& folder)
{
    QStringList names;
    if (fs::exists(folder)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder))
            names << QString::fromStdString(entry.path().filename().string());
    }
    names.sort();
    return names;
}

} // namespace

class TestRunArchive : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { writtenRun(m_scratch.path("a run"), 20); }
    void namesOfARun_data();
    void namesOfARun();
    void thereAndBack();
    void checkpointsAsChosen();
    void whatIsNoPartOfARunStays();
    void linksAreRefused();
    void progressAndCancel();
    void fullDisk();
    void anOlderArchiveStaysUntilTheNewOneIsWhole();
    void crafted_data();
    void crafted();
    void damagedBytes();
    void tooLargeForTheDisk();

private:
    fs::path packed(CheckpointChoice checkpoints = CheckpointChoice::All)
    {
        const fs::path archive = m_scratch.path("run-" + std::to_string(m_number++) + ".zip");
        if (Status done = packRun(m_scratch.path("a run"), archive, checkpoints, unwatched); !done)
            throw std::runtime_error(done.error().sentence());
        return archive;
    }

    Scratch m_scratch;
    int m_number = 0;
};

void TestRunArchive::namesOfARun_data()
{
    QTest::addColumn<bool>("belongs");
    for (const char* name : {"experiment.json", "run.json", "marks.json", "metrics.csv", "events.jsonl",
             "metrics-after-00000500.csv", "metrics-after-00000500-2.csv", "samples/00000500.png",
             "checkpoints/00000500/state.json", "checkpoints/123456789/tensors.safetensors"})
        QTest::addRow("%s", name) << true;
    for (const char* name :
        {"", ".", "..", "../experiment.json", "/experiment.json", "experiment.json/", "lock", "samples/../x.png",
            "samples/00000500.png/../../x", "samples/500.png", "samples/00000500.PNG", "samples/.png", "samples",
            "checkpoints/00000500", "checkpoints/00000500/", "checkpoints/00000500/.hidden", "checkpoints/00000500/..",
            "checkpoints/00000500/a/b", "checkpoints/../../../etc", "checkpoints/.00000500.part/state.json",
            "metrics-after-../x.csv", "a\\b", "metrics.csv\n", "samples\\00000500.png"})
        QTest::addRow("not %s", name) << false;
}

void TestRunArchive::namesOfARun()
{
    QFETCH(bool, belongs);
    const std::string tag = QTest::currentDataTag();
    QCOMPARE(belongsToRun(belongs ? tag : tag.substr(4)), belongs);
    using namespace std::string_view_literals;
    QVERIFY(!belongsToRun("metrics.csv\0x"sv));
}

void TestRunArchive::thereAndBack()
{
    const fs::path archive = packed();
    const Result<ZipArchive> zip = ZipArchive::open(archive);
    QVERIFY_OK(zip);
    for (const ZipEntry& entry : zip->entries())
        QVERIFY2(entry.name.starts_with("a run/") && entry.name.find("..") == std::string::npos, entry.name.c_str());
    const fs::path runs = m_scratch.path("runs");
    for (const char* name : {"a run", "a run-2", "a run-3"}) {
        const Result<fs::path> unpacked = unpackRun(archive, runs, unwatched);
        QVERIFY_OK(unpacked);
        QCOMPARE(unpacked->string(), (runs / name).string());
        QCOMPARE(filesIn(*unpacked), filesIn(m_scratch.path("a run")));
    }
    QCOMPARE(namesIn(runs), (QStringList{"a run", "a run-2", "a run-3"}));
    // By a path that ends in a slash, or goes through the folder itself, the name is the same.
    QVERIFY_OK(packRun(m_scratch.path("a run") / "", m_scratch.path("slash.zip"), CheckpointChoice::None, unwatched));
    QVERIFY((*ZipArchive::open(m_scratch.path("slash.zip"))).entries().front().name.starts_with("a run/"));
    QCOMPARE(readCheckpoint(runs / "a run" / "checkpoints" / "00000020").ok(), true);
}

void TestRunArchive::checkpointsAsChosen()
{
    const auto steps = [&](CheckpointChoice choice) {
        const Result<fs::path> unpacked = unpackRun(packed(choice), m_scratch.path("chosen"), unwatched);
        QStringList list;
        for (const auto& [step, place] : completeCheckpoints(unpacked ? *unpacked : fs::path()))
            list << QString::number(step);
        return list.join(QLatin1Char(' '));
    };
    QCOMPARE(steps(CheckpointChoice::None), QString());
    QCOMPARE(steps(CheckpointChoice::Last), QStringLiteral("20"));
    QCOMPARE(steps(CheckpointChoice::All), QStringLiteral("10 20"));
}

void TestRunArchive::whatIsNoPartOfARunStays()
{
    const fs::path run = m_scratch.path("with more");
    writtenRun(run);
    m_scratch.write("with more/lock", "");
    m_scratch.write("with more/diary.txt", "dear diary");
    fs::create_directory(run / "checkpoints" / ".00000030.part");
    m_scratch.write("with more/checkpoints/.00000030.part/state.json", "{");
    m_scratch.write("with more/samples/.00000030.png.part", "half");
    QVERIFY_OK(packRun(run, m_scratch.path("more.zip"), CheckpointChoice::All, unwatched));
    const Result<fs::path> back = unpackRun(m_scratch.path("more.zip"), m_scratch.path("more"), unwatched);
    QVERIFY_OK(back);
    QCOMPARE(filesIn(*back).size(), filesIn(m_scratch.path("a run")).size());
    SAYS(packRun(m_scratch.path("nowhere"), m_scratch.path("no.zip"), CheckpointChoice::All, unwatched), "nowhere");
    QVERIFY(!fs::exists(m_scratch.path("no.zip")));
}

void TestRunArchive::linksAreRefused()
{
    m_scratch.write("secret", "not to be given away");
    for (const char* place : {"metrics.csv", "samples/00000099.png", "checkpoints/00000010/state.json", "samples"}) {
        const fs::path run = m_scratch.path(std::string("linked ") + std::to_string(m_number++));
        writtenRun(run);
        fs::remove_all(run / place);
        if (place == std::string("samples"))
            fs::create_directory_symlink(m_scratch.path("a run") / "samples", run / place);
        else
            fs::create_symlink(m_scratch.path("secret"), run / place);
        const fs::path archive = m_scratch.path("linked.zip");
        SAYS(packRun(run, archive, CheckpointChoice::All, unwatched), place, "link");
        QVERIFY(!fs::exists(archive));
    }
}

void TestRunArchive::progressAndCancel()
{
    std::vector<double> told;
    const auto note = [&told](double fraction, const std::string&) {
        told.push_back(fraction);
        return true;
    };
    QVERIFY_OK(packRun(m_scratch.path("a run"), m_scratch.path("told.zip"), CheckpointChoice::All, note));
    QVERIFY(told.size() > 2 && std::is_sorted(told.begin(), told.end()));
    QVERIFY(told.front() >= 0 && told.back() <= 1);
    told.clear();
    QVERIFY_OK(unpackRun(m_scratch.path("told.zip"), m_scratch.path("told"), note));
    QVERIFY(told.size() > 2 && std::is_sorted(told.begin(), told.end()));
    QCOMPARE(told.back(), 1.0);
    const std::size_t questions = told.size();
    for (std::size_t when = 0; when < questions; ++when) {
        std::size_t asked = 0;
        const auto stop = [&](double, const std::string&) { return asked++ < when; };
        SAYS(unpackRun(m_scratch.path("told.zip"), m_scratch.path("stopped"), stop), "cancelled");
        QVERIFY(namesIn(m_scratch.path("stopped")).isEmpty());
    }
    fs::create_directory(m_scratch.path("alone"));
    for (const std::size_t when : {0, 1, 2}) {
        std::size_t asked = 0;
        const auto stop = [&](double, const std::string&) { return asked++ < when; };
        SAYS(packRun(m_scratch.path("a run"), m_scratch.path("alone/run.zip"), CheckpointChoice::All, stop),
            "cancelled");
        QVERIFY(namesIn(m_scratch.path("alone")).isEmpty());
    }
    const auto throws = [](double, const std::string&) -> bool { throw std::runtime_error("no"); };
    QVERIFY_THROWS_EXCEPTION(std::runtime_error,
        (void)packRun(m_scratch.path("a run"), m_scratch.path("alone/run.zip"), CheckpointChoice::All, throws));
    QVERIFY(namesIn(m_scratch.path("alone")).isEmpty());
}

void TestRunArchive::fullDisk()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("a small disk cannot be mounted here");
    const fs::path run = m_scratch.path("large");
    writtenRun(run, 20, 300'000);
    disk.fill(64 << 10);
    SAYS(packRun(run, disk.path() / "run.zip", CheckpointChoice::All, unwatched), "space");
    QCOMPARE(namesIn(disk.path()), QStringList{"ballast"});
    QVERIFY_OK(packRun(run, m_scratch.path("large.zip"), CheckpointChoice::All, unwatched));
    // Refused before anything is written: what is left must do for other things than this run, too.
    disk.free();
    SAYS(unpackRun(m_scratch.path("large.zip"), disk.path(), unwatched), "no room");
    QVERIFY(namesIn(disk.path()).isEmpty());
    SAYS(packRun(run, m_scratch.path("no folder/run.zip"), CheckpointChoice::All, unwatched), "run.zip");
    SAYS(packRun(run, m_scratch.path(), CheckpointChoice::All, unwatched), "a folder, not a file");
}

void TestRunArchive::anOlderArchiveStaysUntilTheNewOneIsWhole()
{
    const fs::path archive = m_scratch.write("older.zip", "what was there before");
    const auto stop = [asked = 0](double, const std::string&) mutable { return asked++ < 2; };
    QVERIFY(!packRun(m_scratch.path("a run"), archive, CheckpointChoice::All, stop).ok());
    QCOMPARE(contents(archive), std::string("what was there before"));
    QVERIFY_OK(packRun(m_scratch.path("a run"), archive, CheckpointChoice::All, unwatched));
    QVERIFY_OK(ZipArchive::open(archive));
}

void TestRunArchive::crafted_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<quint32>("type");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* title, const char* name, const char* says, std::uint32_t type = 0) {
        QTest::addRow("%s", title) << QString::fromUtf8(name) << type << QString::fromUtf8(says);
    };
    row("up and out", "run/../../evil", "no part of a run");
    row("up at once", "../evil", "does not lie in the folder of a run");
    row("absolute", "/tmp/evil", "does not lie in the folder of a run");
    row("no folder", "evil", "does not lie in the folder of a run");
    row("hidden folder", ".ssh/experiment.json", "does not lie in the folder of a run");
    row("two runs", "other/metrics.csv", "more than one folder");
    row("unknown at the top", "run/start.sh", "no part of a run");
    row("unknown below", "run/samples/start.sh", "no part of a run");
    row("a folder of its own", "run/plugins/", "");
    row("deep", "run/checkpoints/00000500/a/b", "no part of a run");
    row("backslashes", "run\\..\\..\\evil", "does not lie in the folder of a run");
    row("twice", "run/experiment.json", "twice");
    row("a link", "run/metrics.csv", "link", S_IFLNK);
    row("a linked folder", "run/samples", "link", S_IFLNK);
    row("a device", "run/metrics.csv", "link or another thing", S_IFCHR);
    row("a pipe", "run/metrics.csv", "link or another thing", S_IFIFO);
}

void TestRunArchive::crafted()
{
    QFETCH(QString, name);
    QFETCH(quint32, type);
    QFETCH(QString, says);
    const fs::path archive = m_scratch.path("crafted.zip");
    const std::string experiment = contents(m_scratch.path("a run") / "experiment.json");
    writeZip(archive, {{"run/experiment.json", experiment, S_IFREG}, {name.toStdString(), "/etc/passwd", type}});
    const fs::path runs = m_scratch.path("place") / QTest::currentDataTag();
    const Result<fs::path> unpacked = unpackRun(archive, runs, unwatched);
    if (says.isEmpty()) { // harmless: nothing comes of it
        QVERIFY_OK(unpacked);
        QCOMPARE(namesIn(*unpacked), (QStringList{"checkpoints", "experiment.json", "samples"}));
        return;
    }
    SAYS(unpacked, says.toStdString());
    QVERIFY(namesIn(runs).isEmpty());
    QVERIFY(!fs::exists(m_scratch.path("evil")) && !fs::exists(m_scratch.path("place/evil")));
}

void TestRunArchive::damagedBytes()
{
    const fs::path archive = m_scratch.path("damaged.zip");
    const fs::path runs = m_scratch.path("none");
    writeZip(archive, {{"run/metrics.csv", "step\n"}});
    SAYS(unpackRun(archive, runs, unwatched), "experiment.json is missing");
    writeZip(archive, {{"run/experiment.json", "not JSON"}});
    SAYS(unpackRun(archive, runs, unwatched), "experiment.json");
    writeZip(archive, {});
    QVERIFY(!unpackRun(archive, runs, unwatched).ok());
    SAYS(unpackRun(m_scratch.write("text.zip", "only a text"), runs, unwatched), "not a zip archive");
    SAYS(unpackRun(m_scratch.path("missing.zip"), runs, unwatched), "missing.zip");
    // Cut at any place, and with a byte changed in the middle of a checkpoint.
    const std::string whole = contents(packed());
    for (std::size_t size = whole.size() - 1; size > 0; size = size * 2 / 3)
        QVERIFY(!unpackRun(m_scratch.write("cut.zip", whole.substr(0, size)), runs, unwatched).ok());
    std::string flipped = whole;
    const std::size_t place = flipped.find(std::string(64, '\x14')); // the weights of step 20
    QVERIFY(place != std::string::npos);
    flipped[place + 30] ^= 1;
    SAYS(unpackRun(m_scratch.write("flipped.zip", flipped), runs, unwatched), "tensors.safetensors", "damaged");
    QVERIFY(namesIn(runs).isEmpty());
}

void TestRunArchive::tooLargeForTheDisk()
{
    // What an archive claims is held against its own size before anything else.
    const std::string many(std::size_t{96} << 20, '\0');
    const fs::path archive = m_scratch.path("bomb.zip");
    writeZip(archive, {{"run/experiment.json", "{}"}, {"run/metrics.csv", many}});
    QVERIFY(fs::file_size(archive) < (1 << 20));
    SAYS(unpackRun(archive, m_scratch.path("bomb"), unwatched), "far more");
    QVERIFY(namesIn(m_scratch.path("bomb")).isEmpty());
}

QTEST_GUILESS_MAIN(TestRunArchive)
#include "run_archive.moc"
