// SPDX-License-Identifier: GPL-3.0-or-later
// The canvas and the films of the Latent tab, with the real engine.
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "tests/support/small_checkpoints.h"
#include "ui/lab/brush_overlay.h"
#include "ui/lab/canvas_panel.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/latent_panel.h"
#include "ui/lab/path_strip.h"
#include "ui/main_window.h"
#include "ui/widgets/image_view.h"

#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QImageReader>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTimer>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int patience = 60000;

struct Fixture {
    Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    WindowDialogs dialogs = systemDialogs();
    QString saveTo;
    std::unique_ptr<MainWindow> window;
    std::unique_ptr<Generator> direct;

    explicit Fixture(const Json& document)
    {
        at::set_num_threads(1);
        const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(document);
        trainSteps(*trainer, 2);
        const fs::path checkpoint = addCheckpoint(scratch.path("run"), *trainer, document);
        direct = good(openGenerator(checkpoint, builtinCatalog()));
        bench.setRunsFolder(scratch.path("runs"));
        bench.setLatentTools(latentTools());
        dialogs.saveFile = [this](QWidget*, const QString&, const QString&, const QString&) { return saveTo; };
        dialogs.confirmClose = [](QWidget*) { return true; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        window->resize(1280, 800);
        window->show();
        child<QTabWidget>("tabs")->setCurrentWidget(window->latent());
        window->latent()->open(QString::fromStdString(checkpoint.string()));
    }

    template <typename T>
    T* child(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    bool isOpen()
    {
        return QTest::qWaitFor([this] { return window->latent()->shown() != nullptr; }, patience);
    }
};

Scratch& place()
{
    static Scratch scratch;
    return scratch;
}

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
        Fixture f(canvasExperiment(place()));
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

    void aGeneratorOfOneSizeSaysWhy()
    {
        Fixture f(
            with(imagesExperiment(place()), {{"generator", {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}}}}));
        QVERIFY(f.isOpen());
        QVERIFY(!f.child<QPushButton>("canvasPaint")->isEnabled());
        QVERIFY(!f.child<QPushButton>("canvasPaint")->toolTip().isEmpty());
    }

    void aWalkIsSavedAsAGif()
    {
        if (!filmFormatUsable(FilmFormat::Gif))
            QSKIP("This build has no FFmpeg");
        Fixture f(imagesExperiment(place()));
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
