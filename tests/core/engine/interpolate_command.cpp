// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli interpolate: films and sheets of a trained generator, and what it refuses.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/latent/latents_csv.h"
#include "core/latent/network/open_generator.h"
#include "core/latent/path.h"
#include "core/video/path_film.h"

#include "tests/support/film_frames.h"
#include "tests/support/small_checkpoints.h"
#ifdef SADDLE_FFMPEG
#include "tests/support/film_reader.h"
#endif
#endif
#include "tests/support/cli_process.h"

#include <csignal>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestInterpolateCommand : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void folder();
    void betweenTwo();
    void optionsMatter();
    void latentsAndPaths();
    void labels();
    void points();
    void sheet();
    void films();
    void usage_data();
    void usage();
    void refused_data();
    void refused();
    void interrupted();

private:
    Run walk(const std::string& run, const std::string& out, const QStringList& more) const
    {
        return cli(QStringList{"interpolate", path(run), "--out", path(out)} + more);
    }
    Run cli(const QStringList& arguments) const { return runCli(QStringLiteral(SADDLE_CLI), arguments, m_scratch); }
    QString path(const std::string& name) const { return QString::fromStdString(m_scratch.path(name).string()); }
    Image png(const std::string& name) const { return good(readPng(m_scratch.path(name))); }
    Latents latents(const std::string& name) const { return good(readLatents(m_scratch.path(name), 4)); }

    Scratch m_scratch;
};

void TestInterpolateCommand::initTestCase()
{
    addRun(m_scratch, "images", imagesExperiment(m_scratch), 3);
    addRun(m_scratch, "uniform", with(imagesExperiment(m_scratch), {{"latent.distribution", "uniform"}}), 2);
    addRun(m_scratch, "labelled", labelledExperiment(m_scratch), 2);
    addRun(m_scratch, "points", pointsExperiment(), 3);
}

/// Numbered PNGs with their latents; key frames are what `sample` makes, and all of them are made again.
void TestInterpolateCommand::folder()
{
    const Run run = walk("images", "walk", {"--seeds", "3,4,5", "--frames", "4"});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(run.out, path("walk") + QLatin1Char('\n'));
    QVERIFY2(run.err.contains(QStringLiteral("step 3")), qPrintable(run.err));
    QCOMPARE(namesIn(m_scratch.path("walk")).size(), 10);
    const auto generator = good(openGenerator(m_scratch.path("images"), builtinCatalog()));
    const Latents table = latents("walk/latents.csv");
    for (int key = 0; key < 3; ++key) {
        const Latents drawn = good(generator->draw({.seed = static_cast<std::uint64_t>(3 + key), .count = 1}));
        QCOMPARE(table.rows(4 * key, 1).values, drawn.values);
    }
    QCOMPARE(table.rows(6, 1).values,
        interpolate(Interpolation::Spherical, table.rows(4, 1).values, table.rows(8, 1).values, 0.5));
    DONE(cli({"sample", path("images"), "--out", path("key.png"), "--seed", "4", "--count", "1"}));
    QVERIFY(png("key.png") == png("walk/frame-00005.png"));
    DONE(cli({"sample", path("images"), "--out", path("again"), "--latents", path("walk/latents.csv")}));
    for (std::int64_t i = 0; i < 9; ++i) {
        const std::string number = std::to_string(i);
        QVERIFY(
            png("again/" + std::string(5 - number.size(), '0') + number + ".png") == png("walk/" + framePngName(i)));
    }
}

void TestInterpolateCommand::betweenTwo()
{
    DONE(walk("images", "two", {"--to", "9", "--from", "2", "--frames", "3", "--quiet"}));
    DONE(walk("images", "same", {"--seeds", "2,9", "--frames", "3", "--quiet"}));
    QCOMPARE(bytesOf(m_scratch.path("two/latents.csv")), bytesOf(m_scratch.path("same/latents.csv")));
    QCOMPARE(latents("two/latents.csv").count(), std::int64_t{4});
    QCOMPARE(bytesOf(m_scratch.path("two/frame-00002.png")), bytesOf(m_scratch.path("same/frame-00002.png")));
}

