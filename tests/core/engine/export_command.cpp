// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli export, and sample with the files it writes: the same pictures as from the run.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/io/image.h"
#include "core/onnx/onnx.h"

#include "tests/support/small_checkpoints.h"
#endif
#include "tests/support/cli_process.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestExportCommand : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void samplesOfTheFile_data();
    void samplesOfTheFile();
    void chosenWeights();
    void refused_data();
    void refused();

private:
    Run cli(const QStringList& arguments) const { return runCli(QStringLiteral(SADDLE_CLI), arguments, m_scratch); }
    QString path(const std::string& name) const { return QString::fromStdString(m_scratch.path(name).string()); }
    Run exported(const QString& format, const std::string& out, const QStringList& more = {}) const
    {
        return cli(QStringList{"export", path("run"), "--format", format, "--out", path(out)} + more);
    }
    Image sampled(const std::string& source, const QStringList& more = {}) const
    {
        const Run run =
            cli(QStringList{"sample", path(source), "--out", path("grid.png"), "--seed", "4", "--grid", "2x3"} + more);
        if (run.status != 0)
            throw std::runtime_error(run.err.toStdString());
        return good(readPng(m_scratch.path("grid.png")));
    }

    Scratch m_scratch;
};

void TestExportCommand::initTestCase()
{
    const Json document = with(labelledExperiment(m_scratch), {{"training.ema_decay", 0.5}});
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    addCheckpoint(m_scratch.path("run"), *trainer, document);
}

void TestExportCommand::samplesOfTheFile_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::addRow("safetensors") << QStringList();
    QTest::addRow("torchscript") << QStringList{"--trust-code"};
    QTest::addRow("onnx") << QStringList();
}

void TestExportCommand::samplesOfTheFile()
{
    QFETCH(QStringList, more);
    const QString format = QString::fromUtf8(QTest::currentDataTag());
    if (format == QLatin1String("onnx") && !onnxFormat().write)
        QSKIP("this build has no ONNX");
    const Run run = exported(format, "generator");
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(run.out, path("generator") + QLatin1Char('\n'));
    const Image expected = sampled("run");
    const Image made = sampled("generator", more);
    QCOMPARE(made.pixels.size(), expected.pixels.size());
    for (std::size_t i = 0; i < made.pixels.size(); ++i)
        QVERIFY(std::abs(int(made.pixels[i]) - int(expected.pixels[i]))
            <= (format == QLatin1String("safetensors") ? 0 : 1));
    // A file is taken further as a run is, but for code.
    const Run again = cli({"export", path("generator"), "--format", "safetensors", "--out", path("again")});
    QCOMPARE(again.status, format == QLatin1String("torchscript") ? 1 : 0);
}

void TestExportCommand::chosenWeights()
{
    QVERIFY(exported("safetensors", "plain", {"--weights", "plain"}).status == 0);
    QVERIFY(exported("safetensors", "ema", {"--weights", "ema", "--step", "3"}).status == 0);
    QVERIFY(sampled("plain") == sampled("run", {"--weights", "plain"}));
    QVERIFY(sampled("ema") == sampled("run", {"--weights", "ema"}));
    QVERIFY(!(sampled("plain") == sampled("ema")));
}

void TestExportCommand::refused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("words");
    const QString run = path("run");
    QTest::addRow("no such step") << QStringList{"export", run, "--format", "safetensors", "--out", path("x"), "--step",
        "7"} << 1 << "no such checkpoint";
    QTest::addRow("no such format") << QStringList{"export", run, "--format", "keras", "--out", path("x")} << 2
                                    << "keras";
    QTest::addRow("no folder") << QStringList{"export", run, "--format", "safetensors", "--out", path("no/x")} << 1
                               << "no such folder";
    QTest::addRow("no run") << QStringList{"export", path("none"), "--format", "safetensors", "--out", path("x")} << 1
                            << "nothing here";
    QTest::addRow("no trust") << QStringList{"sample", path("script"), "--out", path("x.png")} << 1 << "code";
}

void TestExportCommand::refused()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    QFETCH(QString, words);
    QVERIFY(exported("torchscript", "script").status == 0);
    const Run run = cli(arguments);
    QCOMPARE(run.status, status);
    QVERIFY2(run.err.contains(words), qPrintable(run.err));
    QVERIFY(!fs::exists(m_scratch.path("x")));
}

QTEST_GUILESS_MAIN(TestExportCommand)
#include "export_command.moc"
