// SPDX-License-Identifier: GPL-3.0-or-later
// The canvas and the films of the Latent tab, with the real engine.
#include "tests/support/checkpoint_window.h"
#include "ui/lab/brush_overlay.h"
#include "ui/lab/canvas_panel.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/path_strip.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QImageReader>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTimer>

#include <thread>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int patience = 60000;

/// Where the data of an experiment lies while its window is made.
Scratch& data()
{
    static Scratch scratch;
    return scratch;
}

struct Fixture : CheckpointWindow {
    explicit Fixture(const Json& document)
        : CheckpointWindow(document)
    {
        lab()->open(QString::fromStdString(checkpoint.string()));
    }

    bool isOpen()
    {
        return QTest::qWaitFor([this] { return lab()->shown() != nullptr; }, patience);
    }
    fs::path runFolder() { return bench.bridge()->now().runFolder; }
    /// On the bench, ready to train.
    bool put(const std::string& name, const Json& document)
    {
        const std::shared_ptr<const EngineInfo> before = bench.bridge()->now().info;
        if (!window->open(QString::fromStdString(scratch.write(name + ".json", document.dump()).string())))
            return false;
        return QTest::qWaitFor(
            [&] { return bench.bridge()->now().info != before && bench.bridge()->state() == SessionState::Ready; },
            patience);
    }
    /// Trains to a step, and waits until the lab has its weights.
    bool step(std::int64_t number)
    {
        bench.step();
        return QTest::qWaitFor([&] { return lab()->lab()->info()->step == number; }, patience);
    }
};

} // namespace

class LabCanvasTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("lab-canvas"));
        QSettings().clear();
    }

    void aCanvasIsPaintedBrushedAndTakenBack()
    {
        Fixture f(canvasExperiment(data()));
        QVERIFY(f.isOpen());
        f.child<QTabWidget>("latentCentre")->setCurrentIndex(1);
        auto* canvas = f.child<CanvasPanel>("canvasPanel");
        f.child<QSpinBox>("canvasWidth")->setValue(128);
        f.child<QSpinBox>("canvasHeight")->setValue(90); // the nearest is 96
        f.child<QPushButton>("canvasPaint")->click();
        CanvasRequest request;
        request.width = 128;
        request.height = 96;
        request.seed = 1;
        const Image whole = good(f.direct->paint(request, {}));
        QTRY_VERIFY_WITH_TIMEOUT(canvas->view()->image() == whole, patience);

        // A drag of the brush, seen against a painting of all strokes at once.
        f.child<QPushButton>("canvasBrush")->click();
        auto* overlay = f.window->findChild<BrushOverlay*>();
        QVERIFY(overlay->isVisible());
        const QPoint middle = canvas->view()->pictureRect().center().toPoint();
        QTest::mousePress(overlay, Qt::LeftButton, {}, middle);
        QTest::mouseMove(overlay, middle + QPoint(90, 20));
        QTest::mouseRelease(overlay, Qt::LeftButton, {}, middle + QPoint(90, 20));
        QCOMPARE(canvas->request().strokes.size(), std::size_t(2));
        const Image brushed = good(f.direct->paint(canvas->request(), {}));
        QVERIFY(brushed != whole);
        QTRY_VERIFY_WITH_TIMEOUT(canvas->view()->image() == brushed, patience);
        QTRY_VERIFY(f.child<QPushButton>("canvasUndo")->isEnabled());

        f.saveTo = QString::fromStdString(f.scratch.path("canvas.png").string());
        f.child<QPushButton>("canvasSave")->click();
        QVERIFY(good(readPng(f.scratch.path("canvas.png"))) == brushed);

        f.child<QPushButton>("canvasUndo")->click();
        QTRY_VERIFY_WITH_TIMEOUT(f.child<QPushButton>("canvasUndo")->isEnabled(), patience);
        f.child<QPushButton>("canvasUndo")->click();
        QTRY_VERIFY_WITH_TIMEOUT(canvas->view()->image() == whole, patience);
    }

    void whatWaitsForOtherLongWorkIsCancelled()
    {
        Fixture f(canvasExperiment(data()));
        QVERIFY(f.isOpen());
        Lab* lab = f.lab()->lab();
        bool ended = false;
        lab->askAtLength<int>(
            "busy", f.window.get(),
            [](LabNetworks&, const PaintMonitor& monitor) -> Result<int> {
                while (monitor(0, 1))
                    std::this_thread::yield();
                return Error{"it was asked to stop", "", ""};
            },
            {}, [&ended](const Result<int>& result) { ended = !result && Lab::wasCancelled(result.error()); });
        f.child<QTabWidget>("latentCentre")->setCurrentIndex(1);
        auto* paint = f.child<QPushButton>("canvasPaint");
        paint->click();
        QVERIFY(!paint->isEnabled());
        f.child<QPushButton>("canvasCancel")->click();
        QTRY_VERIFY(paint->isEnabled());
        QVERIFY(!f.child<QPushButton>("canvasCancel")->isVisible());
        QVERIFY(f.child<CanvasPanel>("canvasPanel")->view()->isEmpty());
        QVERIFY(!ended);
        lab->cancel("busy");
        QTRY_VERIFY(ended);
    }

    void cancelledUnderWay()
    {
        Fixture f(canvasExperiment(data()));
        QVERIFY(f.isOpen());
        f.child<QTabWidget>("latentCentre")->setCurrentIndex(1);
        for (const char* side : {"canvasWidth", "canvasHeight"})
            f.child<QSpinBox>(side)->setValue(static_cast<int>(largestCanvas));
        auto* paint = f.child<QPushButton>("canvasPaint");
        paint->click();
        auto* bar = f.child<QProgressBar>("canvasProgress");
        QTRY_VERIFY_WITH_TIMEOUT(bar->isVisible() && bar->value() > 0, patience);
        f.child<QPushButton>("canvasCancel")->click();
        QTRY_VERIFY_WITH_TIMEOUT(paint->isEnabled(), patience);
        QVERIFY(f.child<CanvasPanel>("canvasPanel")->view()->isEmpty());
        QVERIFY(f.child<Banner>("canvasBanner")->isHidden());
        QVERIFY(!f.child<QPushButton>("canvasSave")->isEnabled());
        // The window closes while it paints, and waits for a part of it at most.
        paint->click();
        QTRY_VERIFY_WITH_TIMEOUT(bar->isVisible() && bar->value() > 0, patience);
        QVERIFY(f.window->close());
        f.window.reset();
    }

    void sizesGoInStepsAndReturnPaints()
    {
        Fixture f(canvasExperiment(data()));
        QVERIFY(f.isOpen());
        f.child<QTabWidget>("latentCentre")->setCurrentIndex(1);
        auto* width = f.child<QSpinBox>("canvasWidth");
        QCOMPARE(width->singleStep(), 16);
        QCOMPARE(width->minimum(), 16);
        width->setFocus();
        width->selectAll();
        QTest::keyClicks(width, QStringLiteral("100"));
        QTest::keyClick(width, Qt::Key_Return);
        const ImageView* view = f.child<CanvasPanel>("canvasPanel")->view();
        QTRY_COMPARE_WITH_TIMEOUT(view->image().width, 96, patience);
        QCOMPARE(width->value(), 96);
        width->stepUp();
        QCOMPARE(width->value(), 112);
    }

    void oneClassIsPainted()
    {
        Fixture f(with(labelledExperiment(data()), {{"generator", {{"architecture", "upsample"}, {"width", 2}}}}));
        QVERIFY(f.isOpen());
        f.child<QTabWidget>("latentCentre")->setCurrentIndex(1);
        auto* label = f.child<QComboBox>("canvasLabel");
        QVERIFY(label->isVisible());
        QCOMPARE(label->count(), 3);
        label->setCurrentIndex(2);
        for (const char* side : {"canvasWidth", "canvasHeight"})
            f.child<QSpinBox>(side)->setValue(32);
        f.child<QPushButton>("canvasPaint")->click();
        const Image expected = good(f.direct->paint({.width = 32, .height = 32, .seed = 1, .label = 2}, {}));
        QTRY_VERIFY_WITH_TIMEOUT(f.child<CanvasPanel>("canvasPanel")->view()->image() == expected, patience);
        QVERIFY(f.child<QLabel>("canvasCaption")->text().contains(label->currentText()));
    }

    void theMenuBringsTheCanvasOfTheRunOnTheBench()
    {
        Fixture f(canvasExperiment(data()));
        QVERIFY(f.isOpen());
        auto* action = f.child<QAction>("paintCanvas");
        QVERIFY(!action->isEnabled() && !action->toolTip().isEmpty());
        QVERIFY(f.put("canvas", canvasExperiment(data())));
        QVERIFY2(action->isEnabled(), qPrintable(action->toolTip()));
        auto* tabs = f.child<QTabWidget>("tabs");
        tabs->setCurrentIndex(0);
        action->trigger();
        QCOMPARE(tabs->currentWidget(), f.lab());
        QVERIFY(f.child<CanvasPanel>("canvasPanel")->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(f.lab()->lab()->info()->origin != f.checkpoint, patience);
        QVERIFY(f.child<QPushButton>("canvasPaint")->isEnabled());
        // A generator of one size never paints a larger image, and says why; nor does one of points.
        QVERIFY(f.put("bound", imagesExperiment(data())));
        QVERIFY(!action->isEnabled());
        QVERIFY2(action->toolTip().contains(QStringLiteral("upsampling")), qPrintable(action->toolTip()));
        QVERIFY(f.put("points", pointsExperiment()));
        QVERIFY(!action->isEnabled());
        QVERIFY2(action->toolTip().contains(QStringLiteral("no images")), qPrintable(action->toolTip()));
        // Nor does a bench without generators.
        f.bench.setLatentTools({});
        QVERIFY(f.put("canvas", canvasExperiment(data())));
        QVERIFY(!action->isEnabled() && !action->toolTip().isEmpty());
    }

    void itSaysWhichWeightsPainted()
    {
        const Json document = with(canvasExperiment(data()), {{"training.ema_decay", 0.5}});
        Fixture f(document);
        QVERIFY(f.isOpen());
        QVERIFY(f.put("canvas", document));
        f.child<QAction>("paintCanvas")->trigger();
        const auto direct = [&f] {
            f.bench.saveCheckpoint();
            const fs::path folder = f.runFolder() / "checkpoints" / stepName(f.bench.bridge()->now().progress.step);
            if (!QTest::qWaitFor([&] { return fs::exists(folder / "state.json"); }, patience))
                qWarning("no checkpoint was saved");
            return good(openGenerator(folder, builtinCatalog()));
        };
        QVERIFY(f.step(1));
        const auto first = direct();
        f.child<QSpinBox>("canvasWidth")->setValue(96);
        f.child<QSpinBox>("canvasHeight")->setValue(48);
        f.child<QSpinBox>("canvasSeed")->setValue(12);
        // It waits for other long work; meanwhile the run goes on, and newer weights come.
        Lab* lab = f.lab()->lab();
        lab->askAtLength<int>(
            "busy", f.window.get(),
            [](LabNetworks&, const PaintMonitor& monitor) -> Result<int> {
                while (monitor(0, 1))
                    std::this_thread::yield();
                return 0;
            },
            {}, [](const Result<int>&) {});
        f.child<QPushButton>("canvasPaint")->click();
        QVERIFY(f.step(2));
        const auto second = direct();
        lab->cancel("busy");
        CanvasRequest request{.width = 96, .height = 48, .seed = 12};
        const Image expected = good(first->paint(request, {}));
        auto* canvas = f.child<CanvasPanel>("canvasPanel");
        QTRY_VERIFY_WITH_TIMEOUT(canvas->view()->image() == expected, patience);
        const QString caption = f.child<QLabel>("canvasCaption")->text();
        for (const char* words : {"step 1", "96 × 48", "seed 12", "averaged"})
            QVERIFY2(caption.contains(QString::fromUtf8(words)), qPrintable(caption));

        // Saved and copied: the bytes that the command line would write.
        f.saveTo = QString::fromStdString(f.scratch.path("canvas.png").string());
        f.child<QPushButton>("canvasSave")->click();
        QFile file(f.saveTo);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().toStdString(), good(encodePng(expected, pictureText(first->info(), request))));
        f.child<QPushButton>("canvasCopy")->click();
        QCOMPARE(QApplication::clipboard()->image().size(), QSize(96, 48));
        f.saveTo = QStringLiteral("/nowhere/at/all.png");
        f.child<QPushButton>("canvasSave")->click();
        QVERIFY(f.child<Banner>("canvasBanner")->text().contains(QStringLiteral("nowhere")));

        // A stroke with newer weights paints all of it again, so that no picture is of two minds.
        f.child<QPushButton>("canvasBrush")->click();
        auto* overlay = f.window->findChild<BrushOverlay*>();
        QTest::mouseClick(overlay, Qt::LeftButton, {}, canvas->view()->pictureRect().center().toPoint());
        QCOMPARE(canvas->request().strokes.size(), std::size_t(1));
        request.strokes = canvas->request().strokes;
        const Image brushed = good(second->paint(request, {}));
        QTRY_VERIFY_WITH_TIMEOUT(canvas->view()->image() == brushed, patience);
        QVERIFY(f.child<QLabel>("canvasCaption")->text().contains(QStringLiteral("step 2")));
    }

    void aGeneratorOfOneSizeSaysWhy()
    {
        Fixture f(
            with(imagesExperiment(data()), {{"generator", {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}}}}));
        QVERIFY(f.isOpen());
        QVERIFY(!f.child<QPushButton>("canvasPaint")->isEnabled());
        QVERIFY(!f.child<QPushButton>("canvasPaint")->toolTip().isEmpty());
    }

    void aWalkIsSavedAsAGif()
    {
        if (!filmFormatUsable(FilmFormat::Gif))
            QSKIP("This build has no FFmpeg");
        Fixture f(imagesExperiment(data()));
        QVERIFY(f.isOpen());
        LatentDocument* document = f.window->latent()->document();
        auto* strip = f.window->latent()->findChild<PathStrip*>();
        for (const int seed : {5, 6}) {
            f.child<QSpinBox>("latentSeed")->setValue(seed);
            QTRY_COMPARE(document->state().seed, static_cast<std::uint64_t>(seed));
            f.child<QPushButton>("pathAdd")->click();
        }
        f.child<QSpinBox>("pathPerSegment")->setValue(5);
        f.saveTo = QString::fromStdString(f.scratch.path("walk.gif").string());
        QTimer::singleShot(0, f.window.get(), [&f] {
            auto* dialog = f.window->findChild<QDialog*>(QStringLiteral("filmDialog"));
            dialog->findChild<QSpinBox*>(QStringLiteral("filmZoom"))->setValue(2);
            dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Save)->click();
        });
        f.child<QPushButton>("pathExport")->click();
        QTRY_VERIFY_WITH_TIMEOUT(fs::exists(f.scratch.path("walk.gif")), patience);
        QTRY_VERIFY(f.child<QPushButton>("pathExport")->isEnabled());

        // Opened again by another reader: every frame is the generator's picture, grey as it is.
        QImageReader reader(f.saveTo);
        for (std::int64_t i = 0; i < strip->path().frameCount(); ++i) {
            const QImage frame = reader.read().convertToFormat(QImage::Format_RGB888);
            const Samples made = good(f.direct->make(strip->path().frame(i)));
            const Image expected = scaleUp({made.width, made.height, made.channels, made.pixels}, 2);
            QCOMPARE(frame.size(), QSize(expected.width, expected.height));
            for (int y = 0; y < expected.height; ++y) {
                for (int x = 0; x < expected.width; ++x) {
                    const int grey = expected.pixels[static_cast<std::size_t>(y * expected.width + x)];
                    QCOMPARE(frame.pixelColor(x, y), QColor(grey, grey, grey));
                }
            }
        }
        QCOMPARE(reader.imageCount(), 6);
    }
};

QTEST_MAIN(LabCanvasTest)
#include "lab_canvas.moc"