void TestInterpolateCommand::optionsMatter()
{
    const QStringList base{"--seeds", "1,2", "--frames", "2"};
    const auto middle = [&](const std::string& run, const std::string& out, const QStringList& more) {
        const Run done = walk(run, out, base + more);
        if (done.status != 0)
            throw std::runtime_error(done.err.toStdString());
        return latents(out + "/latents.csv").rows(1, 1).values;
    };
    const auto round = middle("images", "round", {});
    QCOMPARE(middle("images", "spherical", {"--spherical"}), round);
    const auto straight = middle("images", "straight", {"--linear"});
    QVERIFY(straight != round);
    QCOMPARE(middle("uniform", "box", {"--linear"}), middle("uniform", "default", {}));
    // Closed: one segment more, without the doubled frame.
    DONE(walk("images", "closed", base + QStringList{"--loop"}));
    const Latents closed = latents("closed/latents.csv");
    QCOMPARE(closed.count(), std::int64_t{4});
    QCOMPARE(closed.rows(3, 1).values, closed.rows(1, 1).values);
    DONE(walk("images", "near", base + QStringList{"--truncation", "0.5"}));
    for (const float value : latents("near/latents.csv").rows(0, 1).values)
        QVERIFY(std::abs(value) <= 0.5f);
    DONE(walk("images", "large", base + QStringList{"--zoom", "3"}));
    QVERIFY(png("large/frame-00002.png") == scaleUp(png("round/frame-00002.png"), 3));
}

void TestInterpolateCommand::latentsAndPaths()
{
    m_scratch.write("corners.csv", "z0,z1,z2,z3\n1,0,0,0\n0,1,0,0\n0,0,-1,0.1\n");
    DONE(walk("images", "table", {"--latents", path("corners.csv"), "--frames", "5"}));
    const Latents table = latents("table/latents.csv");
    QCOMPARE(table.count(), std::int64_t{11});
    QCOMPARE(table.rows(5, 1).values, (std::vector<float>{0, 1, 0, 0}));
    LatentPath saved;
    saved.options = {Interpolation::Linear, 2, 10, true};
    saved.keys = {{{1, 0, 0, 0}}, {{0, 1, 0, 0}}};
    QVERIFY_OK(writePath(m_scratch.path("saved.json"), saved));
    DONE(walk("images", "saved", {"--path", path("saved.json")}));
    QCOMPARE(latents("saved/latents.csv").values, saved.frames(0, 4).values);
    // The command line comes before the file.
    DONE(walk("images", "changed", {"--path", path("saved.json"), "--frames", "3", "--spherical"}));
    saved.options.framesPerSegment = 3;
    saved.options.interpolation = Interpolation::Spherical;
    QCOMPARE(latents("changed/latents.csv").values, saved.frames(0, 6).values);
}

void TestInterpolateCommand::labels()
{
    DONE(walk("labelled", "first", {"--seeds", "1,2", "--frames", "2"}));
    QCOMPARE(latents("first/latents.csv").labels, (std::vector<std::int64_t>{0, 0, 0}));
    DONE(walk("labelled", "chosen", {"--seeds", "1,2", "--frames", "2", "--label", "2"}));
    QCOMPARE(latents("chosen/latents.csv").labels, (std::vector<std::int64_t>{2, 2, 2}));
    m_scratch.write("labels.csv", "label,z0,z1,z2,z3\n1,1,0,0,0\n2,0,1,0,0\n");
    DONE(walk("labelled", "own", {"--latents", path("labels.csv"), "--frames", "4"}));
    QCOMPARE(latents("own/latents.csv").labels, (std::vector<std::int64_t>{1, 1, 2, 2, 2}));
    m_scratch.write("bare.csv", "z0,z1,z2,z3\n1,0,0,0\n0,1,0,0\n");
    DONE(walk("labelled", "turns", {"--latents", path("bare.csv"), "--frames", "2"}));
    QCOMPARE(latents("turns/latents.csv").labels, (std::vector<std::int64_t>{0, 1, 1}));
}

void TestInterpolateCommand::points()
{
    DONE(walk("points", "dots", {"--seeds", "1,2", "--frames", "2"}));
    QCOMPARE(png("dots/frame-00002.png").width, 512);
}

void TestInterpolateCommand::sheet()
{
    const Run run = walk("images", "sheet.png", {"--seeds", "1,2,3,4", "--sheet", "3x5", "--zoom", "2"});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(run.out, path("sheet.png") + QLatin1Char('\n'));
    const auto generator = good(openGenerator(m_scratch.path("images"), builtinCatalog()));
    Latents corners{4, {}, {}};
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const Latents drawn = good(generator->draw({.seed = seed, .count = 1}));
        corners.values.insert(corners.values.end(), drawn.values.begin(), drawn.values.end());
    }
    const Latents all = good(latentSheet(corners, 3, 5, Interpolation::Spherical));
    const Image image = png("sheet.png");
    QCOMPARE(image.width, 2 * (5 * 18 - 2));
    QVERIFY(image == good(makeSheetPicture(*generator, all, 5, 2, {})));
}

