// SPDX-License-Identifier: GPL-3.0-or-later
// The canvas and the films of the Latent tab, with the real engine.
#include "tests/support/checkpoint_window.h"
#include "ui/lab/brush_overlay.h"
#include "ui/lab/canvas_panel.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/path_strip.h"
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
