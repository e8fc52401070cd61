// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli sample: grids, folders that make any picture again, canvases, and what it refuses.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/io/csv.h"
#include "core/io/image.h"
#include "core/io/scatter.h"
#include "core/latent/latents_csv.h"
#include "core/latent/network/open_generator.h"

#include "tests/support/small_checkpoints.h"
#endif
#include "tests/support/cli_process.h"

#include <csignal>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

std::map<std::string, QByteArray> contents(const fs::path& folder)
{
    std::map<std::string, QByteArray> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        QFile file(QString::fromStdString(entry.path().string()));
        if (file.open(QIODevice::ReadOnly))
            files[entry.path().filename().string()] = file.readAll();
    }
    return files;
}

/// A cell of a grid with gaps of 2 pixels.
Image cell(const Image& grid, int row, int column, int side)
{
    Image image{side, side, grid.channels, {}};
    for (int y = 0; y < side; ++y) {
        const auto begin = grid.pixels.begin()
            + ((row * (side + 2) + y) * grid.width + column * (side + 2)) * static_cast<std::ptrdiff_t>(grid.channels);
        image.pixels.insert(image.pixels.end(), begin, begin + side * static_cast<std::ptrdiff_t>(grid.channels));
    }
    return image;
}

} // namespace

class TestSampleCommand : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void gridOfTheRun();
    void gridsAndCounts();
    void folderMakesEachAgain();
    void labels();
    void weights();
    void points();
    void canvas();
    void usage_data();
    void usage();
    void refused_data();
    void refused();
    void quiet();
    void interrupted();

private:
    Run cli(const QStringList& arguments) const { return runCli(QStringLiteral(SADDLE_CLI), arguments, m_scratch); }
    Run sample(const std::string& run, const std::string& out, const QStringList& more = {}) const
    {
        return cli(QStringList{QStringLiteral("sample"), path(run), QStringLiteral("--out"), path(out)} + more);
    }
    QString path(const std::string& name) const { return QString::fromStdString(m_scratch.path(name).string()); }
    Image png(const std::string& name) const { return good(readPng(m_scratch.path(name))); }

    Scratch m_scratch;
};

void TestSampleCommand::initTestCase()
{
    const Json averaged = with(imagesExperiment(m_scratch), {{"training.ema_decay", 0.5}, {"sampling.rows", 3}});
    addRun(m_scratch, "images", averaged, 3);
    addRun(m_scratch, "labelled", labelledExperiment(m_scratch), 2);
    addRun(m_scratch, "points", with(pointsExperiment(), {{"sampling.points", 40}}), 5);
    addRun(m_scratch, "canvas", canvasExperiment(m_scratch), 2);
    const fs::path file = m_scratch.write("trained.json",
        with(labelledExperiment(m_scratch), {{"training.ema_decay", 0.5}, {"sampling.rows", 2}}).dump());
    DONE(cli({"train", QString::fromStdString(file.string()), "--steps", "4", "--out", path("trained")}));
}

/// With nothing asked for: the grid that the run itself kept.
void TestSampleCommand::gridOfTheRun()
{
    const Run run = sample("trained", "kept.png");
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(run.out, path("kept.png") + QLatin1Char('\n'));
    QVERIFY2(run.err.contains(QStringLiteral("step 4, averaged weights")), qPrintable(run.err));
    QVERIFY(png("kept.png") == png("trained/samples/00000004.png"));
    DONE(sample("trained/checkpoints/00000004", "checkpoint.png"));
    QVERIFY(png("checkpoint.png") == png("kept.png"));
}

void TestSampleCommand::gridsAndCounts()
{
    const auto sizeOf = [this](const QStringList& more) {
        const Run run = sample("images", "sized.png", more);
        if (run.status != 0)
            throw std::runtime_error(run.err.toStdString());
        const Image image = png("sized.png");
        return QSize(image.width, image.height);
    };
    QCOMPARE(sizeOf({}), QSize(8 * 18 - 2, 3 * 18 - 2));
    QCOMPARE(sizeOf({"--grid", "2x5"}), QSize(5 * 18 - 2, 2 * 18 - 2));
    QCOMPARE(sizeOf({"--count", "3"}), QSize(3 * 18 - 2, 16));
    QCOMPARE(sizeOf({"--count", "9"}), QSize(8 * 18 - 2, 2 * 18 - 2));
    QCOMPARE(sizeOf({"--count", "1"}), QSize(16, 16));
    // The same latents whatever the grid.
    DONE(sample("images", "wide.png", {"--grid", "1x6", "--seed", "5"}));
    DONE(sample("images", "tall.png", {"--grid", "3x2", "--seed", "5"}));
    for (int i = 0; i < 6; ++i)
        QVERIFY(cell(png("wide.png"), 0, i, 16) == cell(png("tall.png"), i / 2, i % 2, 16));
}