/// Decoded again, each frame is the picture that the folder has.
void TestInterpolateCommand::films()
{
    const QStringList base{"--seeds", "1,2,3", "--frames", "5", "--fps", "20", "--zoom", "2"};
#ifdef SADDLE_FFMPEG
    DONE(walk("images", "frames", base));
    DONE(walk("images", "walk.gif", base));
    DONE(walk("images", "walk.mp4", base));
    for (const std::string name : {"walk.gif", "walk.mp4"}) {
        const ReadFilm film = readFilm(m_scratch.path(name));
        QCOMPARE(film.frames.size(), std::size_t{11});
        QVERIFY(std::abs(film.seconds - 11 / 20.0) < 0.011);
        for (std::int64_t i = 0; i < 11; ++i) {
            const Image expected = coloured(png("frames/" + framePngName(i)));
            const Image& frame = film.frames[static_cast<std::size_t>(i)];
            // The pictures are grey: no more than 256 colours.
            QVERIFY(name == "walk.gif" ? frame == expected : psnr(frame, expected) > 38);
        }
    }
    DONE(walk("images", "twice.gif", base));
    QCOMPARE(bytesOf(m_scratch.path("twice.gif")), bytesOf(m_scratch.path("walk.gif")));
#else
    for (const std::string name : {"walk.gif", "walk.mp4"}) {
        const Run run = walk("images", name, base);
        QCOMPARE(run.status, 1);
        QVERIFY2(run.err.contains(QStringLiteral("libavfilter-dev")), qPrintable(run.err));
    }
#endif
}

void TestInterpolateCommand::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    const QStringList gif{"run", "--out", "a.gif"};
    QTest::addRow("nothing") << QStringList{};
    QTest::addRow("nowhere") << QStringList{"run", "--seeds", "1,2"};
    QTest::addRow("no latents") << gif;
    QTest::addRow("half of two") << gif + QStringList{"--from", "1"};
    QTest::addRow("two ways") << gif + QStringList{"--from", "1", "--to", "2", "--seeds", "1,2"};
    QTest::addRow("a file and seeds") << gif + QStringList{"--latents", "a.csv", "--seeds", "1,2"};
    QTest::addRow("two files") << gif + QStringList{"--latents", "a.csv", "--path", "a.json"};
    QTest::addRow("a truncated file") << gif + QStringList{"--latents", "a.csv", "--truncation", "1"};
    QTest::addRow("linear and spherical") << gif + QStringList{"--seeds", "1,2", "--linear", "--spherical"};
    QTest::addRow("no frames") << gif + QStringList{"--seeds", "1,2", "--frames", "0"};
    QTest::addRow("still") << gif + QStringList{"--seeds", "1,2", "--fps", "0"};
    QTest::addRow("no zoom") << gif + QStringList{"--seeds", "1,2", "--zoom", "0"};
    QTest::addRow("a word for a seed") << gif + QStringList{"--seeds", "1,x"};
    QTest::addRow("a negative seed") << gif + QStringList{"--seeds", "1,-2"};
    QTest::addRow("another film") << QStringList{"run", "--out", "a.avi", "--seeds", "1,2"};
    QTest::addRow("a film as PNG") << QStringList{"run", "--out", "a.png", "--seeds", "1,2"};
    QTest::addRow("a sheet as GIF") << gif + QStringList{"--seeds", "1,2,3,4", "--sheet", "2x2"};
    QTest::addRow("half a sheet") << QStringList{"run", "--out", "a.png", "--seeds", "1,2,3,4", "--sheet", "2"};
    QTest::addRow("a sheet with a rate") << QStringList{
        "run", "--out", "a.png", "--seeds", "1,2,3,4", "--sheet", "2x2", "--fps", "3"};
}

void TestInterpolateCommand::usage()
{
    QFETCH(QStringList, arguments);
    const Run run = cli(QStringList{QStringLiteral("interpolate")} + arguments);
    QCOMPARE(run.status, 2);
    QVERIFY2(run.err.startsWith(QStringLiteral("saddle-cli: ")) && run.err.count(QLatin1Char('\n')) == 1,
        qPrintable(run.err));
}

