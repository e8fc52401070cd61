// SPDX-License-Identifier: GPL-3.0-or-later
// A run taken elsewhere from the window: told how far it is, whole or not at all, one at a time, cancelled.
#include "ui/bridge/run_export.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "tests/support/written_run.h"

#include <QSignalSpy>

#include <filesystem>
#include <memory>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int longWait = 30000; // milliseconds; only reached by a test that fails

/// An export with all that it says.
struct Watched {
    RunExport job{fakeCatalog()};
    QSignalSpy busy{&job, &RunExport::busyChanged};
    QSignalSpy progress{&job, &RunExport::progress};
    QSignalSpy saved{&job, &RunExport::saved};
    QSignalSpy failed{&job, &RunExport::failed};

    bool ended()
    {
        return QTest::qWaitFor([this] { return !job.isBusy(); }, longWait);
    }
};

} // namespace

class TestRunExport : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { writtenRun(m_scratch.path("run")); }
    void formats_data();
    void formats();
    void whatCannotBeWritten();
    void whatCannotBeRead();
    void oneAtATime();
    void cancelled();
    void goneWhileItWrites();

private:
    QString path(const std::string& name) const { return QString::fromStdString(m_scratch.path(name).string()); }
    QString largeRun(const std::string& name) const
    {
        writtenRun(m_scratch.path(name), 20, std::size_t{40} << 20);
        return path(name);
    }

    Scratch m_scratch;
};

void TestRunExport::formats_data()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < runFormats().size(); ++i) {
        if (runFormats()[i].format != RunFormat::Mp4) // FFmpeg's, which may be missing
            QTest::newRow(runFormats()[i].name) << static_cast<int>(i);
    }
}

void TestRunExport::formats()
{
    QFETCH(int, index);
    const RunFormatInfo& format = runFormats()[static_cast<std::size_t>(index)];
    const QString target = path("saved") + QString::fromLatin1(format.ending);
    Watched watched;
    watched.job.start(path("run"), format.format, target);
    QVERIFY(watched.job.isBusy());
    QCOMPARE(watched.busy.count(), 1);
    QVERIFY(watched.ended());
    QCOMPARE(watched.busy.count(), 2);
    QVERIFY2(watched.failed.isEmpty(), qPrintable(watched.failed.value(0).value(0).toString()));
    QCOMPARE(watched.saved.count(), 1);
    QCOMPARE(watched.saved[0][0].toString(), target);
    QVERIFY(fs::exists(target.toStdString()));
    double before = 0;
    for (const QList<QVariant>& told : watched.progress) {
        const double part = told[0].toDouble();
        QVERIFY(part >= before && part <= 1);
        QVERIFY(!told[1].toString().isEmpty());
        before = part;
    }
    if (format.format == RunFormat::Csv)
        QCOMPARE(readCsv(target.toStdString())->rows.size(), std::size_t{20});
}

void TestRunExport::whatCannotBeWritten()
{
    Watched watched;
    watched.job.start(path("run"), RunFormat::Archive, path("nowhere/run.zip"));
    QVERIFY(watched.ended());
    QCOMPARE(watched.failed.count(), 1);
    QVERIFY(watched.failed[0][0].toString().contains(QStringLiteral("nowhere")));
    QVERIFY(watched.saved.isEmpty());
    // The next one is not in its way.
    watched.job.start(path("run"), RunFormat::Csv, path("after.csv"));
    QVERIFY(watched.ended());
    QCOMPARE(watched.saved.count(), 1);
}

void TestRunExport::whatCannotBeRead()
{
    Watched watched;
    watched.job.start(path("no-run"), RunFormat::Gif, path("no.gif"));
    QVERIFY(watched.ended());
    QCOMPARE(watched.failed.count(), 1);
    QVERIFY(watched.failed[0][0].toString().contains(QStringLiteral("no-run")));
    QVERIFY(!fs::exists(m_scratch.path("no.gif")));
}

void TestRunExport::oneAtATime()
{
    Watched watched;
    watched.job.start(largeRun("first"), RunFormat::Archive, path("first.zip"));
    watched.job.start(path("run"), RunFormat::Csv, path("second.csv"));
    QCOMPARE(watched.busy.count(), 1);
    QVERIFY(watched.ended());
    QCOMPARE(watched.saved.count(), 1);
    QCOMPARE(watched.saved[0][0].toString(), path("first.zip"));
    QVERIFY(!fs::exists(m_scratch.path("second.csv")));
}

void TestRunExport::cancelled()
{
    const fs::path target = m_scratch.write("kept.zip", "what was there before");
    const QString run = largeRun("cancelled");
    Watched watched;
    watched.job.start(run, RunFormat::Archive, QString::fromStdString(target.string()));
    QVERIFY(QTest::qWaitFor([&watched] { return !watched.progress.isEmpty(); }, longWait));
    watched.job.cancel();
    QVERIFY(watched.ended());
    QVERIFY(watched.saved.isEmpty());
    QVERIFY(watched.failed.isEmpty());
    QCOMPARE(*readFile(target, 1000), std::string("what was there before"));
    for (const fs::directory_entry& entry : fs::directory_iterator(m_scratch.path()))
        QVERIFY2(!entry.path().filename().string().starts_with(".kept"), entry.path().c_str()); // nothing half written
    // Before it has begun, too.
    watched.job.start(run, RunFormat::Archive, QString::fromStdString(target.string()));
    watched.job.cancel();
    QVERIFY(watched.ended());
    QVERIFY(watched.saved.isEmpty());
    QVERIFY(watched.failed.isEmpty());
    QCOMPARE(*readFile(target, 1000), std::string("what was there before"));
    QCOMPARE(watched.busy.count(), 4);
}

void TestRunExport::goneWhileItWrites()
{
    const QString run = largeRun("gone");
    auto watched = std::make_unique<Watched>();
    watched->job.start(run, RunFormat::Archive, path("gone.zip"));
    watched.reset(); // waits for the thread
    QCoreApplication::processEvents();
    QVERIFY(!fs::exists(m_scratch.path("gone.zip")));
}

QTEST_MAIN(TestRunExport)
#include "run_export.moc"