void TestSampleCommand::folderMakesEachAgain()
{
    DONE(sample("images", "folder", {"--count", "20", "--seed", "12", "--truncation", "0.7"}));
    const auto files = contents(m_scratch.path("folder"));
    QCOMPARE(files.size(), std::size_t{21});
    const Latents latents = good(readLatents(m_scratch.path("folder/latents.csv"), 4));
    QCOMPARE(latents.count(), std::int64_t{20});
    for (const float value : latents.values)
        QVERIFY(std::abs(value) <= 0.7f);
    DONE(sample("images", "grid.png", {"--grid", "4x5", "--seed", "12", "--truncation", "0.7"}));
    QVERIFY(cell(png("grid.png"), 2, 3, 16) == png("folder/00013.png"));

    // All of them again, and one alone: the same bytes.
    DONE(sample("images", "again", {"--latents", path("folder/latents.csv")}));
    QVERIFY(contents(m_scratch.path("again")) == files);
    const QByteArray table = files.at("latents.csv");
    const QList<QByteArray> lines = table.split('\n');
    m_scratch.write("one.csv", (lines[0] + '\n' + lines[14] + '\n').toStdString());
    DONE(sample("images", "one", {"--latents", path("one.csv")}));
    QVERIFY(contents(m_scratch.path("one")).at("00000.png") == files.at("00013.png"));
    DONE(sample("images", "one.png", {"--latents", path("one.csv")}));
    QVERIFY(png("one.png") == png("folder/00013.png"));
}

void TestSampleCommand::labels()
{
    DONE(sample("labelled", "turns", {"--count", "7"}));
    QCOMPARE(good(readLatents(m_scratch.path("turns/latents.csv"), 4)).labels,
        (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0}));
    DONE(sample("labelled", "chosen", {"--count", "2", "--label", "2"}));
    QCOMPARE(good(readLatents(m_scratch.path("chosen/latents.csv"), 4)).labels, (std::vector<std::int64_t>{2, 2}));
    // The label matters, and is kept with the latents.
    DONE(sample("labelled", "again-labelled", {"--latents", path("turns/latents.csv")}));
    QVERIFY(contents(m_scratch.path("again-labelled")) == contents(m_scratch.path("turns")));
    DONE(sample("labelled", "other", {"--latents", path("turns/latents.csv"), "--label", "1"}));
    QVERIFY(png("other/00001.png") == png("turns/00001.png"));
    QVERIFY(!(png("other/00002.png") == png("turns/00002.png")));
    const Run unknown = sample("labelled", "no.png", {"--label", "cat"});
    QCOMPARE(unknown.status, 1);
    QVERIFY2(unknown.err.contains(QStringLiteral("0 to 2")), qPrintable(unknown.err));
}

void TestSampleCommand::weights()
{
    DONE(sample("images", "best.png"));
    DONE(sample("images", "ema.png", {"--weights", "ema"}));
    const Run plain = sample("images", "plain.png", {"--weights", "plain"});
    QCOMPARE(plain.status, 0);
    QVERIFY(plain.err.contains(QStringLiteral("plain weights")));
    QVERIFY(png("best.png") == png("ema.png"));
    QVERIFY(!(png("best.png") == png("plain.png")));
}

void TestSampleCommand::points()
{
    DONE(sample("points", "dots.png"));
    const Image dots = png("dots.png");
    QCOMPARE(dots.width, 512);
    QVERIFY(std::any_of(dots.pixels.begin(), dots.pixels.end(), [](std::uint8_t value) { return value != 255; }));
    DONE(sample("points", "dots", {"--count", "30", "--seed", "4"}));
    const CsvTable table = good(readCsv(m_scratch.path("dots/points.csv")));
    QCOMPARE(table.header, (std::vector<std::string>{"x", "y"}));
    QCOMPARE(table.rows.size(), std::size_t{30});
    // What the generator says, to the last bit.
    const auto generator = good(openGenerator(m_scratch.path("points"), builtinCatalog()));
    const Samples samples = good(generator->make(good(generator->draw({.seed = 4, .count = 30}))));
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        for (std::size_t axis = 0; axis < 2; ++axis)
            QCOMPARE(static_cast<float>(*parseNumber(table.rows[i][axis])), samples.points[2 * i + axis]);
    }
    QVERIFY(png("dots/points.png") == scatter(samples));
    DONE(sample("points", "dots-again", {"--latents", path("dots/latents.csv")}));
    QVERIFY(contents(m_scratch.path("dots-again")) == contents(m_scratch.path("dots")));
}