void TestInterpolateCommand::refused_data()
{
    QTest::addColumn<QString>("run");
    QTest::addColumn<QString>("out");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QString>("words");
    const QStringList seeds{"--seeds", "1,2"};
    QTest::addRow("no run") << "missing"
                            << "free" << seeds << "missing";
    QTest::addRow("one latent") << "images"
                                << "free" << QStringList{"--seeds", "1"} << "two or more";
    QTest::addRow("a full folder") << "images"
                                   << "full" << seeds << "something here";
    QTest::addRow("no folder for the film")
        << "images"
        << "none/a.png" << QStringList{"--seeds", "1,2,3,4", "--sheet", "2x2"} << "none";
    QTest::addRow("too many frames") << "images"
                                     << "free" << seeds + QStringList{"--frames", "200000"} << "100000";
    QTest::addRow("too fast") << "images"
                              << "free" << seeds + QStringList{"--fps", "1000"} << "240";
    QTest::addRow("no labels") << "images"
                               << "free" << seeds + QStringList{"--label", "1"} << "no labels";
    QTest::addRow("no such label") << "labelled"
                                   << "free" << seeds + QStringList{"--label", "3"} << "0 to 2";
    QTest::addRow("no truncation") << "images"
                                   << "free" << seeds + QStringList{"--truncation", "0"} << "truncation";
    QTest::addRow("three corners") << "images"
                                   << "free.png" << QStringList{"--seeds", "1,2,3", "--sheet", "2x2"} << "four";
    QTest::addRow("too large a sheet") << "images"
                                       << "free.png"
                                       << QStringList{"--seeds", "1,2,3,4", "--sheet", "300x300", "--zoom", "8"}
                                       << "zoom less";
    QTest::addRow("no path") << "images"
                             << "free" << QStringList{"--path", path("none.json")} << "none.json";
    QTest::addRow("another's path") << "images"
                                    << "free" << QStringList{"--path", path("other.json")} << "this generator's 4";
    QTest::addRow("a path with labels") << "images"
                                        << "free" << QStringList{"--path", path("labels.json")}
                                        << "labels.json: keys.0.label";
    QTest::addRow("other latents") << "images"
                                   << "free" << QStringList{"--latents", path("other.csv")} << "4 numbers";
    m_scratch.write("full/something", "x");
    m_scratch.write("other.csv", "z0,z1\n1,2\n3,4\n");
    m_scratch.write("other.json", R"({"format": "saddle-path-1", "keys": [{"latent": [1]}, {"latent": [2]}]})");
    m_scratch.write("labels.json",
        R"({"format": "saddle-path-1", "keys": [{"latent": [1, 2, 3, 4], "label": 1}, {"latent": [4, 3, 2, 1], "label": 0}]})");
}

void TestInterpolateCommand::refused()
{
    QFETCH(QString, run);
    QFETCH(QString, out);
    QFETCH(QStringList, more);
    QFETCH(QString, words);
    const Run done = walk(run.toStdString(), out.toStdString(), more);
    QCOMPARE(done.status, 1);
    const QStringList lines = done.err.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QVERIFY2(
        !lines.isEmpty() && lines.back().startsWith(QStringLiteral("saddle-cli: ")) && lines.back().contains(words),
        qPrintable(done.err));
    QVERIFY(done.out.isEmpty());
    QVERIFY(!fs::exists(m_scratch.path("free")) && !fs::exists(m_scratch.path("free.png")));
    QCOMPARE(namesIn(m_scratch.path("full")), QStringList{"something"});
}

/// Ctrl+C leaves nothing of the film.
void TestInterpolateCommand::interrupted()
{
    fs::create_directory(m_scratch.path("cut"));
    QStringList outs{"cut/folder"};
#ifdef SADDLE_FFMPEG
    outs << "cut/walk.gif"
         << "cut/walk.mp4";
#endif
    for (const QString& out : outs) {
        QProcess process;
        process.setProcessEnvironment(environmentIn(m_scratch));
        process.start(QStringLiteral(SADDLE_CLI),
            {"interpolate", path("images"), "--out", path(out.toStdString()), "--seeds", "1,2", "--frames", "90000"});
        QVERIFY(process.waitForStarted(patience));
        QTRY_VERIFY_WITH_TIMEOUT(
            !fs::is_empty(m_scratch.path("cut")) || process.state() == QProcess::NotRunning, patience);
        QVERIFY2(process.state() == QProcess::Running, process.readAllStandardError().constData());
        QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
        QVERIFY(process.waitForFinished(patience));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 130);
        QVERIFY(fs::is_empty(m_scratch.path("cut")));
    }
}

QTEST_GUILESS_MAIN(TestInterpolateCommand)
#include "interpolate_command.moc"
