// SPDX-License-Identifier: GPL-3.0-or-later
// `saddle-cli train` on a disk that fills up: it says so once, waits, and goes on or ends as it is told.
#include "core/io/csv.h"
#include "core/runs/checkpoints.h"
#include "tests/support/cli_process.h"
#include "tests/support/killed_training.h"
#include "tests/support/small_disk.h"

#include <csignal>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestCliDisk : public QObject {
    Q_OBJECT

private slots:
    void waitsForRoom();

private:
    Scratch m_scratch;
};

void TestCliDisk::waitsForRoom()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path run = disk.path() / "run";
    disk.fill(100'000);
    QProcess process;
    process.setProcessEnvironment(environmentIn(m_scratch));
    process.start(QStringLiteral(SADDLE_CLI),
        {QStringLiteral("train"), QString::fromStdString(killedExperiment(m_scratch).string()), QStringLiteral("--out"),
            QString::fromStdString(run.string()), QStringLiteral("--set"), QStringLiteral("sampling.keep_every=0"),
            QStringLiteral("--set"), QStringLiteral("sampling.checkpoint_gigabytes=0.0003")});
    QByteArray said;
    const auto says = [&](const char* words) {
        process.waitForReadyRead(100);
        said += process.readAllStandardError();
        return said.contains(words);
    };
    const auto waits = [&] {
        const auto over = [&] { return says("goes on by itself") || process.state() == QProcess::NotRunning; };
        return QTest::qWaitFor(over, patience) && says("goes on by itself");
    };
    QVERIFY2(waits(), said);
    QVERIFY(!QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 2500));
    says("");
    QCOMPARE(said.count("goes on by itself"), 1); // once
    disk.free();
    QTRY_VERIFY_WITH_TIMEOUT(says("training goes on."), patience);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 130);
    const Result<fs::path> last = latestCheckpoint(run);
    QVERIFY_OK(last);
    QVERIFY_OK(verifyCheckpoint(*last));
    const Result<CsvTable> table = readCsv(run / "metrics.csv");
    QVERIFY_OK(table);
    for (std::size_t i = 0; i < table->rows.size(); ++i)
        QCOMPARE(table->rows[i][0], std::to_string(i + 1));

    // Full again, and whoever stops it is told what is not kept.
    disk.fill();
    process.start(QStringLiteral(SADDLE_CLI),
        {QStringLiteral("train"), QStringLiteral("--resume"), QString::fromStdString(run.string())});
    said.clear();
    QVERIFY2(waits(), said);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(!says("training goes on."));
    QVERIFY_OK(verifyCheckpoint(*last)); // what there was is as it was
}

QTEST_GUILESS_MAIN(TestCliDisk)
#include "cli_disk.moc"