void TestSampleCommand::canvas()
{
    DONE(sample("canvas", "canvas.png", {"--canvas", "96x32", "--seed", "3"}));
    const Image image = png("canvas.png");
    QCOMPARE(image.width, 96);
    QCOMPARE(image.height, 32);
    const auto generator = good(openGenerator(m_scratch.path("canvas"), builtinCatalog()));
    QVERIFY(image == good(generator->paint({.width = 96, .height = 32, .seed = 3}, {})));
    const Run odd = sample("canvas", "odd.png", {"--canvas", "100x32"});
    QCOMPARE(odd.status, 1);
    QVERIFY2(odd.err.contains(QStringLiteral("96x32")), qPrintable(odd.err));
    const Run bound = sample("images", "bound.png", {"--canvas", "64x64"});
    QCOMPARE(bound.status, 1);
    QVERIFY2(bound.err.contains(QStringLiteral("upsampling")), qPrintable(bound.err));
    QVERIFY(!fs::exists(m_scratch.path("odd.png")) && !fs::exists(m_scratch.path("bound.png")));
}

void TestSampleCommand::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addRow("nothing") << QStringList{};
    QTest::addRow("nowhere") << QStringList{"run"};
    QTest::addRow("no pictures") << QStringList{"run", "--out", "a.png", "--count", "0"};
    QTest::addRow("half a grid") << QStringList{"run", "--out", "a.png", "--grid", "4"};
    QTest::addRow("no grid") << QStringList{"run", "--out", "a.png", "--grid", "4x0"};
    QTest::addRow("grid and more") << QStringList{"run", "--out", "a.png", "--grid", "4x4x4"};
    QTest::addRow("grid of a folder") << QStringList{"run", "--out", "folder", "--grid", "4x4"};
    QTest::addRow("canvas for a folder") << QStringList{"run", "--out", "folder", "--canvas", "64x64"};
    QTest::addRow("canvas without height") << QStringList{"run", "--out", "a.png", "--canvas", "64"};
    QTest::addRow("canvas and count") << QStringList{"run", "--out", "a.png", "--canvas", "64x64", "--count", "2"};
    QTest::addRow("latents and seed") << QStringList{"run", "--out", "a.png", "--latents", "a.csv", "--seed", "2"};
    QTest::addRow("other weights") << QStringList{"run", "--out", "a.png", "--weights", "heavy"};
    QTest::addRow("negative seed") << QStringList{"run", "--out", "a.png", "--seed", "-1"};
}

void TestSampleCommand::usage()
{
    QFETCH(QStringList, arguments);
    const Run run = cli(QStringList{QStringLiteral("sample")} + arguments);
    QCOMPARE(run.status, 2);
    QVERIFY2(run.err.startsWith(QStringLiteral("saddle-cli: ")) && run.err.count(QLatin1Char('\n')) == 1,
        qPrintable(run.err));
}

