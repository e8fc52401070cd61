// SPDX-License-Identifier: GPL-3.0-or-later
// The diagnosis is silent on the presets that ship: those on points as they are, those on images with a quarter of
// their width and batch, on the Fashion-MNIST that Debian has, so that they pass through the same stages in minutes.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/scratch.h"
#include "tests/support/watched_training.h"
#endif

using namespace saddle;
using namespace saddle::test;

class TestDiagnosisHealthy : public QObject {
    Q_OBJECT

private slots:
    void points_data();
    void points();
    void images_data();
    void images();
};

void TestDiagnosisHealthy::points_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("steps");
    QTest::newRow("ring-gan") << QStringLiteral("ring-gan") << 12000;
    QTest::newRow("ring-r3gan") << QStringLiteral("ring-r3gan") << 6000;
    QTest::newRow("ring-wgan-gp") << QStringLiteral("ring-wgan-gp") << 3000;
    QTest::newRow("grid-gan") << QStringLiteral("grid-gan") << 10000;
    QTest::newRow("grid-r3gan") << QStringLiteral("grid-r3gan") << 5000;
    QTest::newRow("grid-wgan-gp") << QStringLiteral("grid-wgan-gp") << 3000;
}

void TestDiagnosisHealthy::points()
{
    QFETCH(QString, preset);
    QFETCH(int, steps);
    WatchedTraining run(preset.toStdString(), {});
    run.train(steps, 100);
    QCOMPARE(run.step(), steps);
    QCOMPARE(run.sentences(), QString());
}

void TestDiagnosisHealthy::images_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("steps");
    for (const char* preset : {"fashion-dcgan", "fashion-dcgan-noise", "fashion-lsgan", "mnist-dcgan", "mnist-lsgan",
             "mnist-vae", "mnist-vanilla", "mnist-wgan-gp", "dragan"})
        QTest::newRow(preset) << QString::fromLatin1(preset) << 1500;
}

void TestDiagnosisHealthy::images()
{
    QFETCH(QString, preset);
    QFETCH(int, steps);
    const Json document = *loadExperiment(preset.toStdString(), builtinCatalog());
    std::map<std::string, Json> settings{{"data.source", "fashion-mnist"}};
    for (const char* role : {"generator", "discriminator", "encoder"}) {
        if (const Json* width = findPath(document, std::string(role) + ".width"))
            settings[std::string(role) + ".width"] = std::max(16, width->get<int>() / 4);
    }
    settings["training.batch_size"] = 16;
    settings["sampling.rows"] = settings["sampling.columns"] = 6;
    WatchedTraining run(preset.toStdString(), settings);
    run.train(steps, 50);
    QCOMPARE(run.step(), steps);
    QCOMPARE(run.sentences(), QString());
}

QTEST_GUILESS_MAIN(TestDiagnosisHealthy)
#include "diagnosis_healthy.moc"
