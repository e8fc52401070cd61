// SPDX-License-Identifier: GPL-3.0-or-later
// A person's session with the real window, offscreen: start, watch, pause, change the noise, go on, step G alone,
// export, and find it all again in the files.
#include "core/io/csv.h"
#include "core/io/image.h"
#include "core/training/builtin.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"
#include "ui/panels/samples_panel.h"
#include "ui/plots/plots_panel.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/play_button.h"

#include <QAction>
#include <QLabel>
#include <QSettings>
#include <QSlider>
#include <QStandardPaths>
#include <QToolButton>

using namespace saddle;

namespace {

constexpr int patience = 60000; ///< milliseconds a condition may take on a busy machine

/// The data of the test: Fashion-MNIST where it is, else a small IDX file of stripes.
void putStripes(const test::Scratch& scratch, ExperimentDocument& document)
{
    constexpr int count = 256;
    std::string bytes{'\0', '\0', '\x08', '\x03', '\0', '\0', '\x01', '\0', '\0', '\0', '\0', 28, '\0', '\0', '\0', 28};
    for (int image = 0; image < count; ++image) {
        for (int pixel = 0; pixel < 28 * 28; ++pixel)
            bytes += static_cast<char>((pixel + image) % 28 * 9);
    }
    const std::filesystem::path file = scratch.write("stripes-idx3-ubyte", bytes);
    QVERIFY_OK(document.set(QStringLiteral("data.source"), "idx"));
    QVERIFY_OK(document.set(QStringLiteral("data.images"), file.string()));
}

} // namespace

class RecordedSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("recorded-session"));
        QSettings().clear();
    }

    void playChangeExport()
    {
        const test::Scratch scratch;
        Workbench bench(builtinCatalog(), makeTrainer);
        bench.setRunsFolder(scratch.path("runs"));
        QString saveTo;
        WindowDialogs dialogs = systemDialogs();
        dialogs.saveFile = [&saveTo](QWidget*, const QString&, const QString&, const QString&) { return saveTo; };
        dialogs.confirmClose = [](QWidget*) { return true; };
        MainWindow window(&bench, dialogs);
        window.resize(1280, 800);
        ExperimentDocument& document = *bench.document();
        QVERIFY_OK(document.load(QStringLiteral("fashion-dcgan")));
        putStripes(scratch, document);
        for (const auto& [path, value] : std::initializer_list<std::pair<const char*, Json>>{{"generator.width", 4},
                 {"discriminator.width", 4}, {"training.batch_size", 8}, {"training.threads", 1},
                 {"training.device", "cpu"}, {"sampling.refresh_seconds", 0.05}, {"sampling.keep_every", 20}}) {
            QVERIFY_OK(document.set(QString::fromLatin1(path), value));
        }
        bench.restart();
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        Bridge& bridge = *bench.bridge();
        QTRY_COMPARE_WITH_TIMEOUT(bridge.state(), SessionState::Ready, patience);

        // Never blank: real images are on screen before the first step.
        auto* view = window.findChild<ImageView*>(QStringLiteral("sampleView"));
        QVERIFY(view);
        QTRY_VERIFY(!view->grab().toImage().isNull());

        // Space starts, and the grid and the plots change.
        auto* play = window.findChild<PlayButton*>(QStringLiteral("playButton"));
        QVERIFY(!play->isPlaying());
        const QImage before = view->grab().toImage();
        window.setFocus();
        QTest::keyClick(&window, Qt::Key_Space);
        QTRY_COMPARE_WITH_TIMEOUT(bridge.state(), SessionState::Running, patience);
        QVERIFY(play->isPlaying());
        QTRY_VERIFY_WITH_TIMEOUT(bench.series().rowCount() >= 40, patience);
        QTRY_VERIFY_WITH_TIMEOUT(view->grab().toImage() != before, patience);
        QCOMPARE(window.findChild<QLabel*>(QStringLiteral("stepValue"))->text().isEmpty(), false);
        const auto plots = window.plots()->plots();
        QVERIFY(plots.size() >= 4);
        QTRY_VERIFY(plots.front()->drawnPoints() > 0);

        // Pause: nothing more is recorded.
        QTest::mouseClick(play, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(bridge.state(), SessionState::Paused, patience);
        QTRY_COMPARE(static_cast<std::int64_t>(bench.series().rowCount()), bridge.now().progress.step);
        const std::int64_t pausedAt = bridge.now().progress.step;

        // The noise slider, while paused, is an edit at that step.
        auto* noise = window.findChild<QSlider*>(QStringLiteral("noiseSlider"));
        noise->setValue(500);
        QTRY_COMPARE(findPath(*bridge.now().document, "instance_noise.level")->get<double>(), 0.25);
        QTRY_COMPARE(*findPath(*bridge.now().document, "instance_noise.manual"), Json(true));

        // Go on; the next steps have it.
        QTest::mouseClick(play, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bridge.now().progress.step >= pausedAt + 20, patience);
        QTest::mouseClick(play, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(bridge.state(), SessionState::Paused, patience);
        QTRY_COMPARE(static_cast<std::int64_t>(bench.series().rowCount()), bridge.now().progress.step);

        // One step of G alone: a row with no discriminator loss.
        // The pause may have cut a round in two: then it is finished first.
        if (!bridge.now().progress.inRound.empty()) {
            const std::int64_t cut = bridge.now().progress.step;
            QTest::keyClick(&window, Qt::Key_Period);
            QTRY_COMPARE_WITH_TIMEOUT(static_cast<std::int64_t>(bench.series().rowCount()), cut + 1, patience);
            QTRY_COMPARE(bridge.now().progress.step, cut + 1);
        }
        const std::int64_t beforeStep = bridge.now().progress.step;
        window.findChild<QAction*>(QStringLiteral("stepGenerator"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(bench.series().rowCount() == static_cast<std::size_t>(beforeStep) + 1, patience);
        const std::size_t last = bench.series().rowCount() - 1;
        QVERIFY(std::isnan(bench.series().value(*bench.series().columnIndex("d_loss"), last)));
        QVERIFY(std::isfinite(bench.series().value(*bench.series().columnIndex("g_loss"), last)));

        // Export the grid and the curves.
        saveTo = QString::fromStdString(scratch.path("grid.png").string());
        window.findChild<QAction*>(QStringLiteral("exportSamples"))->trigger();
        const Result<Image> grid = readPng(scratch.path("grid.png"));
        QVERIFY_OK(grid);
        QCOMPARE(grid->width, 8 * 28 + 7 * 2);
        saveTo = QString::fromStdString(scratch.path("curves.csv").string());
        window.findChild<QAction*>(QStringLiteral("exportCurves"))->trigger();

        // In the table the noise is there from the step after the edit, and the edit stands at its step.
        const Result<CsvTable> table = readCsv(scratch.path("curves.csv"));
        QVERIFY_OK(table);
        QCOMPARE(table->rows.size(), bench.series().rowCount());
        const std::size_t step = *table->column("step");
        const std::size_t level = *table->column("noise_std");
        const std::size_t events = *table->column("events");
        bool found = false;
        for (const auto& row : table->rows) {
            const bool after = std::stoll(row[step]) > pausedAt;
            QCOMPARE(*parseNumber(row[level]), after ? 0.25 : 0.0);
            if (row[events].find("Level") != std::string::npos) {
                found = true;
                QVERIFY(std::abs(std::stoll(row[step]) - pausedAt) <= 1);
            }
        }
        QVERIFY(found);

        // The run folder says the same, and closing leaves a checkpoint of the last step.
        const std::filesystem::path run = bridge.now().runFolder;
        const std::int64_t lastStep = bridge.now().progress.step;
        window.close();
        const Result<CsvTable> metrics = readCsv(run / "metrics.csv");
        QVERIFY_OK(metrics);
        QCOMPARE(metrics->rows.size(), table->rows.size());
        const Result<std::filesystem::path> checkpoint = latestCheckpoint(run);
        QVERIFY_OK(checkpoint);
        QCOMPARE(checkpoint->filename().string(), stepName(lastStep));
        QVERIFY(!keptSamples(run).empty());
    }
};

QTEST_MAIN(RecordedSession)
#include "recorded_session.moc"