void TestSampleCommand::refused_data()
{
    QTest::addColumn<QString>("run");
    QTest::addColumn<QString>("out");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QString>("words");
    const QString free = QStringLiteral("free.png");
    QTest::addRow("no run") << "missing" << free << QStringList{} << "missing";
    QTest::addRow("no checkpoint") << "fresh" << free << QStringList{} << "no checkpoint";
    QTest::addRow("not a run") << "home" << free << QStringList{} << "neither a run nor a checkpoint";
    QTest::addRow("no average") << "points" << free << QStringList{"--weights", "ema"} << "ema_decay";
    QTest::addRow("no labels") << "images" << free << QStringList{"--label", "1"} << "no labels";
    QTest::addRow("no truncation") << "images" << free << QStringList{"--truncation", "0"} << "truncation";
    QTest::addRow("no such label") << "labelled" << free << QStringList{"--label", "3"} << "0 to 2";
    QTest::addRow("too many for the grid")
        << "images" << free << QStringList{"--grid", "2x2", "--count", "5"} << "do not fit";
    QTest::addRow("a grid of points") << "points" << free << QStringList{"--grid", "2x2"} << "grid";
    QTest::addRow("too large a grid") << "images" << free << QStringList{"--grid", "3000x3000"} << "folder";
    QTest::addRow("a folder that holds something") << "images"
                                                   << "home" << QStringList{} << "something here";
    QTest::addRow("no folder for the file") << "images"
                                            << "none/a.png" << QStringList{} << "none";
    QTest::addRow("no latents") << "images" << free << QStringList{"--latents", path("missing.csv")} << "missing.csv";
    QTest::addRow("other latents") << "images" << free << QStringList{"--latents", path("other.csv")} << "4 numbers";
    QTest::addRow("words for latents") << "images" << free << QStringList{"--latents", path("words.csv")}
                                       << "row 1, z3";
    QTest::addRow("a label too many") << "images" << free << QStringList{"--latents", path("label.csv")} << "no labels";
    m_scratch.write("home/something", "x");
    m_scratch.write("fresh/experiment.json", "{}");
    m_scratch.write("other.csv", "z0,z1\n1,2\n");
    m_scratch.write("words.csv", "z0,z1,z2,z3\n1,2,3,x\n");
    m_scratch.write("label.csv", "label,z0,z1,z2,z3\n0,1,2,3,4\n");
}

void TestSampleCommand::refused()
{
    QFETCH(QString, run);
    QFETCH(QString, out);
    QFETCH(QStringList, more);
    QFETCH(QString, words);
    const Run done = sample(run.toStdString(), out.toStdString(), more);
    QCOMPARE(done.status, 1);
    const QStringList lines = done.err.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QVERIFY2(
        !lines.isEmpty() && lines.back().startsWith(QStringLiteral("saddle-cli: ")) && lines.back().contains(words),
        qPrintable(done.err));
    QVERIFY(done.out.isEmpty());
    QVERIFY(!fs::exists(m_scratch.path("free.png")));
    QCOMPARE(contents(m_scratch.path("home")).size(), std::size_t{1});
}

void TestSampleCommand::quiet()
{
    const Run run = sample("images", "quiet.png", {"--quiet"});
    QCOMPARE(run.status, 0);
    QVERIFY(run.err.isEmpty());
}

/// Ctrl+C: what is there is whole, and nothing half-made beside it.
void TestSampleCommand::interrupted()
{
    QProcess process;
    process.setProcessEnvironment(environmentIn(m_scratch));
    process.start(QStringLiteral(SADDLE_CLI), {"sample", path("images"), "--out", path("cut"), "--count", "100000"});
    QVERIFY(process.waitForStarted(patience));
    QTRY_VERIFY_WITH_TIMEOUT(fs::exists(m_scratch.path("cut/00005.png")), patience);
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    const auto files = contents(m_scratch.path("cut"));
    QVERIFY(files.size() > 6 && files.size() < 100000);
    for (const auto& [name, bytes] : files) {
        if (name == "latents.csv")
            continue;
        QVERIFY2(
            good(decodePng({bytes.data(), static_cast<std::size_t>(bytes.size())}, name)).width == 16, name.c_str());
    }
    // What was made can be made again, and nothing else is named.
    QCOMPARE(
        good(readLatents(m_scratch.path("cut/latents.csv"), 4)).count(), static_cast<std::int64_t>(files.size()) - 1);

    QProcess painting;
    painting.setProcessEnvironment(environmentIn(m_scratch));
    painting.start(
        QStringLiteral(SADDLE_CLI), {"sample", path("canvas"), "--out", path("cut.png"), "--canvas", "4096x4096"});
    QVERIFY(painting.waitForStarted(patience));
    QTRY_VERIFY_WITH_TIMEOUT(painting.bytesAvailable() > 0
            || (painting.setReadChannel(QProcess::StandardError), painting.bytesAvailable() > 0),
        patience);
    QCOMPARE(::kill(static_cast<pid_t>(painting.processId()), SIGINT), 0);
    QVERIFY(painting.waitForFinished(patience));
    QCOMPARE(painting.exitCode(), 130);
    QVERIFY(!fs::exists(m_scratch.path("cut.png")));
}

QTEST_GUILESS_MAIN(TestSampleCommand)
#include "sample_command.moc"
