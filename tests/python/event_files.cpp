// SPDX-License-Identifier: GPL-3.0-or-later
// Event files are read by TensorBoard's own package. Needs a Python with tensorboard: python3, or that of
// SADDLE_PYTHON; without one this says that it is skipped.
#include "core/base/files.h"
#include "core/runs/export/metrics_export.h"
#include "tests/support/scratch.h"
#include "tests/support/written_run.h"

#include <QProcess>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestEventFiles : public QObject {
    Q_OBJECT

private slots:
    void readByTensorBoard();

private:
    Scratch m_scratch;
};

void TestEventFiles::readByTensorBoard()
{
    const QString python = qEnvironmentVariable("SADDLE_PYTHON", QStringLiteral("python3"));
    QProcess process;
    process.start(python, {QStringLiteral("-c"), QStringLiteral("import tensorboard.backend.event_processing")});
    if (!process.waitForFinished(300'000) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        QSKIP("no Python with tensorboard was found: name one by SADDLE_PYTHON");
    const fs::path run = m_scratch.path("run");
    writtenRun(run);
    QVERIFY_OK(exportTensorBoard(run, m_scratch.path("events"), fakeCatalog(), unwatched));
    const fs::path script = fs::path(SADDLE_TEST_DATA) / "read_events.py";
    process.start(
        python, {QString::fromStdString(script.string()), QString::fromStdString(m_scratch.path("events").string())});
    QVERIFY(process.waitForFinished(300'000));
    const QByteArray said = process.readAllStandardError();
    QVERIFY2(process.exitCode() == 0, said.constData());
    const Result<Json> read = parseJson(process.readAllStandardOutput().toStdString(), "what tensorboard read");
    QVERIFY_OK(read);

    const Json& scalars = (*read)["scalars"];
    QCOMPARE(scalars.size(), std::size_t{6});
    const Json& losses = scalars["loss/D loss"];
    QCOMPARE(losses.size(), std::size_t{20});
    for (std::int64_t step = 1; step <= 20; ++step) {
        const Json& one = losses[static_cast<std::size_t>(step - 1)];
        QCOMPARE(one[0].get<std::int64_t>(), step);
        QCOMPARE(one[1].get<float>(), static_cast<float>(writtenValues(step)[0]));
    }
    QCOMPARE(losses[10][2].get<double>() - losses[0][2].get<double>(), 5.0);
    QCOMPARE(scalars["loss/G loss"].size(), std::size_t{14});
    QCOMPARE(scalars["progress/Images"][19][1].get<double>(), 80.0);
    const Json& images = (*read)["images"]["samples"];
    QCOMPARE(images.size(), std::size_t{4});
    for (std::size_t i = 0; i < 4; ++i) {
        const auto step = static_cast<std::int64_t>(5 * (i + 1));
        QCOMPARE(images[i][0].get<std::int64_t>(), step);
        QCOMPARE(images[i][1].get<int>(), picture(writtenGrid(step)).width);
        QCOMPARE(images[i][3].get<std::uintmax_t>(), fs::file_size(run / "samples" / (stepName(step) + ".png")));
    }
}

QTEST_GUILESS_MAIN(TestEventFiles)
#include "event_files.moc"
