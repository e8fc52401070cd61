// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli runs export and unpack, as a person calls them. What the files hold is tested where they are made.
#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "core/video/film.h"
#include "tests/support/cli_process.h"
#include "tests/support/written_run.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestRunExportCommand : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { writtenRun(m_scratch.path("my run")); }
    void everyFormat_data();
    void everyFormat();
    void thereAndBack();
    void refused_data();
    void refused();

private:
    Run runs(const QStringList& arguments) const
    {
        return runCli(QStringLiteral(SADDLE_CLI), QStringList{"runs"} + arguments, m_scratch);
    }

    Scratch m_scratch;
};

void TestRunExportCommand::everyFormat_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("out");
    QTest::addRow("archive") << "archive"
                             << "a.zip";
    QTest::addRow("csv") << "csv"
                         << "a.csv";
    QTest::addRow("tensorboard") << "tensorboard"
                                 << "events";
    QTest::addRow("gif") << "gif"
                         << "a.gif";
    QTest::addRow("mp4") << "mp4"
                         << "a.mp4";
}

void TestRunExportCommand::everyFormat()
{
    QFETCH(QString, format);
    QFETCH(QString, out);
    const bool film = format == QStringLiteral("gif") || format == QStringLiteral("mp4");
    const Status usable =
        film ? filmFormatUsable(format == QStringLiteral("gif") ? FilmFormat::Gif : FilmFormat::Mp4) : Status();
    const Run run = runs({"export", "my run", "--format", format, "--out", out, "--quiet"});
    if (!usable) { // then it says which package is missing
        QCOMPARE(run.status, 1);
        QVERIFY2(run.err.contains(QString::fromStdString(usable.error().what)), qPrintable(run.err));
        return;
    }
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(run.out, out + QLatin1Char('\n'));
    QVERIFY2(film || run.err.isEmpty(), qPrintable(run.err));
    QVERIFY(fs::exists(m_scratch.path(out.toStdString())));
}

void TestRunExportCommand::thereAndBack()
{
    DONE(runs({"export", "my run", "--format", "archive", "--out", "all.zip", "--checkpoints", "all"}));
    const Run run = runs({"unpack", "all.zip", "--into", "elsewhere"});
    DONE(run);
    QCOMPARE(run.out, QStringLiteral("elsewhere/my run\n"));
    QCOMPARE(completeCheckpoints(m_scratch.path("elsewhere/my run")).size(), std::size_t{2});
    // Without a folder it is the window's own.
    DONE(runs({"unpack", "all.zip"}));
    bool found = false;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(m_scratch.path("home")))
        found = found || entry.path().filename() == "my run";
    QVERIFY(found);
}

void TestRunExportCommand::refused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("says");
    QTest::addRow("no run") << QStringList{"export", "nowhere", "--format", "csv", "--out", "x.csv"} << 1 << "nowhere";
    QTest::addRow("no format") << QStringList{"export", "my run", "--out", "x"} << 2 << "--format";
    QTest::addRow("unknown format") << QStringList{"export", "my run", "--format", "tar", "--out", "x"} << 2 << "tar";
    QTest::addRow("a folder for a file") << QStringList{"export", "my run", "--format", "csv", "--out", "my run"} << 1
                                         << "a folder";
    QTest::addRow("a folder that is not there")
        << QStringList{"export", "my run", "--format", "archive", "--out", "no/x.zip"} << 1 << "no such folder";
    QTest::addRow("a folder in use") << QStringList{"export", "my run", "--format", "tensorboard", "--out", "my run"}
                                     << 1 << "something here already";
    QTest::addRow("no archive") << QStringList{"unpack", "my run/metrics.csv", "--into", "y"} << 1
                                << "not a zip archive";
}

void TestRunExportCommand::refused()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    QFETCH(QString, says);
    const Run run = runs(arguments);
    QCOMPARE(run.status, status);
    QVERIFY2(run.err.contains(says), qPrintable(run.err));
}

QTEST_GUILESS_MAIN(TestRunExportCommand)
#include "run_export_command.moc"
